using System.Text.Json.Serialization;

namespace Octomil.Benchmarks;

/// <summary>One figure of a benchmark.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">The figure.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Reference">What it is compared with, in the same unit and of the same run.</param>
/// <param name="Ratio">Value to reference.</param>
/// <param name="Goal">The ratio wanted: at least this, or at most where <see cref="LessIsBetter"/>; for accuracy and AUC the figure wanted.</param>
/// <param name="Met">Whether the goal is reached; null where there is none.</param>
internal sealed record Measurement(string Name, double Value, string Unit, double? Reference, double? Ratio, double? Goal, bool? Met)
{
    /// <summary>Whether the goal is an upper bound; then the name says what is measured in seconds or bytes.</summary>
    [JsonIgnore]
    public bool LessIsBetter { get; private init; }

    /// <summary>A figure that is only reported.</summary>
    public static Measurement Report(string name, double value, string unit) => new(name, value, unit, null, null, null, null);

    /// <summary>A figure beside its reference, with or without a goal for the ratio.</summary>
    public static Measurement Compare(string name, double value, string unit, double reference, double? goal = null) =>
        new(name, value, unit, reference, value / reference, goal, goal is null ? null : value / reference >= goal);

    /// <summary>A figure whose ratio to its reference shall not exceed the goal.</summary>
    public static Measurement AtMost(string name, double value, string unit, double reference, double? goal) =>
        new(name, value, unit, reference, value / reference, goal, goal is null ? null : value / reference <= goal) { LessIsBetter = true };

    /// <summary>A figure that shall not exceed a limit of its own.</summary>
    public static Measurement Limit(string name, double value, string unit, double limit) =>
        new(name, value, unit, null, null, limit, value <= limit) { LessIsBetter = true };

    /// <summary>A figure that shall reach a goal of its own, beside what all data in one place gives.</summary>
    public static Measurement Reach(string name, double value, string unit, double pooled, double goal) =>
        new(name, value, unit, pooled, value / pooled, goal, value >= goal);
}
