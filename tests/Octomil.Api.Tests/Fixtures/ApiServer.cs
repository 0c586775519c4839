using Octomil.Api.Tests.Fixtures;
using Xunit;

[assembly: AssemblyFixture(typeof(ApiServer))]

namespace Octomil.Api.Tests.Fixtures;

/// <summary>The one server of all tests that need nothing special of it. Each test has names of its own.</summary>
public sealed class ApiServer() : RunningServer(
    ("Octomil:Rounds:LookForDevices", "00:00:00.050"),

    // Tests receive webhooks on loopback.
    ("Octomil:Webhooks:AllowPrivateAddresses", "true"),

    // All tests sign in from one address.
    ("Octomil:RateLimits:SignInsAtOnce", "100000"));
