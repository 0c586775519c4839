using Xunit;

namespace Octomil.EndToEnd;

/// <summary>
/// One server for the tests of this collection, which run one after the other, each in an organization of its own. Its memory for
/// updates is so small that a few buffers that are not given back would be missed at once.
/// </summary>
public sealed class SharedServer : IAsyncLifetime
{
    public const string Collection = "shared server";

    /// <summary>Floats that fit the server's budget.</summary>
    internal const int BufferFloats = BudgetBytes / sizeof(float);

    private const int BudgetBytes = 1 << 20;

    internal ServerProcess Server { get; } = new(null, ("Octomil__Rounds__BufferBudgetBytes", $"{BudgetBytes}"));

    public async ValueTask InitializeAsync() => await Server.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

[CollectionDefinition(SharedServer.Collection)]
public sealed class SharedServerTests : ICollectionFixture<SharedServer>;
