using System.Collections.Concurrent;
using Octomil.Client.Connections;
using Octomil.Client.Rounds;
using Octomil.Training;

namespace Octomil.Client.Sessions;

/// <summary>Takes part whenever selected, for ever; failures of single rounds are logged and survived.</summary>
internal sealed class EndlessGoal(IReadOnlyList<LocalModel> models, ClientSettings settings) : ISessionGoal
{
    private readonly ConcurrentDictionary<string, bool> _unknown = new(StringComparer.Ordinal);

    public LocalModel? ModelFor(RoundAssignmentMessage round)
    {
        var model = models.FirstOrDefault(model => model.Name == round.Model || model.Name == round.ModelId);
        if (model is null && _unknown.TryAdd(round.ModelId, true))
        {
            RoundLog.UnknownModel(settings.Logger, round.Model);
        }

        return model;
    }

    public void OnStarted(RoundAssignmentMessage round)
    {
    }

    public void OnEnded(RoundParticipation participation)
    {
    }

    public Task WatchAsync(DeviceInbox inbox, CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, settings.Clock, cancellationToken);
}
