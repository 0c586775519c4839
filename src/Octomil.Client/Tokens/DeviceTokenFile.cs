using System.Text.Json;
using Octomil.Devices;

namespace Octomil.Client.Tokens;

/// <summary>A device's tokens as they are kept in a file: for its owner's eyes alone, and replaced as a whole. Both SDKs and the command line write it.</summary>
public sealed record DeviceTokenFile
{
    /// <summary>The device that they are of; null in a file that does not say.</summary>
    public string? DeviceId { get; init; }

    /// <summary>What requests carry, until it ends.</summary>
    public required string AccessToken { get; init; }

    /// <summary>What gives the next two; good once.</summary>
    public required string RefreshToken { get; init; }

    /// <summary>When the access token ends, by this machine's clock; null: not known, so it is renewed first.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>From when on it is renewed.</summary>
    public DateTimeOffset? RefreshAt { get; init; }

    /// <summary>What the renewal is called that was begun and not ended: the service answers the same one alike, however late.</summary>
    public string? Attempt { get; init; }

    /// <summary>What the service answered, to be renewed after three quarters of its time, or five minutes before its end where that is later.</summary>
    public static DeviceTokenFile Of(DeviceTokenResponse tokens, DateTimeOffset now) => new()
    {
        DeviceId = tokens.DeviceId,
        AccessToken = tokens.AccessToken,
        RefreshToken = tokens.RefreshToken,
        ExpiresAt = now + TimeSpan.FromSeconds(tokens.ExpiresIn),
        RefreshAt = now + TimeSpan.FromSeconds(Math.Max(0.75 * tokens.ExpiresIn, tokens.ExpiresIn - 300)),
    };

    /// <summary>Reads a token file.</summary>
    /// <exception cref="InvalidDataException">There is no such file, or it holds no tokens; the message says what to do.</exception>
    public static DeviceTokenFile Read(string path)
    {
        try
        {
            if (JsonSerializer.Deserialize<DeviceTokenFile>(File.ReadAllBytes(path), ContractJson.Options) is { } tokens)
            {
                return tokens;
            }
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw Unusable(path, exception);
        }

        throw Unusable(path, null);
    }

    /// <summary>Written aside, flushed and renamed: whoever reads, or restarts, finds the old tokens or the new ones.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public void Write(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        // A new file: the mode of one that is there would stay.
        var fresh = path + ".new";
        File.Delete(fresh);
        using (var file = new FileStream(fresh, options))
        {
            file.Write(JsonSerializer.SerializeToUtf8Bytes(this, ContractJson.Options));
            file.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
    }

    private static InvalidDataException Unusable(string path, Exception? exception) => new(
        $"{path} holds no tokens of a device{(exception is null ? "" : $": {exception.Message.TrimEnd('.')}")}. Make it with `octomil devices token DEVICE --output FILE`.",
        exception);
}
