using Xunit;

namespace Octomil.EndToEnd.Cluster;

/// <summary>Three servers for the tests of this collection, none of which harms them; each has an organization of its own.</summary>
public sealed class SharedCluster : IAsyncLifetime
{
    public const string Collection = "shared cluster";

    private ServerCluster? _cluster;

    internal ServerCluster Cluster => _cluster!;

    public async ValueTask InitializeAsync()
    {
        // Tests cannot be skipped from here: they see to it themselves.
        if (Testing.PostgresServer.Missing is null)
        {
            _cluster = await ServerCluster.StartAsync(3);
        }
    }

    public ValueTask DisposeAsync() => _cluster?.DisposeAsync() ?? ValueTask.CompletedTask;
}

[CollectionDefinition(SharedCluster.Collection)]
public sealed class SharedClusterTests : ICollectionFixture<SharedCluster>;
