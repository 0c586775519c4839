using Octomil.Models;
using Octomil.Training;

namespace Octomil.DeviceSimulator.Histories;

/// <summary>Kinds of lines in a history.</summary>
internal static class HistoryKinds
{
    /// <summary>The first line: what was simulated.</summary>
    public const string Start = "start";

    /// <summary>A device begins to send an update.</summary>
    public const string Sent = "sent";

    /// <summary>The service said that the update counts.</summary>
    public const string Acknowledged = "acknowledged";

    /// <summary>The service said no, for good.</summary>
    public const string Refused = "refused";

    /// <summary>The service said: come again; or nothing came back. The update may count or not.</summary>
    public const string Unanswered = "unanswered";

    /// <summary>The device did not answer on purpose: it fell silent, or broke off in the middle.</summary>
    public const string Dropped = "dropped";

    /// <summary>Every connection was dropped at once.</summary>
    public const string Storm = "storm";

    /// <summary>Afterwards: what the service says a round counted.</summary>
    public const string Round = "round";

    /// <summary>Afterwards: how the run ended, and the model's versions.</summary>
    public const string End = "end";
}

/// <summary>One line of a history. Which fields it has depends on its kind.</summary>
internal sealed record HistoryEvent
{
    /// <summary>One of <see cref="HistoryKinds"/>.</summary>
    public required string Kind { get; init; }
    public DateTimeOffset? At { get; init; }
    public string? Device { get; init; }

    /// <summary>Which of the servers, from 0.</summary>
    public int? Server { get; init; }
    public string? RoundId { get; init; }
    public string? SessionId { get; init; }
    public string? BaseSha256 { get; init; }
    public string? UpdateId { get; init; }

    /// <summary>HTTP status; absent where nothing came back.</summary>
    public int? Status { get; init; }
    public string? Code { get; init; }

    /// <summary>From the first byte sent to the answer.</summary>
    public double? Seconds { get; init; }

    /// <summary>Of <see cref="HistoryKinds.Start"/>.</summary>
    public long? Seed { get; init; }
    public int? Devices { get; init; }
    public string? Model { get; init; }

    /// <summary>The name of the file, beside the history, with the first base that was seen.</summary>
    public string? BaseFile { get; init; }

    /// <summary>Of <see cref="HistoryKinds.Round"/>; the devices are those of all keys of the simulation.</summary>
    public RoundContributionsResponse? Contributions { get; init; }

    /// <summary>Of <see cref="HistoryKinds.End"/>.</summary>
    public TrainingStatusResponse? Run { get; init; }

    /// <summary>Of <see cref="HistoryKinds.End"/>: newest first.</summary>
    public IReadOnlyList<ModelVersionResponse>? Versions { get; init; }
}
