using Octomil.Training;
using Orleans.Streams;

namespace Octomil.Fakes;

public sealed class FakeRun(string ownerId) : ITrainingRunGrain
{
    public RunStatus? Status { get; set; }

    public RunOrder? Order { get; private set; }

    public StartRunResult StartResult { get; set; } = new() { Decision = StartRunDecision.Started };

    public Task<StartRunResult> StartAsync(string callerId, RunOrder order)
    {
        Order = order;
        return Task.FromResult(StartResult);
    }

    public Task<RunStatus?> GetStatusAsync(string callerId) => Task.FromResult(callerId == ownerId ? Status : null);

    public Task<RunCommandResult> StopAsync(string callerId, bool publish) =>
        Task.FromResult(new RunCommandResult { Found = true, LastRound = 3, NewVersion = publish ? "2.0.0" : null, Phase = RunPhase.Stopped });

    public Task<RunCommandResult> PauseAsync(string callerId) => Task.FromResult(new RunCommandResult { Found = true, NotOwner = true });

    public Task<RunCommandResult> ResumeAsync(string callerId) => Task.FromResult(new RunCommandResult { Found = true });

    public Task<RunOrder?> GetOrderAsync() => Task.FromResult(Order);

    public Task<string?> GetOpenRoundAsync() => throw new NotSupportedException();

    public Task WakeAsync() => throw new NotSupportedException();

    public Task RoundClosedAsync(string roundId) => throw new NotSupportedException();

    public Task RoundProgressedAsync(string roundId) => throw new NotSupportedException();
}

/// <summary>One stream of run events, for whatever run.</summary>
public sealed class FakeRunEvents
{
    private IAsyncObserver<RunStatus>? _observer;

    public FakeRunEvents()
    {
        var stream = Proxy.Of<IAsyncStream<RunStatus>>((method, arguments) =>
        {
            _observer = (IAsyncObserver<RunStatus>)arguments[0]!;
            return Task.FromResult<StreamSubscriptionHandle<RunStatus>>(new Handle(this));
        });
        Provider = Proxy.Of<IStreamProvider>((method, arguments) => stream);
    }

    public IStreamProvider Provider { get; }

    public TaskCompletionSource Unsubscribed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task PublishAsync(RunStatus status) => _observer!.OnNextAsync(status);

    private sealed class Handle(FakeRunEvents events) : StreamSubscriptionHandle<RunStatus>
    {
        public override StreamId StreamId => default;

        public override string ProviderName => StorageNames.RunEvents;

        public override Guid HandleId => default;

        public override Task UnsubscribeAsync()
        {
            events.Unsubscribed.TrySetResult();
            return Task.CompletedTask;
        }

        public override Task<StreamSubscriptionHandle<RunStatus>> ResumeAsync(IAsyncObserver<RunStatus> observer, StreamSequenceToken? token = null) => throw new NotSupportedException();

        public override Task<StreamSubscriptionHandle<RunStatus>> ResumeAsync(IAsyncBatchObserver<RunStatus> observer, StreamSequenceToken? token = null) => throw new NotSupportedException();

        public override bool Equals(StreamSubscriptionHandle<RunStatus>? other) => ReferenceEquals(this, other);
    }
}
