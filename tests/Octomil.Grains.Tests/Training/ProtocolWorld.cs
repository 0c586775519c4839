using System.Collections.Immutable;

namespace Octomil.Training;

/// <summary>
/// The commit protocol with everything that can go wrong, one small step at a time: the stored row, two activations that each believe
/// something about it, named files, folds that gather and commit as <see cref="RoundFold"/> does, and messages that are late, lost or
/// delivered twice. The row's transitions are the real ones.
/// </summary>
internal sealed partial class ProtocolWorld
{
    private const int Devices = 4;
    private const int Folds = 2;

    private readonly RoundPlan _plan = inBuckets ? Plans.InBuckets(Plans.Of(Devices)) : Plans.Of(Devices);
    private readonly Activation[] _activations = [new(), new()];
    private readonly List<Fold> _folds = [.. Enumerable.Range(0, Folds).Select(i => new Fold($"fold-{i}-0"))];
    private readonly List<Message> _requests = [];
    private readonly List<(RegisterResult Result, Message Request)> _answers = [];
    private readonly Dictionary<string, (int Bucket, int[] Content)> _files = new(StringComparer.Ordinal);
    private readonly HashSet<int> _acknowledged = [];
    private RoundState _row = Plans.Open(Plans.Of(Devices));
    private int _etag;
    private int _names;

    public bool HasResult => _result is not null;

    public bool IsSealed => _row.Phase is not RoundPhase.Open;

    public int Counted => _row.Updates;

    public int Acknowledged => _acknowledged.Count;

    /// <summary>Everything that may happen next.</summary>
    public List<Action> Enabled()
    {
        List<Action> steps = [];

        for (var i = 0; i < _folds.Count; i++)
        {
            AddFoldSteps(steps, i);
        }

        foreach (var request in _requests.ToList())
        {
            steps.Add(() => _requests.Remove(request));
            steps.AddRange(_activations.Select(activation => (Action)(() => Deliver(request, activation, keep: false))));
            steps.AddRange(_activations.Select(activation => (Action)(() => Deliver(request, activation, keep: true))));
        }

        foreach (var answer in _answers.ToList())
        {
            steps.Add(() => _answers.Remove(answer));
            steps.Add(() => Take(answer.Result, answer.Request));
        }

        foreach (var activation in _activations)
        {
            steps.Add(() => Load(activation));
            steps.Add(() => Save(activation, activation.State?.BeginSealing()));
            steps.Add(() => Seal(activation));
            steps.Add(() => Exclude(activation));
        }

        return steps;
    }

    /// <summary>What must hold after every step; null, or what does not.</summary>
    public string? Violation()
    {
        if (_row.Phase is RoundPhase.Abandoned)
        {
            return HasResult ? "A round with a result is abandoned." : null;
        }

        var sums = new int[Devices];

        foreach (var (fold, entry) in _row.Folds)
        {
            foreach (var bucket in entry.Buckets)
            {
                if (!_files.TryGetValue(bucket.Checkpoint.Name, out var file))
                {
                    return $"The row refers to {bucket.Checkpoint.Name} of {fold}, which was deleted.";
                }

                if (file.Bucket != bucket.Bucket)
                {
                    return $"The row has {bucket.Checkpoint.Name}, of bucket {file.Bucket}, for bucket {bucket.Bucket}.";
                }

                for (var device = 0; device < Devices; device++)
                {
                    sums[device] += file.Content[device];
                }
            }
        }

        for (var device = 0; device < Devices; device++)
        {
            if (sums[device] != (_row.IsCounted(device) ? 1 : 0))
            {
                return $"Device {device} is {sums[device]} times in the sums; the row says counted: {_row.IsCounted(device)}.";
            }

            if (_acknowledged.Contains(device) && sums[device] == 0)
            {
                return $"Device {device} was answered 200 and is not counted.";
            }
        }

        if (ViolationOfExclusion() is { } violation)
        {
            return violation;
        }

        return _row.Updates == sums.Sum() ? null : $"The row counts {_row.Updates} updates, the sums {sums.Sum()}.";
    }

    private void AddFoldSteps(List<Action> steps, int index)
    {
        var fold = _folds[index];

        foreach (var device in Enumerable.Range(0, Devices).Where(device => !fold.Knows(device)))
        {
            // Also one that was answered already: it lost the answer.
            steps.Add(() => fold.Gathering.Add(device));
        }

        if (fold.Batch.Count == 0 && fold.Gathering.Count > 0 && !fold.IsClosed)
        {
            steps.Add(() => Begin(fold));
        }

        if (fold.Pending is { } pending)
        {
            steps.Add(() => _requests.Add(pending));
        }

        // kill -9, and a new life under a new name. Files and messages of the old one stay.
        steps.Add(() => _folds[index] = new Fold($"{fold.Id}'"));
    }

    private void Begin(Fold fold)
    {
        fold.Batch = [.. fold.Gathering];
        fold.Gathering.Clear();
        fold.Batch.ForEach(device => fold.Sums[device]++);
        Register(fold);
    }

    private void Register(Fold fold)
    {
        ImmutableArray<BucketCheckpoint> buckets =
            [.. fold.Batch.Select(_plan.BucketOf).Distinct().Order().Select(bucket => Plans.Bucket(bucket, $"file-{_names++}"))];

        foreach (var bucket in buckets)
        {
            _files[bucket.Checkpoint.Name] = (bucket.Bucket, [.. fold.Sums.Select((sum, device) => _plan.BucketOf(device) == bucket.Bucket ? sum : 0)]);
        }

        fold.Pending = new Message(fold, new FoldRegistration
        {
            FoldId = fold.Id, Sequence = fold.Sequence, Buckets = buckets, Devices = [.. fold.Batch],
        });
        _requests.Add(fold.Pending);
    }

    private void Deliver(Message request, Activation activation, bool keep)
    {
        if (!keep)
        {
            _requests.Remove(request);
        }

        if (activation.State is null)
        {
            Load(activation);
            return;
        }

        var (next, result) = activation.State.Register(request.Registration, _plan);

        if (result.Decision is RegisterDecision.Behind)
        {
            // As the grain does: it may be the activation that is behind.
            Load(activation);
            (next, result) = activation.State.Register(request.Registration, _plan);
        }

        if (Save(activation, next))
        {
            _answers.Add((result, request));
        }
    }

    // The ETag decides: a loser reads the row again and answers nothing.
    private bool Save(Activation activation, RoundState? next)
    {
        if (next is null || ReferenceEquals(next, activation.State))
        {
            return next is not null;
        }

        if (activation.Etag != _etag)
        {
            Load(activation);
            return false;
        }

        (_row, activation.State, activation.Etag) = (next, next, ++_etag);
        return true;
    }

    private void Load(Activation activation) => (activation.State, activation.Etag) = (_row, _etag);

    private void Take(RegisterResult result, Message request)
    {
        _answers.RemoveAll(answer => ReferenceEquals(answer.Request, request));

        // A fold waits for the answer to what it asked last; a dead one for none.
        if (!_folds.Contains(request.Fold) || !ReferenceEquals(request.Fold.Pending, request))
        {
            return;
        }

        var (fold, names) = (request.Fold, request.Registration.Buckets.Select(bucket => bucket.Checkpoint.Name).ToList());

        switch (result.Decision)
        {
            case RegisterDecision.Counted:
                var registered = FoldEntry.Exchange(fold.Registered, request.Registration.Buckets);
                Delete([.. fold.Superseded.Concat(NamesOf(fold.Registered)).Except(NamesOf(registered))]);
                (fold.Registered, fold.Superseded) = (registered, []);
                fold.Sequence++;
                Settle(fold, fold.Batch);
                break;

            case RegisterDecision.Refused:
                fold.Superseded.AddRange(names);
                result.CountedBefore.Concat(result.Excluded).ToList().ForEach(device => fold.Sums[device]--);
                Settle(fold, result.CountedBefore);
                Refuse(fold, result.Excluded);
                GoOn(fold);
                break;

            case RegisterDecision.Behind when result.Sequence < fold.Sequence:
                fold.Superseded.AddRange(names);
                GoOn(fold);
                break;

            case RegisterDecision.Behind:
                fold.Superseded.AddRange(names);
                fold.Superseded.AddRange(NamesOf(fold.Registered).Except(NamesOf(result.Buckets)));
                (fold.Sequence, fold.Registered) = (result.Sequence, result.Buckets);
                fold.Sums = [.. Enumerable.Range(0, Devices).Select(device => NamesOf(fold.Registered).Sum(name => _files[name].Content[device]))];
                Settle(fold, [.. fold.Batch.Where(result.Counted.Contains)]);
                fold.Batch.ForEach(device => fold.Sums[device]++);
                GoOn(fold);
                break;

            default:
                Settle(fold, [.. fold.Batch.Where(result.Counted.Contains)]);
                fold.Batch.Clear();
                fold.Gathering.Clear();
                (fold.Pending, fold.IsClosed) = (null, true);
                Delete(names);
                break;
        }
    }

    private void GoOn(Fold fold)
    {
        if (fold.Batch.Count > 0)
        {
            Register(fold);
        }
    }

    // These devices are answered 200.
    private void Settle(Fold fold, IReadOnlyCollection<int> devices)
    {
        _acknowledged.UnionWith(devices);
        fold.Batch = [.. fold.Batch.Except(devices)];

        if (fold.Batch.Count == 0)
        {
            fold.Pending = null;
        }
    }

    private static IEnumerable<string> NamesOf(ImmutableArray<BucketCheckpoint> buckets) => buckets.Select(bucket => bucket.Checkpoint.Name);

    private void Delete(List<string> names) => names.ForEach(name => _files.Remove(name));
}
