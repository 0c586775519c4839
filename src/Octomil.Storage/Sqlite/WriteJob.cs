namespace Octomil.Storage.Sqlite;

/// <summary>How a write shares the transaction with others.</summary>
internal enum WriteKind
{
    None = 0,

    /// <summary>A single statement: if it fails, only it is undone.</summary>
    Statement = 1,

    /// <summary>Several statements that hold or fail together.</summary>
    Unit = 2,

    /// <summary>Not in a transaction.</summary>
    Alone = 3,
}

/// <summary>A write that waits for the writer.</summary>
internal abstract class WriteJob(WriteKind kind, CancellationToken cancellationToken)
{
    public WriteKind Kind => kind;

    public CancellationToken CancellationToken => cancellationToken;

    public abstract void Run(SqliteSession session);

    /// <summary>The write is durable: answers its caller.</summary>
    public abstract void Complete();

    public abstract void Fail(Exception exception);

    public abstract void Cancel();
}

/// <summary>A write with a result.</summary>
internal sealed class WriteJob<T>(WriteKind kind, Func<SqliteSession, T> body, CancellationToken cancellationToken)
    : WriteJob(kind, cancellationToken)
{
    // The writer thread must never run its callers' continuations.
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Done => _done.Task;

    public override void Run(SqliteSession session) => _result = body(session);

    public override void Complete() => _done.TrySetResult(_result!);

    public override void Fail(Exception exception) => _done.TrySetException(exception);

    public override void Cancel() => _done.TrySetCanceled(CancellationToken);
}
