using System.Text;

namespace Octomil.Client.Tables;

/// <summary>
/// Reads a table of separated text (RFC 4180, and what people write besides): a header line, then one record a row. The separator is
/// found from the header (comma, semicolon or tab); cells may be quoted, then hold separators, doubled quotes and line breaks; a byte
/// order mark is skipped; empty lines are skipped. A record with more or fewer cells than the header is an error, never guessed at.
/// </summary>
/// <remarks>Streams: memory is bounded by the longest record (at most 4 Mi characters).</remarks>
public sealed class DelimitedReader : IDisposable
{
    private readonly CharSource _source;
    private readonly RecordParser _parser;
    private readonly string[] _header;

    /// <summary>Reads the header.</summary>
    /// <param name="text">The table; disposed with this reader.</param>
    /// <param name="name">What messages call the table, usually a file name.</param>
    /// <exception cref="DataException">The text is empty or not a table.</exception>
    public DelimitedReader(TextReader text, string name = "the table")
    {
        Name = name;
        _source = new CharSource(text);
        _source.SkipIf('\uFEFF');
        var start = _source.Rest;
        if (start.Contains('\0'))
        {
            throw new DataException($"{name} is not a text table: it holds zero bytes. Save it as CSV in UTF-8.");
        }

        Separator = SeparatorSniffer.Find(start);
        _parser = new RecordParser(_source, Separator, name);
        if (!_parser.Read(row: 0))
        {
            throw new DataException($"{name} is empty: a header line with the column names was expected, then one line a row.");
        }

        _header = new string[_parser.Count];
        for (var i = 0; i < _header.Length; i++)
        {
            _header[i] = _parser.Cell(i).Trim().ToString();
        }
    }

    /// <summary>Opens a file; UTF-8 unless a byte order mark says otherwise.</summary>
    /// <exception cref="DataException">There is no such file, or it is not a table.</exception>
    public static DelimitedReader Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new DataException($"There is no file {path}.");
        }

        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.SequentialScan);
        var text = new StreamReader(file, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, bufferSize: 64 * 1024);
        try
        {
            return new DelimitedReader(text, Path.GetFileName(path));
        }
        catch (DataException)
        {
            text.Dispose();
            throw;
        }
    }

    /// <summary>What messages call the table.</summary>
    public string Name { get; }

    /// <summary>The column names, trimmed, in file order.</summary>
    public IReadOnlyList<string> Header => _header;

    /// <summary>The separator in use.</summary>
    public char Separator { get; }

    /// <summary>The number of the current row: 1 is the first after the header, empty lines not counted; 0 before it.</summary>
    public long Row { get; private set; }

    /// <summary>The line of the file, from 1, on which the current row begins.</summary>
    public long Line => _parser.StartLine;

    /// <summary>The current row as messages name it.</summary>
    public string Place => $"row {Row} (line {Line}) of {Name}";

    /// <summary>Goes to the next row; false at the end.</summary>
    /// <exception cref="DataException">The row has another number of cells than the header, or a quote is never closed.</exception>
    public bool Read()
    {
        if (!_parser.Read(Row + 1))
        {
            return false;
        }

        Row++;
        if (_parser.Count != _header.Length)
        {
            throw new DataException(
                $"{Place} has {_parser.Count} cells where the header has {_header.Length}. "
                + "Every row needs one cell a column; put cells that hold the separator into quotes.");
        }

        return true;
    }

    /// <summary>A cell of the current row, trimmed; valid until the next <see cref="Read"/>.</summary>
    public ReadOnlySpan<char> Cell(int column) => _parser.Cell(column).Trim();

    /// <summary>The position of a column, or -1.</summary>
    /// <exception cref="DataException">The header names the column twice.</exception>
    public int IndexOf(string column)
    {
        var first = Array.IndexOf(_header, column);
        if (first >= 0 && Array.IndexOf(_header, column, first + 1) >= 0)
        {
            throw new DataException($"{Name} has two columns named {column}. Rename one of them.");
        }

        return first;
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();
}
