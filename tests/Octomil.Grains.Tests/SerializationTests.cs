using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Octomil.Organizations;
using Octomil.Training;
using Orleans.Serialization;
using Orleans.Storage;
using Xunit;

namespace Octomil;

/// <summary>Every record that is stored or sent comes back as it was, written and read by the serializer that grain storage uses.</summary>
public sealed class SerializationTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    /// <summary>All serializable types of the grains and of what they say to others.</summary>
    public static TheoryData<Type> Records =>
    [
        .. new[] { typeof(RoundState).Assembly, typeof(RoundPlan).Assembly, typeof(Storage.IPayloadStore).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.GetCustomAttribute<GenerateSerializerAttribute>() is not null && !type.IsEnum && !type.IsAbstract && !type.IsSubclassOf(typeof(Exception))),
    ];

    [Theory]
    [MemberData(nameof(Records))]
    public void Record_WrittenAndRead_IsTheSame(Type type)
    {
        var record = Samples.Of(type);
        var storage = new OrleansGrainStorageSerializer(_services.GetRequiredService<Serializer>());
        var generic = typeof(SerializationTests).GetMethod(nameof(WriteAndRead), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type);

        Assert.Equal(Samples.Describe(record), Samples.Describe(generic.Invoke(null, [storage, record])!));
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void Record_HasAnAliasOfItsOwn(Type type)
    {
        var alias = type.GetCustomAttribute<AliasAttribute>()?.Alias;

        Assert.NotNull(alias);
        Assert.Single(Records.Select(row => row.Data), other => other.GetCustomAttribute<AliasAttribute>()?.Alias == alias);
    }

    [Fact]
    public void Records_IncludeTheStatesOfTheGrains() => Assert.Superset(
        new HashSet<Type> { typeof(RoundState), typeof(RunState), typeof(OrganizationState) }, Records.Select(row => row.Data).ToHashSet());

    public void Dispose() => _services.Dispose();

    private static T WriteAndRead<T>(OrleansGrainStorageSerializer storage, T record) => storage.Deserialize<T>(storage.Serialize(record))!;
}
