using System.Text;
using Octomil.Client.Tables;
using Xunit;

namespace Octomil.Client.Tests.Tables;

public sealed class DelimitedReaderTests
{
    [Theory]
    [InlineData("a,b\n1,2\n", ',')]
    [InlineData("a;b\n1;2\n", ';')]
    [InlineData("a\tb\n1\t2\n", '\t')]
    [InlineData("\"x,y,z\";b\n1;2\n", ';')]
    public void Read_WithAnyKnownSeparator_FindsIt(string text, char separator)
    {
        using var reader = Read(text);

        Assert.Equal(separator, reader.Separator);
        Assert.Equal([["1", "2"]], Rows(reader));
    }

    [Fact]
    public void Read_OfQuotedCells_KeepsSeparatorsQuotesAndLineBreaks()
    {
        using var reader = Read("name,note\r\n\"Doe, Jane\",\"said \"\"hm\"\"\r\ntwice\"\r\nx, \"y\" \r\n");

        Assert.Equal([["Doe, Jane", "said \"hm\"\r\ntwice"], ["x", "y"]], Rows(reader));
        Assert.Equal((2, 4), (reader.Row, reader.Line));
    }

    [Fact]
    public void Read_WithEmptyLinesByteOrderMarkAndNoLastLineBreak_ReadsTheRows()
    {
        using var reader = Read("\uFEFF a ,b\r\r\r1,\r\r,2");

        Assert.Equal(["a", "b"], reader.Header);
        Assert.Equal([["1", ""], ["", "2"]], Rows(reader));
    }

    [Fact]
    public void Open_OfUtf16AndUtf8WithMarks_ReadsBoth()
    {
        var path = Path.GetTempFileName();
        foreach (var encoding in new Encoding[] { Encoding.Unicode, Encoding.BigEndianUnicode, new UTF8Encoding(true), new UTF8Encoding(false) })
        {
            File.WriteAllText(path, "größe,b\n1,2\n", encoding);
            using var reader = DelimitedReader.Open(path);
            Assert.Equal(["größe", "b"], reader.Header);
            Assert.Equal([["1", "2"]], Rows(reader));
        }

        File.Delete(path);
    }

    [Fact]
    public void Read_OfCellsAcrossBlocks_JoinsThem()
    {
        var rows = Enumerable.Range(0, 20_000).Select(i => new[] { $"cell {i}", $"a \"b\"\n{i}" }).ToArray();
        var text = new StringBuilder("x,y\n");
        foreach (var row in rows)
        {
            text.Append(row[0]).Append(",\"").Append(row[1].Replace("\"", "\"\"", StringComparison.Ordinal)).Append("\"\r\n");
        }

        using var reader = Read(text.ToString());

        Assert.Equal(rows, Rows(reader));
    }

    [Theory]
    [InlineData("", "the table is empty")]
    [InlineData(" \n\n", "the table is empty")]
    [InlineData("a,b\n1,2\n\n1\n", "row 2 (line 4) of the table has 1 cells where the header has 2")]
    [InlineData("a,b\n1,2,3\n", "row 1 (line 2) of the table has 3 cells where the header has 2")]
    [InlineData("a,b\n1,\"2\n3,4\n", "Row 1 of the table opens a quote on line 2 that is never closed")]
    [InlineData("a,b\n1,\"2\"3\n", "Row 1 (line 2) of the table has text after a closing quote")]
    [InlineData("PK\0\u0004", "is not a text table")]
    public void Read_OfAFaultyTable_SaysWhereAndWhat(string text, string message)
    {
        var refusal = Assert.Throws<DataException>(() =>
        {
            using var reader = Read(text);
            Rows(reader);
        });

        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OfAQuoteThatSwallowsTheFile_StopsInBoundedMemory()
    {
        using var reader = Read("a,b\n1,\"" + string.Concat(Enumerable.Repeat("1,2\n", 2_000_000)));

        Assert.Throws<DataException>(() => reader.Read());
    }

    [Fact]
    public void IndexOf_OfANameGivenTwice_IsRefused()
    {
        using var reader = Read("a,b,a\n1,2,3\n");

        Assert.Equal(1, reader.IndexOf("b"));
        Assert.Equal(-1, reader.IndexOf("c"));
        Assert.Throws<DataException>(() => reader.IndexOf("a"));
    }

    private static DelimitedReader Read(string text) => new(new StringReader(text));

    private static List<string[]> Rows(DelimitedReader reader)
    {
        var rows = new List<string[]>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.Header.Count).Select(i => reader.Cell(i).ToString())]);
        }

        return rows;
    }
}
