using System.Collections.Immutable;
using System.Net;
using Octomil.Storage;

namespace Octomil.Fakes;

/// <summary>The silo that the API believes it is in.</summary>
public sealed class FakeSilo : IStorageProbe
{
    public static readonly SiloAddress Address = SiloAddress.New(IPAddress.Loopback, 11111, 1);

    public FakeSilo()
    {
        Details = Proxy.Of<ILocalSiloDetails>((method, _) => method.Name == "get_SiloAddress" ? Address : throw new NotSupportedException(method.Name));
        Membership = Proxy.Of<IClusterMembershipService>((method, _) => method.Name == "get_CurrentSnapshot"
            ? new ClusterMembershipSnapshot(
                ImmutableDictionary<SiloAddress, ClusterMember>.Empty.Add(Address, new ClusterMember(Address, Status, "fake")), new MembershipVersion(1))
            : throw new NotSupportedException(method.Name));
    }

    public SiloStatus Status { get; set; } = SiloStatus.Active;

    public StorageHealth Storage { get; set; } = new(true, null);

    public ILocalSiloDetails Details { get; }

    public IClusterMembershipService Membership { get; }

    public Task<StorageHealth> CheckAsync(CancellationToken cancellationToken) => Task.FromResult(Storage);
}
