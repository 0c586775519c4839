using Octomil.Client.Training.Native;
using Octomil.Client.Training.Torch;
using Octomil.Learning.Architectures;
using Octomil.Learning.Weights;
using TorchSharp;

namespace Octomil.Client.Training;

/// <summary>
/// Trains and evaluates catalog architectures with libtorch. Deterministic: the same weights, data, options and seeds give the same bits
/// on the same machine. Holds nothing between calls; a call runs on the caller's thread.
/// </summary>
public sealed class TorchTrainer
{
    private const int EvaluationBatch = 512;

    private readonly Architecture _architecture;
    private readonly int _threads;

    /// <param name="architecture">What the weights are of.</param>
    /// <param name="threads">Threads of one operation; the same bits come out for the same number of threads.</param>
    /// <exception cref="PlatformNotSupportedException">libtorch cannot be loaded here; the message says why.</exception>
    public TorchTrainer(Architecture architecture, int threads = 1)
    {
        NativeTorch.EnsureLoadable(threads);
        (_architecture, _threads) = (architecture, threads);
    }

    /// <summary>Evaluates the base on the hold-out, then trains from it on the other rows.</summary>
    /// <param name="start">The base weights, scaling included; not changed.</param>
    /// <param name="data">This device's rows.</param>
    /// <param name="options">How to train.</param>
    /// <param name="progress">Told the finished fraction after every epoch.</param>
    /// <param name="cancellationToken">Asked before every step.</param>
    /// <exception cref="ArgumentException">An option is out of range, or weights and data are not of this architecture.</exception>
    /// <exception cref="TrainingDivergedException">The loss or the weights are no longer numbers.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public TrainingResult Train(ModelWeights start, LocalDataset data, LocalTrainingOptions options, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        options.Check();
        Check(start, data);
        var split = Split(data, options);
        var evaluation = Evaluate(start, data, split.Holdout, cancellationToken);

        var baseLoss = options.ReportsBaseLoss ? Evaluate(start, data, split.Training, cancellationToken).Loss : null;

        using var scope = torch.NewDisposeScope();
        using var model = new TorchModel(_architecture, start);
        using var batch = Buffer(start, data, Math.Min(options.BatchSize, split.Training.Length));
        using var optimizer = FlatOptimizer.Create(model.Weights, model.Gradient, options);
        var shuffle = new RowShuffle(options.ShuffleSeed);
        var (steps, loss) = (0L, 0.0);
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            shuffle.Shuffle(split.Training);
            foreach (var rows in split.Training.Chunk(batch.Size))
            {
                cancellationToken.ThrowIfCancellationRequested();
                loss += Step(model, batch, optimizer, rows) * rows.Length;
                steps++;
            }

            if (!double.IsFinite(loss))
            {
                throw new TrainingDivergedException();
            }

            progress?.Report((epoch + 1.0) / options.Epochs);
        }

        var difference = WeightsDifference.Of(model, start.Trained, options.ClipNorm);
        return new TrainingResult(difference, split.Training.Length, steps, baseLoss ?? (loss / ((double)split.Training.Length * options.Epochs)), evaluation);
    }

    /// <summary>Evaluates weights on the rows that <see cref="Train"/> holds out with the same options.</summary>
    /// <inheritdoc cref="Evaluate"/>
    public Evaluation EvaluateHoldout(ModelWeights weights, LocalDataset data, LocalTrainingOptions options, CancellationToken cancellationToken = default)
    {
        options.Check();
        return Evaluate(weights, data, Split(data, options).Holdout, cancellationToken);
    }

    /// <summary>Evaluates weights on rows of the data, or on all of them.</summary>
    /// <param name="weights">With scaling; not changed.</param>
    /// <param name="data">Rows with targets.</param>
    /// <param name="rows">The rows to evaluate on; null for all.</param>
    /// <param name="cancellationToken">Asked before every batch.</param>
    /// <exception cref="ArgumentException">Weights and data are not of this architecture.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public Evaluation Evaluate(ModelWeights weights, LocalDataset data, IReadOnlyList<int>? rows = null, CancellationToken cancellationToken = default)
    {
        int[] chosen = [.. rows ?? Enumerable.Range(0, data.Rows)];
        var targets = new float[chosen.Length];
        for (var i = 0; i < chosen.Length; i++)
        {
            targets[i] = data.Targets[chosen[i]];
        }

        return Evaluation.Of(
            Predict(weights, data, chosen, cancellationToken), _architecture.OutputDim, targets, _architecture.OutputType is OutputType.Regression);
    }

    /// <summary>The logits of rows (for a regression: the predicted numbers), [rows, output_dim] row-major.</summary>
    /// <inheritdoc cref="Evaluate"/>
    public float[] Predict(ModelWeights weights, LocalDataset data, IReadOnlyList<int>? rows = null, CancellationToken cancellationToken = default)
    {
        Check(weights, data);
        // The number of threads belongs to the calling thread.
        NativeTorch.EnsureLoadable(_threads);
        int[] chosen = [.. rows ?? Enumerable.Range(0, data.Rows)];
        var logits = new float[chosen.Length * _architecture.OutputDim];
        if (chosen.Length == 0)
        {
            return logits;
        }

        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var model = new TorchModel(_architecture, weights);
        using var batch = Buffer(weights, data, Math.Min(EvaluationBatch, chosen.Length));
        var done = 0;
        foreach (var part in chosen.Chunk(batch.Size))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var step = torch.NewDisposeScope();
            var output = model.Forward(batch.Fill(part).Inputs).contiguous();
            output.data<float>().CopyTo(logits.AsSpan(done));
            done += part.Length * _architecture.OutputDim;
        }

        return logits;
    }

    private static double Step(TorchModel model, BatchBuffer batch, FlatOptimizer optimizer, int[] rows)
    {
        using var scope = torch.NewDisposeScope();
        var (inputs, targets) = batch.Fill(rows);
        var loss = model.Loss(model.Forward(inputs), targets);
        loss.backward();
        using (torch.no_grad())
        {
            optimizer.Step();
        }

        return loss.item<float>();
    }

    private RowSplit Split(LocalDataset data, LocalTrainingOptions options) =>
        RowSplit.Of(data, _architecture.OutputType is not OutputType.Regression, options.Holdout, options.HoldoutSeed);

    private BatchBuffer Buffer(ModelWeights weights, LocalDataset data, int size) =>
        new(data, new InputScale(weights, data.InputLength), size, _architecture.OutputType is OutputType.Multiclass);

    private void Check(ModelWeights weights, LocalDataset data)
    {
        if (!weights.Layout.Equals(_architecture.Layout()))
        {
            throw new ArgumentException("The weights are not of this architecture: names or shapes of their tensors differ.", nameof(weights));
        }

        if (data.InputLength != CatalogArchitecture.InputLengthOf(_architecture))
        {
            throw new ArgumentException($"The data have inputs of {data.InputLength} numbers, the architecture of {CatalogArchitecture.InputLengthOf(_architecture)}.", nameof(data));
        }
    }
}
