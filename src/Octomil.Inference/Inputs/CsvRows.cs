using Octomil.Client.Tables;

namespace Octomil.Inference.Inputs;

/// <summary>Rows of features from separated text, with a header line or with one value for every feature in their order.</summary>
internal sealed class CsvRows(RowReader reader, InputBatch batch, InputNotes notes)
{
    private static readonly char[] Separators = [',', ';', '\t'];

    /// <summary>Reads the table that begins somewhere in the text; words before it are left alone.</summary>
    /// <returns>False where there is none.</returns>
    /// <exception cref="InferenceException">There is one, and it cannot be read.</exception>
    public bool TryRead(string text)
    {
        if (Find(text) is not { } table)
        {
            return false;
        }

        try
        {
            using var rows = new DelimitedReader(new StringReader(table), "the table");
            Read(rows);
            return true;
        }
        catch (DataException exception)
        {
            throw InferenceException.Invalid(exception.Message, "messages", exception);
        }
    }

    // The table with a header line, or null.
    private string? Find(string text)
    {
        var position = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var start = text.AsSpan(position).IndexOf(line, StringComparison.Ordinal) + position;
            position = start + line.Length;
            if (IsHeader(line))
            {
                return UpToEmptyLine(text[start..]);
            }

            if (SeparatorOfValues(line) is { } separator)
            {
                var header = string.Join(separator, Enumerable.Range(0, reader.FeatureCount).Select(feature => Quoted(reader.NameOf(feature))));
                return $"{header}\n{UpToEmptyLine(text[start..])}";
            }
        }

        return null;
    }

    private bool IsHeader(ReadOnlySpan<char> line)
    {
        foreach (var separator in Separators)
        {
            var (cells, known) = (0, 0);
            foreach (var cell in line.Split(separator))
            {
                cells++;
                known += reader.IndexOf(line[cell].Trim().Trim('"').ToString()) >= 0 ? 1 : 0;
            }

            if (known > 0 && (cells > 1 || reader.FeatureCount == 1))
            {
                return true;
            }
        }

        return false;
    }

    private char? SeparatorOfValues(ReadOnlySpan<char> line)
    {
        if (reader.FeatureCount < 2)
        {
            return null;
        }

        foreach (var separator in Separators)
        {
            if (line.Count(separator) == reader.FeatureCount - 1)
            {
                return separator;
            }
        }

        return null;
    }

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string UpToEmptyLine(string text)
    {
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        end = end < 0 ? text.IndexOf("\n\r\n", StringComparison.Ordinal) : end;
        var table = end < 0 ? text : text[..end];
        var fence = table.IndexOf("\n```", StringComparison.Ordinal);
        return fence < 0 ? table : table[..fence];
    }

    private void Read(DelimitedReader rows)
    {
        var columns = Enumerable.Range(0, reader.FeatureCount).Select(feature => rows.IndexOf(reader.NameOf(feature))).ToArray();
        var absent = Enumerable.Range(0, columns.Length).Where(feature => columns[feature] < 0).ToList();
        reader.Check([.. rows.Header.Where(name => reader.IndexOf(name) < 0 && !reader.IsTarget(name))], absent);
        notes.Missing(absent);
        while (rows.Read())
        {
            ReadRow(rows, columns);
        }

        if (rows.Row == 0)
        {
            throw InferenceException.Invalid("The table has a header line and no rows.", "messages");
        }
    }

    private void ReadRow(DelimitedReader rows, int[] columns)
    {
        var row = batch.Add();
        reader.Clear(row);
        for (var feature = 0; feature < columns.Length; feature++)
        {
            if (columns[feature] >= 0 && !reader.Set(row, feature, rows.Cell(columns[feature]), $"row {rows.Row}, "))
            {
                notes.Missing(feature);
            }
        }
    }
}
