using System.Text;
using Xunit;

namespace Octomil.Storage;

public sealed class HashNamesTests
{
    private const string Name = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("", "")]
    [InlineData("\u0001", "\u0002")]
    [InlineData("a", "f")]
    [InlineData("xyz", "0000")]
    public void AddTo_FindsANameWhateverStandsBesideIt(string before, string after)
    {
        var names = new HashSet<string>();
        HashNames.AddTo(names, Encoding.UTF8.GetBytes(before + Name + after));

        Assert.Contains(Name, names);
    }

    [Fact]
    public void AddTo_OfLessThanAName_FindsNothing()
    {
        var names = new HashSet<string>();
        HashNames.AddTo(names, Encoding.UTF8.GetBytes($"{Name[..63]}-{Name[..10]}"));

        Assert.Empty(names);
    }
}
