using Octomil.Storage;
using Octomil.Storage.Postgres;
using Octomil.Storage.Tests;
using Xunit.MicrosoftTestingPlatform;

return args switch
{
    [KilledProcessTests.ChildArgument, var root] => await KilledProcessTests.WriteForEverAsync(root),
    [SharedStorageTests.ChildArgument, var database, var root] => await SharedStorageTests.OpenOnceAsync(database, root),
    _ => await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
};
