using Xunit;

namespace Octomil.Storage.S3;

/// <summary>One server for all tests of the bucket.</summary>
[CollectionDefinition(Name)]
public sealed class WithSwift : ICollectionFixture<SwiftServer>
{
    public const string Name = "s3";
}
