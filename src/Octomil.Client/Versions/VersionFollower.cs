using Octomil.Client.Connections;
using Octomil.Client.Http;
using Octomil.Deployments;
using Octomil.Devices;
using Octomil.Models;

namespace Octomil.Client.Versions;

/// <summary>
/// Brings this device to the versions that it should run, one at a time: downloads, verifies, activates, reports. What fails is
/// reported and the device goes on with what it ran; it is tried again later. Offers may come often and from any thread.
/// </summary>
internal sealed class VersionFollower(OctomilApi api, DeviceRegistration device, VersionStore store, ClientSettings settings, VersionCallbacks callbacks)
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromMinutes(10);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, AssignedVersion> _wanted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (AssignedVersion Version, bool Active)> _reported = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (AssignedVersion Version, string Reason, DateTimeOffset Until)> _failed = new(StringComparer.Ordinal);
    private readonly Pulse _news = new(settings.Clock);
    private (AssignedVersion Version, CancellationTokenSource Stop)? _working;

    /// <summary>The device should run this; the last word on a model counts.</summary>
    public void Offer(AssignedVersion version)
    {
        lock (_gate)
        {
            _wanted[version.ModelId] = version;
            if (_working is { } working && working.Version.ModelId == version.ModelId && !Same(working.Version, version))
            {
                working.Stop.Cancel();
            }
        }

        _news.Set();
    }

    /// <summary>Follows until the token is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _news.WaitAsync(TryAgain, cancellationToken);
            foreach (var version in Wanted())
            {
                await FollowAsync(version, cancellationToken);
            }
        }
    }

    private List<AssignedVersion> Wanted()
    {
        lock (_gate)
        {
            return [.. _wanted.Values];
        }
    }

    private async Task FollowAsync(AssignedVersion version, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        lock (_gate)
        {
            if (!Same(_wanted[version.ModelId], version))
            {
                return;
            }

            _working = (version, stop);
        }

        try
        {
            var failure = await TryAsync(version, stop.Token);
            await ReportAsync(version, failure, stop.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Another version of the model was assigned meanwhile, and is followed next.
        }
        finally
        {
            lock (_gate)
            {
                _working = null;
            }
        }
    }

    // Null: the version runs.
    private async Task<string?> TryAsync(AssignedVersion version, CancellationToken cancellationToken)
    {
        if (_failed.TryGetValue(version.ModelId, out var failed) && Same(failed.Version, version) && settings.Clock.GetUtcNow() < failed.Until)
        {
            return failed.Reason;
        }

        try
        {
            if (!VersionStore.IsSafe(version))
            {
                throw new InvalidDataException("The model's id or the checksum is not well-formed.");
            }

            if (store.IsRejected(version))
            {
                return "It was taken back on this device.";
            }

            if (store.GetCurrent(version.ModelId) is { } current && current.Is(version))
            {
                return null;
            }

            var file = store.FindFile(version) ?? await DownloadAsync(version, cancellationToken);
            await ActivateAsync(file with { Model = file.Model ?? await NameOfAsync(version.ModelId, cancellationToken) }, cancellationToken);
            _failed.Remove(version.ModelId);
            return null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Of every kind: the network's, the disk's, the program's own that refused to run it. None may cost the device its rounds.
            VersionLog.Failed(settings.Logger, version.Version, version.ModelId, exception.Message);
            _failed[version.ModelId] = (version, exception.Message, settings.Clock.GetUtcNow() + TryAgain);
            return exception.Message;
        }
    }

    private async Task<StoredVersion> DownloadAsync(AssignedVersion version, CancellationToken cancellationToken)
    {
        var download = new VersionDownload(api, settings, version, store.PartOf(version));
        try
        {
            await download.RunAsync(cancellationToken);
        }
        catch (InvalidDataException)
        {
            // Once more from the beginning: a beginning that was kept for long may be what was wrong.
            await download.RunAsync(cancellationToken);
        }

        return store.Keep(version);
    }

    private async Task ActivateAsync(StoredVersion version, CancellationToken cancellationToken)
    {
        if (callbacks.Activating is { } activating)
        {
            try
            {
                await activating(version, cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // The program's own: its message may tell of its data, and stays here.
                throw new InvalidDataException($"The program on the device refused it ({exception.GetType().Name}).", exception);
            }
        }

        store.Activate(version);
        VersionLog.Activated(settings.Logger, version.Version, version.ModelId);
    }

    // A push does not say it. Null where it cannot be had now: the next greeting brings it.
    private async Task<string?> NameOfAsync(string modelId, CancellationToken cancellationToken)
    {
        try
        {
            return store.GetCurrent(modelId)?.Model ?? (await api.GetAsync<ModelResponse>($"models/{Uri.EscapeDataString(modelId)}", cancellationToken)).Name;
        }
        catch (OctomilException exception)
        {
            VersionLog.NameUnknown(settings.Logger, modelId, exception.Detail);
            return null;
        }
    }

    private async Task ReportAsync(AssignedVersion version, string? failure, CancellationToken cancellationToken)
    {
        var active = failure is null;
        if (_reported.TryGetValue(version.ModelId, out var told) && Same(told.Version, version) && told.Active == active)
        {
            return;
        }

        var report = new VersionReportMessage
        {
            ModelId = version.ModelId,
            Version = version.Version,
            Status = active ? VersionReportStatuses.Active : VersionReportStatuses.Failed,
            Reason = failure is null ? null : Printable(failure),
        };
        try
        {
            await Retry.RunAsync(token => api.ReportVersionAsync(device.RequiredId, report, token), settings, null, maxTries: 6, cancellationToken);
            _reported[version.ModelId] = (version, active);
        }
        catch (OctomilException exception)
        {
            VersionLog.NotReported(settings.Logger, version.Version, version.ModelId, exception.Detail);
        }
    }

    private static bool Same(AssignedVersion one, AssignedVersion other) => one.Version == other.Version && one.Sha256 == other.Sha256;

    private static string Printable(string text) => new([.. text.Take(500).Select(character => char.IsControl(character) ? ' ' : character)]);
}

/// <summary>What the program wants to hear of versions.</summary>
/// <param name="Activating">Called before a verified version becomes the one that runs; an exception refuses it.</param>
internal sealed record VersionCallbacks(Func<StoredVersion, CancellationToken, Task>? Activating);
