using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Octomil;

/// <summary>
/// The memory of connections: some blocks are larger than Kestrel's of 4 KB. A block is what one read of a socket takes, so that an update
/// of megabytes costs fewer reads, wakings and pieces to fold. A connection that nothing comes from or goes to holds none.
/// </summary>
internal sealed class ConnectionMemory(LargeBlocks large, MemoryPool<byte> small) : MemoryPool<byte>
{
    public override int MaxBufferSize => small.MaxBufferSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => large.TryRent() ?? small.Rent(minBufferSize);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            small.Dispose();
        }
    }
}

/// <summary>The process's large blocks; they are kept.</summary>
internal sealed class LargeBlocks
{
    private const int Bytes = 32 * 1024;

    // 32 MB. Where more are in use at a time, they are of many connections with little to say each, as when all devices are told of a round.
    private const int Most = 1024;

    private readonly ConcurrentStack<Block> _idle = new();
    private int _made;

    /// <summary>Null: all are in use.</summary>
    public IMemoryOwner<byte>? TryRent() =>
        _idle.TryPop(out var block) ? block
        : Volatile.Read(ref _made) < Most && Interlocked.Increment(ref _made) <= Most ? new Block(_idle)
        : null;

    // Pinned for good, so that no read has to.
    private sealed class Block(ConcurrentStack<Block> idle) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = MemoryMarshal.CreateFromPinnedArray(GC.AllocateUninitializedArray<byte>(Bytes, pinned: true), 0, Bytes);

        public void Dispose() => idle.Push(this);
    }
}

/// <summary>Makes the memory of connections over the pools that the server would have.</summary>
internal sealed class ConnectionMemoryFactory(IMemoryPoolFactory<byte> servers) : IMemoryPoolFactory<byte>
{
    private readonly LargeBlocks _large = new();

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new ConnectionMemory(_large, servers.Create(options));

    /// <summary>Does nothing where there is no server of ASP.NET's own.</summary>
    public static void Decorate(IServiceCollection services)
    {
        if (services.LastOrDefault(service => service.ServiceType == typeof(IMemoryPoolFactory<byte>))?.ImplementationFactory is { } servers)
        {
            services.Replace(ServiceDescriptor.Singleton<IMemoryPoolFactory<byte>>(provider => new ConnectionMemoryFactory((IMemoryPoolFactory<byte>)servers(provider))));
        }
    }
}
