using System.Globalization;
using Octomil.Training;

namespace Octomil.DeviceSimulator.Histories;

/// <summary>
/// Holds what devices were told against what the service says it counted and published. The promises: every acknowledged update is in
/// exactly one published round, or in an abandoned attempt that says so; no device counts twice, none that sent nothing; round and
/// version numbers are unique and rising, each round starting from what the one before it made; and the published weights are, bit by
/// bit, those of the counted updates.
/// </summary>
/// <remarks>Pure: events in, a verdict out. A history without a single acknowledged update verifies nothing and is a violation itself.</remarks>
internal sealed class HistoryChecker
{
    private const string Published = "published";
    private const string Abandoned = "abandoned";

    private readonly List<string> _violations = [];
    private readonly List<string> _unverified = [];
    private readonly List<HistoryEvent> _events;
    private readonly Dictionary<string, RoundContributionsResponse> _rounds = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Round, string Device), string> _receipts = [];
    private readonly HashSet<(string Round, string Device)> _sent = [];

    // Of updates, named by the round whose base they are of: the rounds that count them.
    private readonly Dictionary<(string BaseRound, string Device), List<RoundContributionsResponse>> _counted = [];
    private readonly Dictionary<string, (string Sha256, string Device)> _offered = new(StringComparer.Ordinal);

    private HistoryChecker(IEnumerable<HistoryEvent> events) => _events = [.. events];

    /// <param name="events">The history.</param>
    /// <param name="baseFile">The first base; null: weights are not made again, which the verdict says.</param>
    public static HistoryVerdict Check(IEnumerable<HistoryEvent> events, byte[]? baseFile) => new HistoryChecker(events).Check(baseFile);

    private HistoryVerdict Check(byte[]? baseFile)
    {
        Collect();
        CheckReceipts();
        CheckCountedOnce();
        foreach (var round in _rounds.Values)
        {
            CheckCounts(round);
        }

        var chains = _rounds.Values.Where(round => round is { Kind: RoundKinds.Train, Status: Published }).GroupBy(round => round.SessionId).ToList();
        var recomputed = 0;
        foreach (var chain in chains)
        {
            List<RoundContributionsResponse> rounds = [.. chain.OrderBy(round => round.RoundNumber)];
            CheckChain(rounds);
            recomputed += Recompute(rounds, baseFile);
        }

        VersionChecks.Check(_events, chains.SelectMany(chain => chain), _violations);
        return new HistoryVerdict(_violations, _unverified, _receipts.Count, chains.Sum(chain => chain.Count()), recomputed);
    }

    private void Collect()
    {
        foreach (var happened in _events)
        {
            switch (happened)
            {
                case { Kind: HistoryKinds.Sent, RoundId: { } round, Device: { } device }:
                    _sent.Add((round, device));
                    Offered(round, happened.BaseSha256 ?? "", device);
                    break;

                case { Kind: HistoryKinds.Acknowledged, RoundId: { } round, Device: { } device, UpdateId: { } receipt }:
                    if (!_receipts.TryAdd((round, device), receipt) && _receipts[(round, device)] != receipt)
                    {
                        _violations.Add($"{device} has two receipts of round {round}: {_receipts[(round, device)]} and {receipt}.");
                    }

                    break;

                case { Kind: HistoryKinds.Round, Contributions: { } contributions }:
                    Require(_rounds.TryAdd(contributions.RoundId, contributions), $"Round {contributions.RoundId} is in the history twice.");
                    Count(contributions);
                    break;
            }
        }

        foreach (var shared in _receipts.GroupBy(pair => pair.Value).Where(group => group.Count() > 1))
        {
            _violations.Add($"The receipt {shared.Key} was given for {shared.Count()} updates.");
        }

        if (_receipts.Count == 0)
        {
            _violations.Add("Not one update was acknowledged: the history proves nothing.");
        }
    }

    private void Count(RoundContributionsResponse round)
    {
        foreach (var device in round.Devices.Where(device => device.Counted))
        {
            var update = (device.BaseRoundId, device.DeviceId);
            _counted.TryAdd(update, []);
            _counted[update].Add(round);
        }
    }

    private void CheckReceipts()
    {
        foreach (var (roundId, device) in _receipts.Keys)
        {
            if (!_rounds.ContainsKey(roundId))
            {
                _violations.Add($"{device} was told that its update counts in round {roundId}, which the service does not know.");
            }
            else if (!_counted.TryGetValue((roundId, device), out var rounds))
            {
                _violations.Add($"Round {roundId} acknowledged an update of {device} and did not count it.");
            }
            else
            {
                rounds.ForEach(round => CheckEnd(round, device));
            }
        }
    }

    private void CheckEnd(RoundContributionsResponse round, string device)
    {
        if (round.Status == Abandoned)
        {
            Require(!string.IsNullOrWhiteSpace(round.Reason), $"Round {round.RoundId} acknowledged an update of {device} and was abandoned without a reason.");
        }
        else
        {
            Require(round.Status == Published || !IsOver(round), $"Round {round.RoundId} acknowledged an update of {device} and is {round.Status} for ever: its run is over.");
        }
    }

    private void CheckCountedOnce()
    {
        foreach (var ((baseRound, device), rounds) in _counted)
        {
            var published = rounds.Where(round => round.Status == Published).Select(round => round.RoundId).Distinct().ToList();
            Require(published.Count <= 1, $"The update of {device} to round {baseRound} counts in {published.Count} published rounds: {string.Join(", ", published)}.");
        }
    }

    private void CheckCounts(RoundContributionsResponse round)
    {
        List<DeviceContributionResponse> counted = [.. round.Devices.Where(device => device.Counted)];
        foreach (var twice in round.Devices.GroupBy(device => device.DeviceId).Where(group => group.Count() > 1))
        {
            _violations.Add($"Round {round.RoundId} counts {twice.Key} {twice.Count()} times.");
        }

        Require(counted.Count <= round.Updates, $"Round {round.RoundId} names {counted.Count} counted devices of {round.Updates} updates.");
        Require(round.Updates <= round.Selected, $"Round {round.RoundId} has {round.Updates} updates of {round.Selected} selected devices.");
        Require(
            round.Organizations.Sum(part => part.Updates) == round.Updates,
            $"Round {round.RoundId} has {round.Updates} updates, and {round.Organizations.Sum(part => part.Updates)} by organization.");

        foreach (var device in counted.Where(device => round.Kind == RoundKinds.Train))
        {
            Require(_sent.Contains((device.BaseRoundId, device.DeviceId)), $"Round {round.RoundId} counts {device.DeviceId}, which never sent an update.");
            CheckStaleness(round, device);
        }

        if (_offered.TryGetValue(round.RoundId, out var offered) && offered.Sha256 != round.BaseSha256)
        {
            _violations.Add($"Round {round.RoundId} starts from {round.BaseSha256}, and {offered.Device} was offered {offered.Sha256}.");
        }
    }

    // Asynchronous runs count updates of earlier bases, for less the older they are; how old must be true, and allowed.
    private void CheckStaleness(RoundContributionsResponse round, DeviceContributionResponse device)
    {
        var most = round.Strategy.Params.TryGetValue("max_staleness", out var allowed) ? int.Parse(allowed, CultureInfo.InvariantCulture) : 0;
        Require(device.Staleness >= 0 && device.Staleness <= most, $"Round {round.RoundId} counts an update of {device.DeviceId} that is {device.Staleness} rounds behind; at most {most} are allowed.");

        if (!_rounds.TryGetValue(device.BaseRoundId, out var from))
        {
            _violations.Add($"Round {round.RoundId} counts an update of {device.DeviceId} to round {device.BaseRoundId}, which the service does not know.");
            return;
        }

        Require(device.Staleness == round.RoundNumber - from.RoundNumber, $"Round {round.RoundId} takes the update of {device.DeviceId} to round {from.RoundId} for {device.Staleness} rounds behind.");
        Require(device.BaseSha256 == from.BaseSha256, $"Round {round.RoundId} takes the update of {device.DeviceId} for one of {device.BaseSha256}; round {from.RoundId} gave out {from.BaseSha256}.");
    }

    private void Offered(string round, string sha256, string device)
    {
        if (!_offered.TryAdd(round, (sha256, device)) && _offered[round].Sha256 != sha256)
        {
            _violations.Add($"Round {round} was offered with two bases: {_offered[round].Sha256} to {_offered[round].Device}, {sha256} to {device}.");
        }
    }

    // Numbers rise one by one, and each round starts from what the one before it made.
    private void CheckChain(List<RoundContributionsResponse> rounds)
    {
        foreach (var round in rounds)
        {
            Require(round.WeightsSha256 is not null, $"Round {round.RoundId} is published without weights.");
        }

        foreach (var (before, after) in rounds.Zip(rounds.Skip(1)))
        {
            if (after.RoundNumber == before.RoundNumber)
            {
                _violations.Add($"Number {after.RoundNumber} was published twice: {before.RoundId} and {after.RoundId}.");
            }
            else
            {
                Require(after.RoundNumber == before.RoundNumber + 1, $"After round {before.RoundNumber} comes round {after.RoundNumber}: one is missing.");
                Require(after.BaseSha256 == before.WeightsSha256, $"Round {after.RoundNumber} does not start from what round {before.RoundNumber} made.");
            }
        }
    }

    private int Recompute(List<RoundContributionsResponse> rounds, byte[]? baseFile)
    {
        if (baseFile is null || Seed is not { } seed)
        {
            _unverified.Add("The weights: the first base or the seed is not there.");
            return 0;
        }

        var oracle = new RoundOracle(baseFile, seed);
        var recomputed = 0;
        foreach (var round in rounds)
        {
            if (round.Devices.Count(device => device.Counted) != round.Updates)
            {
                _unverified.Add($"The weights from round {round.RoundNumber} on: devices that are not simulated took part.");
                break;
            }

            if (oracle.Sha256 != round.BaseSha256)
            {
                _violations.Add($"Round {round.RoundNumber} of {round.SessionId} starts from other weights than are computed.");
                break;
            }

            if (oracle.Apply(round) != round.WeightsSha256)
            {
                _violations.Add($"Round {round.RoundNumber} published {round.WeightsSha256}; its {round.Updates} counted updates make {oracle.Sha256}.");
                break;
            }

            recomputed++;
        }

        return recomputed;
    }

    private long? Seed => _events.Find(happened => happened.Kind == HistoryKinds.Start)?.Seed;

    private bool IsOver(RoundContributionsResponse round) => _events.Exists(happened =>
        happened is { Kind: HistoryKinds.End, Run: { EndedAt: not null } run } && run.SessionId == round.SessionId);

    private void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            _violations.Add(otherwise);
        }
    }
}
