using Microsoft.AspNetCore.Identity;

namespace Octomil.Organizations;

/// <summary>Hashes passwords as ASP.NET Core Identity does. It is slow by intention, so only a few at a time.</summary>
internal sealed class Passwords : IDisposable
{
    public const int Shortest = 12;
    public const int Longest = 256;

    private static readonly PasswordHasher<string> _hasher = new();

    private readonly SemaphoreSlim _places = new(Math.Max(1, Environment.ProcessorCount / 2));

    // What is verified where there is no account, so that the time does not tell.
    private readonly Lazy<string> _nobodys = new(() => _hasher.HashPassword("", Guid.Empty.ToString()));

    public Task<string> HashAsync(string password, CancellationToken cancellationToken) => RunAsync(() => _hasher.HashPassword("", password), cancellationToken);

    /// <param name="hash">Null: there is no such account; takes as long, and fails.</param>
    /// <param name="password">As it was given.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<PasswordVerificationResult> VerifyAsync(string? hash, string password, CancellationToken cancellationToken)
    {
        var result = await RunAsync(() => _hasher.VerifyHashedPassword("", hash ?? _nobodys.Value, password), cancellationToken);
        return hash is null ? PasswordVerificationResult.Failed : result;
    }

    public void Dispose() => _places.Dispose();

    private async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(work, cancellationToken);
        }
        finally
        {
            _places.Release();
        }
    }
}
