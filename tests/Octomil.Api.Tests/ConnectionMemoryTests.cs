using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class ConnectionMemoryTests
{
    [Fact]
    public async Task Server_ReadsIntoOurBlocks()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Services.AddOctomilApi();
        await using var provider = builder.Services.BuildServiceProvider();

        Assert.IsType<ConnectionMemoryFactory>(provider.GetRequiredService<IMemoryPoolFactory<byte>>());
    }

    [Fact]
    public void Rent_GivesLargeBlocksWhileThereAreSome_AndSmallOnesAfter_OverAllPools()
    {
        var factory = new ConnectionMemoryFactory(new SmallPools());
        using MemoryPool<byte> first = factory.Create(), second = factory.Create();

        var rented = Enumerable.Range(0, 1100).Select(index => (index % 2 == 0 ? first : second).Rent(4096)).ToList();

        Assert.Equal(1024, rented.Count(block => block.Memory.Length == 32 * 1024));
        Assert.Equal(76, rented.Count(block => block.Memory.Length == 4096));
        Assert.All(rented[1024..], block => Assert.Equal(4096, block.Memory.Length));
        rented[0].Dispose();
        Assert.Equal(32 * 1024, second.Rent(4096).Memory.Length);
        Assert.Equal(4096, first.Rent(4096).Memory.Length);
    }

    private sealed class SmallPools : IMemoryPoolFactory<byte>
    {
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => MemoryPool<byte>.Shared;
    }
}
