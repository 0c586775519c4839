namespace Octomil.Client.Tokens;

/// <summary>What requests carry to say whose they are. Safe for concurrent use.</summary>
internal abstract class Credential : IDisposable
{
    /// <summary>A secret that is good now; null: requests carry none.</summary>
    /// <exception cref="Http.OctomilException">There is none any more, or it cannot be had now.</exception>
    public abstract ValueTask<string?> GetAsync(CancellationToken cancellationToken);

    /// <summary>After the service refused that secret: true if there is another one.</summary>
    /// <exception cref="Http.OctomilException">It cannot be had now.</exception>
    public virtual Task<bool> RenewAsync(string refused, CancellationToken cancellationToken) => Task.FromResult(false);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}

/// <summary>The same secret for ever, such as an API key; or none.</summary>
internal sealed class FixedCredential(string? secret) : Credential
{
    public override ValueTask<string?> GetAsync(CancellationToken cancellationToken) => ValueTask.FromResult(secret);
}
