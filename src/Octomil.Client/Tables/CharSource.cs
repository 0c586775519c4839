namespace Octomil.Client.Tables;

/// <summary>Characters of a text in blocks, so that a table of any size is read in bounded memory.</summary>
internal sealed class CharSource(TextReader text) : IDisposable
{
    private const int BlockChars = 64 * 1024;

    private readonly char[] _block = new char[BlockChars];
    private int _start;
    private int _end;

    /// <summary>What is left of the block, filled again when empty; empty at the end of the text.</summary>
    public ReadOnlySpan<char> Rest
    {
        get
        {
            if (_start == _end)
            {
                _start = 0;
                _end = text.ReadBlock(_block, 0, BlockChars);
            }

            return _block.AsSpan(_start, _end - _start);
        }
    }

    public void Skip(int chars) => _start += chars;

    /// <summary>The next character, or '\0' at the end of the text.</summary>
    public char Peek() => Rest is { IsEmpty: false } rest ? rest[0] : '\0';

    /// <summary>Skips the next character where it is the given one.</summary>
    public bool SkipIf(char c)
    {
        var found = Rest is { IsEmpty: false } rest && rest[0] == c;
        _start += found ? 1 : 0;
        return found;
    }

    public void Dispose() => text.Dispose();
}
