using System.Buffers;

namespace Octomil.Client.Tables;

/// <summary>Cuts the text into records and cells.</summary>
internal sealed class RecordParser
{
    private const int LongestRecordChars = 4 * 1024 * 1024;

    private readonly CharSource _source;
    private readonly char _separator;
    private readonly string _name;
    private readonly SearchValues<char> _ends;
    private char[] _chars = new char[1024];
    private int _length;
    private int[] _cellEnds = new int[32];
    private long _line = 1;
    private long _row;

    public RecordParser(CharSource source, char separator, string name)
    {
        (_source, _separator, _name) = (source, separator, name);
        _ends = SearchValues.Create([separator, '\n', '\r']);
    }

    /// <summary>The number of cells of the record.</summary>
    public int Count { get; private set; }

    /// <summary>The line on which the record begins, from 1.</summary>
    public long StartLine { get; private set; }

    public ReadOnlySpan<char> Cell(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        var start = index == 0 ? 0 : _cellEnds[index - 1];
        return _chars.AsSpan(start, _cellEnds[index] - start);
    }

    /// <summary>Reads the next record that is not an empty line; false at the end.</summary>
    public bool Read(long row)
    {
        _row = row;
        do
        {
            if (_source.Rest.IsEmpty)
            {
                return false;
            }

            StartLine = _line;
            _length = Count = 0;
            while (ReadCell())
            {
            }
        }
        while (Count == 1 && Cell(0).IsWhiteSpace());

        return true;
    }

    /// <summary>Reads one cell and what ends it; false after the last cell of the record.</summary>
    private bool ReadCell()
    {
        while (_source.Peek() == ' ')
        {
            _source.Skip(1);
        }

        if (_source.SkipIf('"'))
        {
            ReadQuoted();
        }

        ReadPlain();
        EndCell();
        if (_source.SkipIf(_separator))
        {
            return true;
        }

        if (_source.SkipIf('\r') | _source.SkipIf('\n'))
        {
            _line++;
        }

        return false;
    }

    private void ReadPlain()
    {
        for (var rest = _source.Rest; !rest.IsEmpty; rest = _source.Rest)
        {
            var end = rest.IndexOfAny(_ends);
            Append(end < 0 ? rest : rest[..end]);
            _source.Skip(end < 0 ? rest.Length : end);
            if (end >= 0)
            {
                return;
            }
        }
    }

    private void ReadQuoted()
    {
        var startLine = _line;
        for (var rest = _source.Rest; !rest.IsEmpty; rest = _source.Rest)
        {
            var end = rest.IndexOf('"');
            var part = end < 0 ? rest : rest[..end];
            _line += part.Count('\n');
            if (_length + part.Length > LongestRecordChars)
            {
                break;
            }

            Append(part);
            _source.Skip(end < 0 ? rest.Length : end + 1);
            if (end >= 0 && !_source.SkipIf('"'))
            {
                RefuseTextAfterQuote();
                return;
            }

            if (end >= 0)
            {
                Append("\"");
            }
        }

        throw new DataException($"Row {_row} of {_name} opens a quote on line {startLine} that is never closed. Close it, or double a quote that belongs to the text.");
    }

    private void RefuseTextAfterQuote()
    {
        while (_source.Peek() == ' ')
        {
            _source.Skip(1);
        }

        if (_source.Rest is { IsEmpty: false } rest && !_ends.Contains(rest[0]))
        {
            throw new DataException($"Row {_row} (line {_line}) of {_name} has text after a closing quote. Double the quotes that belong to the text.");
        }
    }

    private void Append(ReadOnlySpan<char> part)
    {
        if (_length + part.Length > LongestRecordChars)
        {
            throw new DataException($"Row {_row} (line {StartLine}) of {_name} is longer than {LongestRecordChars} characters: is this a table of text lines?");
        }

        if (_length + part.Length > _chars.Length)
        {
            Array.Resize(ref _chars, Math.Max(_chars.Length * 2, _length + part.Length));
        }

        part.CopyTo(_chars.AsSpan(_length));
        _length += part.Length;
    }

    private void EndCell()
    {
        if (Count == _cellEnds.Length)
        {
            Array.Resize(ref _cellEnds, _cellEnds.Length * 2);
        }

        _cellEnds[Count++] = _length;
    }
}
