using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Octomil.Storage;

namespace Octomil.Organizations;

/// <summary>
/// Counts wrong keys by the address that they came from, on this server. The same wrong key again is no new guess: a site whose devices
/// all keep a revoked key must not be locked out with its other devices.
/// </summary>
internal sealed partial class AddressGuard(IAuditLog audit, TimeProvider clock, ILogger<AddressGuard> logger)
{
    public const int FreeGuesses = 20;
    private const int MostAddresses = 100_000;
    private const int RememberedGuesses = 256;

    private readonly ConcurrentDictionary<IPAddress, Entry> _entries = new();

    /// <summary>Above zero: nothing from there is looked at for so long.</summary>
    public TimeSpan WaitOf(IPAddress? address)
    {
        if (address is null || !_entries.TryGetValue(Network(address), out var entry))
        {
            return TimeSpan.Zero;
        }

        var wait = entry.Guesses.LockedUntil - clock.GetUtcNow();
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    /// <summary>A secret that never was good.</summary>
    public async Task WrongAsync(IPAddress? address, string secret)
    {
        if (address is null)
        {
            return;
        }

        var network = Network(address);
        var now = clock.GetUtcNow();
        if (_entries.Count >= MostAddresses)
        {
            Forget(now);
        }

        if (_entries.GetOrAdd(network, _ => new Entry()).Count(secret, now))
        {
            LogLockedOut(logger, network);
            await TryAuditAsync(AuditEntry.ByService("", "address.lock-out", network.ToString(), now));
        }
    }

    // Who owns one address of IPv6 owns its 64 bits of them.
    private static IPAddress Network(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily is not AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (address, entry) in _entries)
        {
            if (entry.Guesses.LockedUntil <= now)
            {
                _entries.TryRemove(address, out _);
            }
        }
    }

    private async Task TryAuditAsync(AuditEntry entry)
    {
        try
        {
            await audit.AppendAsync(entry, CancellationToken.None);
        }
        catch (StorageUnavailableException exception)
        {
            // The lock holds all the same.
            LogNotAudited(logger, exception);
        }
    }

    [LoggerMessage(6020, LogLevel.Warning, "Too many wrong keys from {Address}: it is locked out for a while")]
    private static partial void LogLockedOut(ILogger logger, IPAddress address);

    [LoggerMessage(6021, LogLevel.Warning, "A lock-out is not in the audit log")]
    private static partial void LogNotAudited(ILogger logger, Exception exception);

    private sealed class Entry
    {
        private readonly Lock _gate = new();
        private readonly HashSet<int> _seen = [];

        public GuessCounter Guesses { get; private set; } = new();

        /// <summary>True: it is locked from now on.</summary>
        public bool Count(string secret, DateTimeOffset now)
        {
            lock (_gate)
            {
                if (_seen.Count >= RememberedGuesses)
                {
                    _seen.Clear();
                }

                // A random hash of this process: nobody can find two secrets of one.
                if (!_seen.Add(secret.GetHashCode(StringComparison.Ordinal)))
                {
                    return false;
                }

                (Guesses, _, var locks) = Guesses.Attempt(now, FreeGuesses);
                return locks;
            }
        }
    }
}
