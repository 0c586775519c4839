namespace Octomil.Client.Training.Tables;

/// <summary>What a table's owner should know after it was read.</summary>
internal static class TableNotes
{
    private const int MostNames = 20;

    public static IEnumerable<string> Of(TableColumns columns, TableTally tally)
    {
        if (tally.RowsLeftOut > 0)
        {
            yield return $"{tally.RowsLeftOut} rows without a target are left out.";
        }

        for (var i = 0; i < columns.Features.Count; i++)
        {
            var feature = columns.Features[i];
            if (feature.Column < 0)
            {
                yield return $"Feature {feature.Name} is not in the table: it counts as missing in every row.";
            }
            else if (tally.Values[i] == 0)
            {
                yield return $"Feature {feature.Name} is missing in every row.";
            }

            if (tally.Unknown[i] > 0)
            {
                yield return $"Feature {feature.Name}: {tally.Unknown[i]} cells are none of its categories and count as missing.";
            }
        }

        if (columns.Extra.Count > 0)
        {
            var names = string.Join(", ", columns.Extra.Take(MostNames)) + (columns.Extra.Count > MostNames ? ", ..." : string.Empty);
            yield return $"Columns that the model does not use are ignored: {names}.";
        }
    }
}
