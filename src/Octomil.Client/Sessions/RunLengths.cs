using System.Globalization;
using Octomil.Client.Http;
using Octomil.Training;

namespace Octomil.Client.Sessions;

/// <summary>Says a round's place in its run, such as 3/20; the length is asked for once a run, and is left out where it is not told.</summary>
internal sealed class RunLengths(OctomilApi api)
{
    private string? _sessionId;
    private int? _rounds;

    public async Task<string> DescribeAsync(RoundAssignmentMessage round, CancellationToken cancellationToken)
    {
        if (_sessionId != round.SessionId)
        {
            (_sessionId, _rounds) = (round.SessionId, await AskAsync(round, cancellationToken));
        }

        return _rounds is { } rounds ? $"{round.RoundNumber}/{rounds}" : round.RoundNumber.ToString(CultureInfo.InvariantCulture);
    }

    private async Task<int?> AskAsync(RoundAssignmentMessage round, CancellationToken cancellationToken)
    {
        try
        {
            var status = await api.GetTrainingStatusAsync(round.ModelId, cancellationToken);
            return status.SessionId == round.SessionId ? status.TotalRounds : null;
        }
        catch (OctomilException)
        {
            // Only a log line is poorer for it.
            return null;
        }
    }
}
