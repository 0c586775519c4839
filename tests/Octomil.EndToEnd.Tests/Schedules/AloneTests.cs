using Xunit;

namespace Octomil.EndToEnd.Schedules;

/// <summary>Tests that need the machine for themselves: they run after those that run side by side.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneTests
{
    public const string Name = "Alone";
}
