namespace Octomil.Client.Training;

/// <summary>Rows to train on and rows held out, both ascending.</summary>
internal sealed record RowSplit(int[] Training, int[] Holdout)
{
    /// <summary>Fewer rows than this are all trained on.</summary>
    private const int FewestRows = 5;

    /// <summary>
    /// Holds out a fraction of the rows, chosen by the seed alone; where targets are classes, about the same fraction of each. At
    /// least one row of five and more; at least one row is left to train on.
    /// </summary>
    public static RowSplit Of(LocalDataset data, bool targetsAreClasses, double fraction, ulong seed)
    {
        var rows = Enumerable.Range(0, data.Rows).ToArray();
        var count = fraction > 0 && rows.Length >= FewestRows ? Math.Clamp((int)Math.Round(rows.Length * fraction), 1, rows.Length - 1) : 0;
        if (count == 0)
        {
            return new RowSplit(rows, []);
        }

        new RowShuffle(seed).Shuffle(rows);
        if (targetsAreClasses)
        {
            // Every n-th of the rows in the order of their classes takes a like share of each class.
            var targets = data.Targets.ToArray();
            rows = [.. rows.OrderBy(row => targets[row])];
        }

        var held = new bool[rows.Length];
        for (var i = 0; i < count; i++)
        {
            held[rows[(int)(((i + 0.5) * rows.Length) / count)]] = true;
        }

        var all = Enumerable.Range(0, data.Rows).ToArray();
        return new RowSplit([.. all.Where(row => !held[row])], [.. all.Where(row => held[row])]);
    }
}
