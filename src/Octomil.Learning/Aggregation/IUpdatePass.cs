namespace Octomil.Learning.Aggregation;

/// <summary>
/// One pass over the stored updates, for rules that sums are not enough for. A pass sees the model block by block, in any order and on any
/// thread; it changes its vector there, and adds up numbers that decide what the next pass does.
/// </summary>
public interface IUpdatePass
{
    /// <summary>The updates that are the rows of its blocks; null: all of them.</summary>
    IReadOnlyList<int>? Chosen { get; }

    /// <summary>How many numbers it adds up over all blocks.</summary>
    int Scalars { get; }

    /// <summary>Works on one block.</summary>
    /// <param name="updates">The rows; they are the pass's to change.</param>
    /// <param name="vector">What the pass before left in these coordinates, at first the last round's aggregate or zeros; becomes what this one makes of it.</param>
    /// <param name="scalars">This block's part of the numbers, zeros at first.</param>
    void Visit(UpdateBlock updates, Span<double> vector, Span<double> scalars);

    /// <summary>The next pass, or null: the vector is the aggregate.</summary>
    /// <param name="scalars">The sums over all blocks.</param>
    IUpdatePass? Next(ReadOnlySpan<double> scalars);
}
