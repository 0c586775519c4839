using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Octomil.Devices;

namespace Octomil.Training;

/// <summary>Ready devices of one partition of one organization.</summary>
internal sealed record PartitionCount(string OrganizationId, int Partition, int Count);

/// <summary>The devices of a round.</summary>
internal sealed record Cohort(ImmutableArray<string> Organizations, ImmutableArray<(DrawnDevice Device, int Organization)> Members);

/// <summary>
/// Draws cohorts: uniformly over all ready devices of the group in the member organizations, whatever their partition. Costs
/// O(cohort + partitions).
/// </summary>
internal sealed class CohortSelector(IGrainFactory grains, IOptions<DirectoryOptions> options)
{
    public async Task<ImmutableArray<PartitionCount>> CountAsync(IEnumerable<string> organizationIds, string? group)
    {
        var counts = await Task.WhenAll(organizationIds.SelectMany(organizationId => Enumerable
            .Range(0, options.Value.Partitions)
            .Select(partition => CountAsync(organizationId, partition, group))));
        return [.. counts.Where(count => count.Count > 0)];
    }

    public async Task<Cohort> DrawAsync(ImmutableArray<PartitionCount> counts, string? group, int size, ulong seed)
    {
        var random = new Random((int)(seed ^ (seed >> 32)));
        var shares = Allocate(counts, size, random);
        var drawn = await Task.WhenAll(counts.Select((part, index) =>
            DrawAsync(part, group, shares[index], seed ^ ((ulong)random.Next() << 32))));

        ImmutableArray<string> organizations = [.. counts.Select(part => part.OrganizationId).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return new Cohort(organizations,
        [
            .. drawn.SelectMany(part => part.Devices.Select(device => (Device: device, Organization: organizations.IndexOf(part.OrganizationId))))
                .OrderBy(member => member.Device.Id, StringComparer.Ordinal),
        ]);
    }

    /// <summary>The seed of one attempt at one round.</summary>
    public static ulong SeedOf(long runSeed, string roundId)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long) + roundId.Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, runSeed);
        Encoding.ASCII.GetBytes(roundId, bytes[sizeof(long)..]);
        return BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(bytes));
    }

    /// <summary>How many come from each partition if all devices were drawn from one urn (multivariate hypergeometric).</summary>
    internal static int[] Allocate(ImmutableArray<PartitionCount> counts, int size, Random random)
    {
        var left = counts.Select(part => part.Count).ToArray();
        var total = left.Sum(count => (long)count);

        if (size >= total)
        {
            return left;
        }

        var shares = new int[left.Length];

        for (var i = 0; i < size; i++, total--)
        {
            var ticket = random.NextInt64(total);
            var part = 0;

            while (ticket >= left[part])
            {
                ticket -= left[part++];
            }

            left[part]--;
            shares[part]++;
        }

        return shares;
    }

    private async Task<PartitionCount> CountAsync(string organizationId, int partition, string? group) =>
        new(organizationId, partition, await grains.GetDeviceDirectory(organizationId, partition).CountAsync(group));

    private async Task<(string OrganizationId, ImmutableArray<DrawnDevice> Devices)> DrawAsync(
        PartitionCount part, string? group, int count, ulong seed) => count == 0
        ? (part.OrganizationId, [])
        : (part.OrganizationId, await grains.GetDeviceDirectory(part.OrganizationId, part.Partition).DrawAsync(group, count, seed));
}
