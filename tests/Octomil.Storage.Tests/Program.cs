using Octomil.Storage;
using Octomil.Storage.Tests;
using Xunit.MicrosoftTestingPlatform;

return args is [KilledProcessTests.ChildArgument, var root]
    ? await KilledProcessTests.WriteForEverAsync(root)
    : await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
