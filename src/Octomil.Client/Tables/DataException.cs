namespace Octomil.Client.Tables;

/// <summary>Local data cannot be used as it is. The message says what is wrong, what was expected and how to mend it; it never holds more
/// than one short cell of the data.</summary>
public sealed class DataException : Exception
{
    /// <summary>Creates the exception.</summary>
    public DataException()
    {
    }

    /// <summary>Creates the exception.</summary>
    public DataException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    public DataException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>A column that a table was expected to have.</summary>
    public static DataException NoColumn(DelimitedReader reader, string column, string role)
    {
        const int MostNames = 40;
        var near = reader.Header.FirstOrDefault(name => name.Equals(column, StringComparison.OrdinalIgnoreCase));
        var names = string.Join(", ", reader.Header.Take(MostNames)) + (reader.Header.Count > MostNames ? ", ..." : string.Empty);
        return new DataException(
            $"{reader.Name} has no {role} {column}. {(near is null ? string.Empty : $"Did you mean {near}? ")}Its columns are: {names}.");
    }

    /// <summary>A cell's text as messages may show it: quoted, at most 24 characters, without control characters.</summary>
    public static string Shorten(ReadOnlySpan<char> cell)
    {
        const int Longest = 24;
        var shown = new string([.. cell[..Math.Min(cell.Length, Longest)].ToArray().Select(c => char.IsControl(c) ? ' ' : c)]);
        return cell.Length > Longest ? $"'{shown}...'" : $"'{shown}'";
    }
}
