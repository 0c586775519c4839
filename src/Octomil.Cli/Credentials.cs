using System.Text.Json;
using Octomil.Organizations;

namespace Octomil;

/// <summary>The file that <c>octomil login</c> writes, readable by its owner alone.</summary>
internal sealed record Credentials
{
    public string? ApiBase { get; init; }
    public string? ApiKey { get; init; }

    /// <summary>A person's session, in the place of a key.</summary>
    public string? AccessToken { get; init; }
    public string? RefreshToken { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }

    public static Credentials Of(Uri apiBase, SessionResponse session, DateTimeOffset now) => new()
    {
        ApiBase = apiBase.AbsoluteUri.TrimEnd('/'),
        AccessToken = session.AccessToken,
        RefreshToken = session.RefreshToken,
        ExpiresAt = now + TimeSpan.FromSeconds(session.ExpiresIn),
    };

    public static string PathIn(string homeFolder) => Path.Combine(homeFolder, ".octomil", "credentials");

    public static Credentials? Read(string homeFolder)
    {
        var path = PathIn(homeFolder);
        try
        {
            return JsonSerializer.Deserialize<Credentials>(File.ReadAllText(path), ContractJson.Options);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception broken) when (broken is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CommandFailureException(
                ExitCodes.Connection, $"The credentials in {path} cannot be read: {broken.Message}",
                "write them again with `octomil login --api-key KEY`", broken);
        }
    }

    public string Write(string homeFolder)
    {
        var path = PathIn(homeFolder);
        var folder = Path.GetDirectoryName(path)!;
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        // A new file and a rename: an older file may be readable by others, and its mode would stay.
        var fresh = path + ".new";
        File.Delete(fresh);
        using (var stream = new FileStream(fresh, options))
        {
            JsonSerializer.Serialize(stream, this, ContractJson.Options);
        }

        File.Move(fresh, path, overwrite: true);
        return path;
    }
}
