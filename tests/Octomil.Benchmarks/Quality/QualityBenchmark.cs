using Octomil.Client.Training;

namespace Octomil.Benchmarks;

/// <summary>
/// What federated training reaches on real medical data, with the real server and SDK, beside the same on all data in one place
/// (figures of a logistic regression and of an MLP that were trained with other software).
/// </summary>
internal sealed class QualityBenchmark : IBenchmark
{
    public string Name => "quality";

    public async Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("octomil-bench-");

        try
        {
            var cases = new LearningCases(folder);
            var breast = await RunAsync(cases.BreastCancer(), cancellationToken);
            List<Measurement> measurements =
            [
                Measurement.Reach("breast cancer, 8 devices, round 20", breast.Accuracy!.Value, "accuracy", pooled: 0.982, goal: 0.96),
                Measurement.Reach("breast cancer, 8 devices, round 20", breast.Auc!.Value, "AUC", pooled: 0.986, goal: 0.98),
            ];

            if (LearningCases.DataFolder is not { } data)
            {
                Console.Error.WriteLine("Heart disease and chest X-rays are skipped: set OCTOMIL_TEST_DATA to the folder with the data.");
                return measurements;
            }

            var heart = await RunAsync(cases.Heart(data), cancellationToken);
            var pneumonia = await RunAsync(cases.Pneumonia(data), cancellationToken);
            return
            [
                .. measurements,
                Measurement.Reach("heart disease, 4 hospitals, round 20", heart.Auc!.Value, "AUC", pooled: 0.815, goal: 0.80),
                Measurement.Reach("chest X-rays, 8 devices, round 20", pneumonia.Auc!.Value, "AUC", pooled: 0.941, goal: 0.92),
            ];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Task<Evaluation> RunAsync(LearningCase learning, CancellationToken cancellationToken)
    {
        Console.Error.WriteLine($"  {learning.Name} ...");
        return FederatedRun.RunAsync(learning, cancellationToken);
    }
}
