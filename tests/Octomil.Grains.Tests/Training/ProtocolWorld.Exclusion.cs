namespace Octomil.Training;

/// <summary>An organization whose membership ends at any moment, and a result that is made of what the row refers to.</summary>
/// <param name="inBuckets">Sums for each of two organizations; a commit writes those that its batch is in.</param>
/// <param name="startsAgain">False: as if a round went on with sums from which the updates of the excluded cannot be taken.</param>
internal sealed partial class ProtocolWorld(bool inBuckets, bool startsAgain = true)
{
    private const string Leaver = "org_00000002";

    private bool _confirmed;
    private int[]? _result;

    /// <summary>The federation was told that nothing of the organization enters.</summary>
    public bool IsConfirmed => _confirmed;

    // As the grain does: one save, answered after it.
    private void Exclude(Activation activation)
    {
        if (activation.State is null)
        {
            Load(activation);
            return;
        }

        var (next, decision) = activation.State.Exclude(Leaver, _plan);

        if (startsAgain && next.Phase is RoundPhase.Open && next.ReasonToStartAgain(_plan) is { } reason)
        {
            next = next.Abandon(new RoundOutcome { RoundId = _plan.RoundId, Phase = RoundPhase.Abandoned, Reason = reason, ForExclusion = true });
        }

        if (Save(activation, next) && decision is ExcludeDecision.Excluded)
        {
            _confirmed = true;
        }
    }

    // The grain seals what its own row says, and the save of the outcome decides whether it counts.
    private void Seal(Activation activation)
    {
        if (activation.State is not { Phase: RoundPhase.Sealing } state)
        {
            return;
        }

        // As sealing does: without the buckets of who is out, where everybody has their own.
        var input = state.ToSeal(_plan);
        var names = input.Checkpoints.Where(bucket => !_plan.KeepsOrganizationsApart || !input.Excluded.Contains(bucket.Bucket)).Select(bucket => bucket.Checkpoint.Name).ToList();

        if (names.Any(name => !_files.ContainsKey(name)))
        {
            return;
        }

        int[] sums = [.. Enumerable.Range(0, Devices).Select(device => names.Sum(name => _files[name].Content[device]))];

        if (Save(activation, state.Seal(new RoundOutcome { RoundId = _plan.RoundId, Phase = RoundPhase.Sealed })))
        {
            _result ??= sums;
        }
    }

    private string? ViolationOfExclusion()
    {
        for (var device = 0; device < Devices && _result is not null; device++)
        {
            if (_confirmed && _plan.Organizations[_plan.OrganizationOfDevice[device]] == Leaver && _result[device] != 0)
            {
                return $"The result holds device {device}, whose organization was confirmed to be out.";
            }

            if (_result[device] != (_row.IsCounted(device) && !(_plan.KeepsOrganizationsApart && _row.IsExcluded(device, _plan)) ? 1 : 0))
            {
                return $"Device {device} is {_result[device]} times in the result; the row says counted: {_row.IsCounted(device)}.";
            }
        }

        return null;
    }

    // These devices are answered that their organization takes no part.
    private static void Refuse(Fold fold, IReadOnlyCollection<int> devices)
    {
        fold.Batch = [.. fold.Batch.Except(devices)];

        if (fold.Batch.Count == 0)
        {
            fold.Pending = null;
        }
    }
}
