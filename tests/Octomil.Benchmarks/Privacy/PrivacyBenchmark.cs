namespace Octomil.Benchmarks;

/// <summary>
/// How accurate a model is for what it costs: the heart data of four hospitals with 20 devices each, budgets from 0.5 to 8 that the whole run
/// uses up (delta 1e-5), beside the same without privacy and beside always saying what most patients have.
/// </summary>
internal sealed class PrivacyBenchmark(string? svgFile) : IBenchmark
{
    private const int DevicesOfAHospital = 20;
    private const int Seeds = 20;
    private const int TuningSeeds = 4;

    private static readonly double[] Budgets = [0.5, 1, 2, 4, 8];

    private static readonly PrivateSettings[] Candidates =
    [
        .. from rounds in (int[])[5, 10, 20]
           from clip in (double[])[0.5, 1, 2]
           select new PrivateSettings(rounds, clip, Epochs: 5, LearningRate: 0.2),
    ];

    public string Name => "privacy";

    public async Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken)
    {
        if (LearningCases.DataFolder is not { } data)
        {
            Console.Error.WriteLine("privacy: skipped, for the heart data is missing: set OCTOMIL_TEST_DATA to the folder with it.");
            return [];
        }

        var folder = Directory.CreateTempSubdirectory("octomil-bench-");

        try
        {
            var cases = new LearningCases(folder);
            var settings = Choose(new PrivateTraining(cases.HeartOfDevices(data, DevicesOfAHospital, isTuning: true)), cancellationToken);
            var training = new PrivateTraining(cases.HeartOfDevices(data, DevicesOfAHospital, isTuning: false));
            var curve = new PrivacyCurve(
                [.. Budgets.Select(epsilon => new PrivacyPoint(epsilon, Accuracies(training, settings, epsilon, Seeds, cancellationToken)))],
                new PrivacyPoint(null, Accuracies(training, settings, null, Seeds, cancellationToken)),
                training.MajorityAccuracy);

            if (svgFile is not null)
            {
                await File.WriteAllTextAsync(svgFile, PrivacyPicture.Draw(curve), cancellationToken);
            }

            return [.. Figures(curve)];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // By what they reach over all budgets on a fifth of the patients who are there for training: the test has no part in it.
    private static PrivateSettings Choose(PrivateTraining tuning, CancellationToken cancellationToken)
    {
        var chosen = Candidates.MaxBy(settings => Budgets.Sum(epsilon => Accuracies(tuning, settings, epsilon, TuningSeeds, cancellationToken).Average()))!;
        Console.Error.WriteLine($"  chosen on training patients: {chosen.Rounds} rounds, clip {chosen.Clip}");
        return chosen;
    }

    private static List<double> Accuracies(PrivateTraining training, PrivateSettings settings, double? epsilon, int seeds, CancellationToken cancellationToken) =>
        [.. Enumerable.Range(1, seeds).Select(seed => training.Run(settings, epsilon, seed, cancellationToken).Accuracy!.Value)];

    private static IEnumerable<Measurement> Figures(PrivacyCurve curve)
    {
        foreach (var point in curve.Private)
        {
            yield return Measurement.Compare($"heart disease, 4 hospitals of 20 devices, epsilon {point.Epsilon}", point.Mean, "accuracy", curve.NotPrivate.Mean);
            yield return Measurement.Report($"  standard deviation of {Seeds} runs, epsilon {point.Epsilon}", point.Deviation, "accuracy");
        }

        yield return Measurement.Report("  the same without privacy", curve.NotPrivate.Mean, "accuracy");
        yield return Measurement.Report($"  standard deviation of {Seeds} runs, without privacy", curve.NotPrivate.Deviation, "accuracy");
        yield return Measurement.Report("  always the class of most patients", curve.Majority, "accuracy");
    }
}
