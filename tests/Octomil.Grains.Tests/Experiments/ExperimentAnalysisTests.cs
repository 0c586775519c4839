using Octomil.Learning.Experiments;
using Xunit;

namespace Octomil.Experiments;

public sealed class ExperimentAnalysisTests
{
    [Theory]
    [InlineData(ExperimentMetric.Accuracy, 0.8, 0.9, ExperimentVerdict.TreatmentBetter)]
    [InlineData(ExperimentMetric.Accuracy, 0.9, 0.8, ExperimentVerdict.ControlBetter)]
    [InlineData(ExperimentMetric.Loss, 0.5, 0.3, ExperimentVerdict.TreatmentBetter)]
    [InlineData(ExperimentMetric.Latency, 0.5, 0.7, ExperimentVerdict.ControlBetter)]
    [InlineData(ExperimentMetric.ErrorRate, 0.05, 0.04, ExperimentVerdict.NotSignificant)]
    public void Verdict_KnowsWhichWayAMetricIsBetter(ExperimentMetric metric, double control, double treatment, ExperimentVerdict expected)
    {
        var analytics = Analyze(metric, Arm("control", metric, 100, control), Arm("treatment", metric, 100, treatment));

        Assert.Equal(expected, analytics.Verdict);
        Assert.Equal(treatment - control, analytics.Comparison!.Difference, 12);
        Assert.InRange(analytics.Comparison.Difference, analytics.Comparison.Low, analytics.Comparison.High);
    }

    [Fact]
    public void Verdict_WithFewerDevicesThanAsked_WaitsHoweverClearItLooks()
    {
        var analytics = Analyze(ExperimentMetric.Accuracy, Arm("control", ExperimentMetric.Accuracy, 100, 0.2), Arm("treatment", ExperimentMetric.Accuracy, 19, 0.9));

        Assert.Equal(ExperimentVerdict.TooFewDevices, analytics.Verdict);
        Assert.NotNull(analytics.Comparison);
    }

    [Fact]
    public void Verdict_WhereNothingWasHeard_IsTooEarly()
    {
        var analytics = ExperimentAnalysis.Of(Trials.Draft().ToSnapshot(Trials.Id), []);

        Assert.Equal((ExperimentVerdict.TooFewDevices, (ComparedMetric?)null, false), (analytics.Verdict, analytics.Comparison, analytics.SplitIsOff));
        Assert.Equal(["control", "treatment"], analytics.Variants.Select(variant => variant.Variant));
    }

    [Theory]
    [InlineData(1000, 1000, false)]
    [InlineData(1000, 1100, false)]
    [InlineData(1000, 1200, true)]
    [InlineData(5, 0, false)]
    [InlineData(20, 0, true)]
    public void Split_ThatChanceDoesNotExplain_IsSaid(int control, int treatment, bool isOff) => Assert.Equal(
        isOff, Analyze(ExperimentMetric.Accuracy, Arm("control", ExperimentMetric.Accuracy, control, 0.8), Arm("treatment", ExperimentMetric.Accuracy, treatment, 0.8)).SplitIsOff);

    [Fact]
    public void OneDevice_WhateverItReports_MakesNoDifferenceSignificant()
    {
        // 99 devices like the control's, and one that says 1e9.
        var wild = ArmMoments.Of(Enumerable.Repeat(0.5, 99).Append(1e9));
        var treatment = new VariantObservations
        {
            Variant = "treatment", Devices = 100, Loss = new MetricMoments { Devices = 100, Mean = wild.Mean, M2 = wild.Variance * 99 },
        };

        Assert.Equal(ExperimentVerdict.NotSignificant, Analyze(ExperimentMetric.Loss, Arm("control", ExperimentMetric.Loss, 100, 0.5), treatment).Verdict);
    }

    private static ExperimentAnalytics Analyze(ExperimentMetric metric, VariantObservations control, VariantObservations treatment) =>
        ExperimentAnalysis.Of((Trials.Draft(Trials.Order with { PrimaryMetric = metric }) with { Status = ExperimentStatus.Running }).ToSnapshot(Trials.Id), [treatment, control]);

    // Devices whose means differ by a tenth among themselves.
    private static VariantObservations Arm(string variant, ExperimentMetric metric, int devices, double mean)
    {
        var moments = new MetricMoments { Devices = devices, Mean = mean, M2 = 0.01 * Math.Max(0, devices - 1) };
        var arm = new VariantObservations { Variant = variant, Devices = devices };
        return metric switch
        {
            ExperimentMetric.Accuracy => arm with { Accuracy = moments },
            ExperimentMetric.Loss => arm with { Loss = moments },
            ExperimentMetric.Latency => arm with { Latency = moments },
            _ => arm with { ErrorRate = moments },
        };
    }
}
