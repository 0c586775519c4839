using Octomil.Experiments;
using Xunit;

namespace Octomil.Storage;

/// <summary>What the table of experiments' devices promises, of whichever database.</summary>
public abstract class ExperimentObservationsTests
{
    private const string Experiment = "exp_0000000000000001";

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected abstract IExperimentObservations Observations { get; }

    [Fact]
    public async Task Sum_WeighsEachDeviceOnce_HoweverMuchItCounted()
    {
        // Right 9 of 10 times, in two reports; once of once; and one that has counted far more than both.
        await Observations.AddAsync([Device(0, "control", right: 5, of: 5), Device(1, "control", right: 1, of: 1), Device(2, "control", right: 0, of: 90_000)], Cancellation);
        await Observations.AddAsync([Device(0, "control", right: 4, of: 5)], Cancellation);

        var control = Assert.Single(await Observations.SumAsync(Experiment, Cancellation));

        Assert.Equal(("control", 3L, 3L), (control.Variant, control.Devices, control.Accuracy.Devices));
        Assert.Equal((0.9 + 1 + 0) / 3, control.Accuracy.Mean, 12);
        Assert.Equal(new[] { 0.9, 1, 0 }.Sum(value => Math.Pow(value - (1.9 / 3), 2)), control.Accuracy.M2, 12);
    }

    [Fact]
    public async Task Sum_OfEveryMetric_CountsTheDevicesThatMeasuredIt()
    {
        await Observations.AddAsync(
            [
                Device(0, "control") with { Sums = new DeviceSums { Inferences = 10, Failures = 1, LatencyCount = 9, LatencyTotal = 18, LossCount = 2, LossTotal = 1 } },
                Device(1, "control") with { Sums = new DeviceSums { Inferences = 4, LatencyCount = 4, LatencyTotal = 40 } },
                Device(2, "treatment") with { Sums = new DeviceSums { AccuracyCount = 4, AccuracyTotal = 1 } },
                Device(3, "treatment") with { ExperimentId = "exp_0000000000000002", Sums = new DeviceSums { AccuracyCount = 4, AccuracyTotal = 4 } },
            ],
            Cancellation);

        var variants = (await Observations.SumAsync(Experiment, Cancellation)).ToDictionary(variant => variant.Variant);

        Assert.Equal((2L, 0L, 1L, 2L, 2L), (variants["control"].Devices, variants["control"].Accuracy.Devices, variants["control"].Loss.Devices, variants["control"].Latency.Devices, variants["control"].ErrorRate.Devices));
        Assert.Equal((0.5, 6.0, 0.05), (variants["control"].Loss.Mean, variants["control"].Latency.Mean, Math.Round(variants["control"].ErrorRate.Mean, 12)));
        Assert.Equal(32, variants["control"].Latency.M2, 9);
        Assert.Equal((1L, 0.25, 0.0), (variants["treatment"].Accuracy.Devices, variants["treatment"].Accuracy.Mean, variants["treatment"].Accuracy.M2));
        Assert.Equal(MetricMoments.None, variants["treatment"].ErrorRate);
        Assert.Empty(await Observations.SumAsync("exp_0000000000000009", Cancellation));
    }

    [Fact]
    public async Task Sum_OfLargeValuesThatAreAlike_KeepsTheirVariance()
    {
        await Observations.AddAsync([.. Enumerable.Range(0, 100).Select(number => Device(number, "control") with { Sums = new DeviceSums { LossCount = 1, LossTotal = 1e9 + (number % 2) } })], Cancellation);

        Assert.Equal(25, Assert.Single(await Observations.SumAsync(Experiment, Cancellation)).Loss.M2, 6);
    }

    [Fact]
    public async Task Delete_ForgetsTheExperimentAndNoOther()
    {
        await Observations.AddAsync([Device(0, "control", right: 1, of: 1), Device(0, "control", right: 1, of: 1) with { ExperimentId = "exp_0000000000000002" }], Cancellation);

        await Observations.DeleteAsync(Experiment, Cancellation);
        await Observations.DeleteAsync(Experiment, Cancellation);

        Assert.Empty(await Observations.SumAsync(Experiment, Cancellation));
        Assert.Single(await Observations.SumAsync("exp_0000000000000002", Cancellation));
    }

    private static DeviceObservation Device(int number, string variant, int right = 0, int of = 0) => new()
    {
        ExperimentId = Experiment,
        DeviceId = $"dev_{number:x16}",
        Variant = variant,
        Sums = new DeviceSums { AccuracyCount = of, AccuracyTotal = right },
    };
}
