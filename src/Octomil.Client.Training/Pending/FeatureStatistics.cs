#pragma warning disable
namespace Octomil.Learning.Aggregation { public readonly record struct FeatureStatistics(long Count, double Mean, double M2); }
