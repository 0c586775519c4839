namespace Octomil.Learning.Experiments;

/// <summary>What the test says at one look. Whoever stops at a look, for whatever reason, may trust what it says.</summary>
/// <param name="Difference">Treatment minus control.</param>
/// <param name="Low">The lower end of the confidence interval, which holds at all looks together.</param>
/// <param name="High">The upper end.</param>
/// <param name="PValue">In (0, 1].</param>
/// <param name="IsSignificant">The p-value is at most alpha: exactly where the interval leaves 0 out.</param>
public sealed record SequentialVerdict(double Difference, double Low, double High, double PValue, bool IsSignificant);
