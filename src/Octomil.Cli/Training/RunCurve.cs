namespace Octomil.Training;

/// <summary>Accuracy and loss over the rounds: the service's history, or what was seen where it sends none.</summary>
internal sealed class RunCurve
{
    private readonly SortedDictionary<int, (double? Accuracy, double? Loss)> _rounds = [];

    public IReadOnlyList<double> Accuracy => [.. _rounds.Values.Where(round => round.Accuracy is not null).Select(round => round.Accuracy!.Value)];

    public IReadOnlyList<double> Loss => [.. _rounds.Values.Where(round => round.Loss is not null).Select(round => round.Loss!.Value)];

    public void Learn(TrainingStatusResponse status)
    {
        if (status.History is null)
        {
            _rounds[status.CurrentRound] = (status.Accuracy, status.Loss);
            return;
        }

        foreach (var round in status.History)
        {
            _rounds[round.Round] = (round.Accuracy, round.Loss);
        }
    }
}
