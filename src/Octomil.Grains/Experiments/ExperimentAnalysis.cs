using System.Collections.Immutable;
using Octomil.Deployments;
using Octomil.Learning.Experiments;

namespace Octomil.Experiments;

/// <summary>What an experiment says, from what its devices measured. A look changes nothing, and costs no certainty: see <see cref="SequentialTest"/>.</summary>
/// <remarks>
/// Devices were dealt to the arms, so devices are compared: each weighs one, whatever it counted, for a device's many inferences are one device's
/// data and taking them for independent observations would find differences that are not there. It also bounds what a single device can do:
/// a wild value moves its arm's mean by a part of n, and with it grows the variance, so that alone it never makes a difference significant.
/// </remarks>
internal static class ExperimentAnalysis
{
    // The 0.999 quantile of the chi-squared distribution with one degree of freedom.
    private const double Unexplained = 10.828;

    public static ExperimentAnalytics Of(ExperimentSnapshot experiment, ImmutableArray<VariantObservations> heard)
    {
        var order = experiment.Order;
        var (control, treatment) = (HeardOf(order.Control), HeardOf(order.Treatment));
        var verdict = new SequentialTest(order.ExpectedEffect, 1 - order.ConfidenceLevel).Compare(Moments(control), Moments(treatment));
        var enough = Math.Min(control.Of(order.PrimaryMetric).Devices, treatment.Of(order.PrimaryMetric).Devices) >= order.MinSampleSize;
        return new ExperimentAnalytics
        {
            Experiment = experiment,
            Variants = [control, treatment],
            Verdict = verdict is null || !enough ? ExperimentVerdict.TooFewDevices : Judge(order.PrimaryMetric, verdict),
            Comparison = verdict is null ? null : new ComparedMetric
            {
                Difference = verdict.Difference,
                Low = verdict.Low,
                High = verdict.High,
                PValue = verdict.PValue,
            },
            SplitIsOff = IsOff(control.Devices, treatment.Devices, (double)order.Treatment.BasisPoints / RolloutShare.All),
        };

        VariantObservations HeardOf(ExperimentVariant variant) =>
            heard.FirstOrDefault(one => one.Variant == variant.Name) ?? new VariantObservations { Variant = variant.Name };

        ArmMoments Moments(VariantObservations variant) =>
            variant.Of(order.PrimaryMetric) is var moments ? ArmMoments.From(moments.Devices, moments.Mean, moments.M2) : default;
    }

    private static ExperimentVerdict Judge(ExperimentMetric metric, SequentialVerdict verdict) =>
        !verdict.IsSignificant ? ExperimentVerdict.NotSignificant
        : verdict.Difference > 0 == metric is ExperimentMetric.Accuracy ? ExperimentVerdict.TreatmentBetter
        : ExperimentVerdict.ControlBetter;

    // Pearson's test of the split, with one chance in a thousand of a false alarm at one look.
    private static bool IsOff(long control, long treatment, double share)
    {
        var (all, expected) = ((double)(control + treatment), (control + treatment) * share);
        var difference = treatment - expected;
        return all > 0 && difference * difference * ((1 / expected) + (1 / (all - expected))) > Unexplained;
    }
}
