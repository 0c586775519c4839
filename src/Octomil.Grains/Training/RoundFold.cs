using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Octomil.Learning.Strategies;
using Octomil.Learning.Weights;

namespace Octomil.Training;

/// <summary>
/// The way in for updates: admission, buffers, and the queue of those that wait to be committed. Committing itself is in
/// <c>RoundFold.Commit.cs</c>, one batch at a time.
/// </summary>
/// <remarks>Everything that is shared between requests and the committing task is under <see cref="_gate"/>; sums are the committing task's alone.</remarks>
internal sealed partial class RoundFold : IRoundFold
{
    private readonly RoundFoldParts _parts;
    private readonly ILogger _logger;
    private readonly WeightsLayout _layout;
    private readonly ImmutableArray<byte> _key;
    private readonly Dictionary<string, int> _devices;
    private readonly Lock _gate = new();
    private readonly HashSet<int> _counted;
    private readonly Dictionary<int, PendingUpdate> _undecided = [];
    private readonly Lazy<Task<float[]>> _base;
    private readonly ConcurrentDictionary<string, IRoundFold> _ways = new(StringComparer.Ordinal);
    private List<PendingUpdate> _gathered = [];
    private TaskCompletionSource _stir = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _receiving;
    private bool _committing;
    private bool _closed;

    public RoundFold(RoundFoldParts parts, FoldTerms terms, SafetensorsHeaderBytes header, string foldId)
    {
        (_parts, _logger, FoldId, Plan, _key) = (parts, parts.Logger, foldId, terms.Plan, terms.Key);
        BaseHeader = header.Json;
        _layout = header.Layout;
        _counted = [.. terms.Counted];
        _devices = Plan.Devices.Select((id, index) => (id, index)).ToDictionary(pair => pair.id, pair => pair.index, StringComparer.Ordinal);
        _base = new Lazy<Task<float[]>>(() => LoadBaseAsync(Plan.Base));
        _expectedCommit = TimeSpan.FromSeconds(ParameterCount * (double)sizeof(long) / AssumedBytesPerSecond);
    }

    public string FoldId { get; }

    public RoundPlan Plan { get; }

    public ReadOnlyMemory<byte> BaseHeader { get; }

    public bool IsClosed
    {
        get
        {
            lock (_gate)
            {
                return _closed;
            }
        }
    }

    private int ParameterCount => (int)_layout.ParameterCount;

    public ValueTask<SubmitUpdateResult> AdmitAsync(string deviceId, CancellationToken cancellationToken) =>
        AdmitAsync(deviceId, Plan.RoundId, cancellationToken);

    /// <summary>For a device that trains from the base which the given round gave out.</summary>
    public async ValueTask<SubmitUpdateResult> AdmitAsync(string deviceId, string baseRound, CancellationToken cancellationToken)
    {
        if (!_devices.TryGetValue(deviceId, out var device) || Plan.BaseOf(device).RoundId != baseRound)
        {
            return SubmitUpdateResult.NotSelected;
        }

        if (Plan.Kind is not RoundKind.Train)
        {
            return SubmitUpdateResult.WrongKind;
        }

        PendingUpdate? first;

        lock (_gate)
        {
            if (_counted.Contains(device))
            {
                return SubmitUpdateResult.CountedBefore;
            }

            if (_closed)
            {
                return SubmitUpdateResult.RoundNotOpen;
            }

            first = _undecided.GetValueOrDefault(device);
        }

        return first is null ? SubmitUpdateResult.None : await AnswerOfAsync(first, cancellationToken);
    }

    public async ValueTask<IUpdateBuffer?> RentBufferAsync(string deviceId, CancellationToken cancellationToken)
    {
        var organization = Plan.Organizations[Plan.OrganizationOfDevice[_devices[deviceId]]];

        if (await _parts.Buffers.RentUpdateAsync(organization, ParameterCount, cancellationToken) is not { } memory)
        {
            return null;
        }

        lock (_gate)
        {
            _receiving++;
        }

        return new UpdateBuffer(memory, organization, _parts.Buffers, LeftReceiving);
    }

    /// <summary>The way in for devices with that base; one for each, as long as this fold lives.</summary>
    public IRoundFold For(string baseRound, RoundFolds folds) => _ways.GetOrAdd(baseRound, id => new AsynchronousFold(this, id, folds));

    /// <remarks>
    /// In an asynchronous run <see cref="SubmitUpdateResult.RoundNotOpen"/> gives the buffer back: the next round takes it.
    /// </remarks>
    public async Task<SubmitUpdateResult> SubmitAsync(
        string deviceId, IUpdateBuffer buffer, UpdateSummary summary, CancellationToken cancellationToken)
    {
        var device = _devices[deviceId];

        var from = Plan.BaseOf(device);

        if (summary.FullWeights && !await TakeDifferenceAsync(buffer, from))
        {
            if (Plan.Privacy is null)
            {
                buffer.Dispose();
                return SubmitUpdateResult.MagnitudeExceeded;
            }

            // That it was refused would say something about the data.
            buffer.Values.Span.Clear();
        }

        var weight = Plan.UniformWeights ? 1 : Math.Min(summary.SampleCount, Plan.MaxSampleCount);
        var factor = Plan.IsAsynchronous ? UpdateBuffering.WeightOf(Plan.RoundNumber - from.RoundNumber) : 1;

        if (Plan.Privacy is not null)
        {
            (factor, summary) = PrivateRound.Bound(Plan, factor, buffer.Values.Span, summary);
        }

        var update = new PendingUpdate(device, Plan.OrganizationOfDevice[device], factor, weight, buffer, summary, Plan.IsAsynchronous);

        if (Gather(update) is { } decided)
        {
            if (Plan.IsAsynchronous && decided is { IsCompletedSuccessfully: true, Result: SubmitUpdateResult.RoundNotOpen })
            {
                return SubmitUpdateResult.RoundNotOpen;
            }

            ((UpdateBuffer)buffer).Dispose();
            var answer = await decided;

            // What became of the first copy is not known yet, and this one is gone.
            return Plan.IsAsynchronous && answer is SubmitUpdateResult.RoundNotOpen ? SubmitUpdateResult.NotDurable : answer;
        }

        ((UpdateBuffer)buffer).LeaveReceiving();
        return await OwnAnswerAsync(update, cancellationToken);
    }

    /// <summary>The round is over: nothing more comes in; memory goes back once nothing is being committed.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;

            if (!_committing)
            {
                ReleaseSums();
            }
        }
    }

    // Null: queued. Otherwise the answer, which another update of the device has or will have.
    private Task<SubmitUpdateResult>? Gather(PendingUpdate update)
    {
        lock (_gate)
        {
            if (_counted.Contains(update.Device))
            {
                return Task.FromResult(SubmitUpdateResult.CountedBefore);
            }

            if (_closed)
            {
                return Task.FromResult(SubmitUpdateResult.RoundNotOpen);
            }

            if (!_undecided.TryAdd(update.Device, update))
            {
                return AnswerOfAsync(_undecided[update.Device], CancellationToken.None);
            }

            _gathered.Add(update);
            _stir.TrySetResult();

            if (!_committing)
            {
                _committing = true;
                _ = Task.Run(CommitAllAsync, CancellationToken.None);
            }

            return null;
        }
    }

    // A waiter that gives up does not take its update out: the commit goes on, and the device hears of it when it sends again.
    private async Task<SubmitUpdateResult> AnswerOfAsync(PendingUpdate update, CancellationToken cancellationToken)
    {
        try
        {
            return await update.Decision.WaitAsync(_parts.Options.CommitPatience, _parts.Clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            return SubmitUpdateResult.NotDurable;
        }
    }

    private async Task<SubmitUpdateResult> OwnAnswerAsync(PendingUpdate update, CancellationToken cancellationToken)
    {
        try
        {
            return await update.Decision.WaitAsync(_parts.Options.CommitPatience, _parts.Clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            update.GiveUp();
            return SubmitUpdateResult.NotDurable;
        }
        catch (OperationCanceledException)
        {
            update.GiveUp();
            throw;
        }
    }

    private void LeftReceiving()
    {
        lock (_gate)
        {
            _receiving--;
            _stir.TrySetResult();
        }
    }

    private async Task<bool> TakeDifferenceAsync(IUpdateBuffer buffer, RoundBase from)
    {
        var content = new UpdateContent { Format = UpdateFormat.Weights, SampleCount = 1 };

        // Devices that are behind are few, and their bases many: those are not kept.
        var baseWeights = from.RoundId == Plan.RoundId ? await _base.Value : await LoadBaseAsync(from.Weights);

        try
        {
            UpdateDifference.Take(
                content, _layout, buffer.Values.Span, baseWeights, PrivateRound.ReadLimitsOf(Plan));
            return true;
        }
        catch (WeightsFormatException)
        {
            return false;
        }
    }

    private async Task<float[]> LoadBaseAsync(WeightsRef weights)
    {
        await using var stream = await _parts.Payloads.OpenWeightsAsync(weights, CancellationToken.None);
        return (await ModelWeights.LoadAsync(stream, CancellationToken.None)).Trained;
    }
}
