namespace Octomil.Storage;

public sealed class SqliteSiloStorageTests : SiloStorageTests;
