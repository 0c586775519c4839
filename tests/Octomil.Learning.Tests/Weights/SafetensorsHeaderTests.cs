using System.Text;
using CsCheck;
using Octomil.Learning.Weights;

namespace Octomil.Learning.Tests.Weights;

public sealed class SafetensorsHeaderTests
{
    private const string Entry = "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";

    [Theory]
    [InlineData("[]", "invalid_header")]
    [InlineData("", "invalid_header")]
    [InlineData(" {}", "invalid_header")]
    [InlineData("{", "invalid_header")]
    [InlineData("{}x", "invalid_header")]
    [InlineData("{}{}", "invalid_header")]
    [InlineData("{" + Entry + ",}", "invalid_header")]
    [InlineData("{" + Entry + "/**/}", "invalid_header")]
    [InlineData("{" + Entry + "," + Entry + "}", "invalid_header")]
    [InlineData("{\"a\":[]}", "invalid_header")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", "invalid_header")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}", "invalid_header")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]}}", "invalid_header")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "invalid_header")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"more\":1}}", "invalid_header")]
    [InlineData("{\"a\":{\"dtype\":1,\"shape\":[2],\"data_offsets\":[0,8]}}", "invalid_header")]
    [InlineData("{\"a\":{\"dtype\":\"f32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "wrong_type")]
    [InlineData("{\"a\":{\"dtype\":\"U64\",\"shape\":[1],\"data_offsets\":[0,8]}}", "wrong_type")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", "invalid_header")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}", "invalid_header")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,7]}}", "invalid_header")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", "invalid_header")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", "invalid_header")]
    [InlineData("{" + Entry + ",\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", "invalid_header")]
    [InlineData("{\"a\":{\"dtype\":\"I8\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}", "invalid_header")]
    [InlineData("{\"a\":{\"dtype\":\"F64\",\"shape\":[9223372036854775807],\"data_offsets\":[0,9223372036854775800]}}", "invalid_header")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}", "invalid_header")]
    [InlineData("{\"\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "invalid_header")]
    [InlineData("{\"a\\n\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "invalid_header")]
    [InlineData("{\"\\ud800\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "invalid_header")]
    [InlineData("{\"__metadata__\":[],}", "invalid_metadata")]
    [InlineData("{\"__metadata__\":{\"a\":1}}", "invalid_metadata")]
    [InlineData("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", "invalid_metadata")]
    [InlineData("{\"__metadata__\":{},\"__metadata__\":{}}", "invalid_header")]
    public void Parse_OfAWrongHeader_IsRefused(string json, string code) =>
        Assert.Equal(code, Assert.Throws<WeightsFormatException>(() => SafetensorsHeader.Parse(Encoding.UTF8.GetBytes(json), null)).Code);

    [Theory]
    [InlineData(7, "truncated")]
    [InlineData(9, "trailing_bytes")]
    public void Parse_WithOtherData_IsRefused(long dataBytes, string code) =>
        Assert.Equal(code, Assert.Throws<WeightsFormatException>(() => SafetensorsHeader.Parse(Encoding.UTF8.GetBytes("{" + Entry + "}  "), dataBytes)).Code);

    [Fact]
    public void Parse_OfAnyOrderInTheHeader_GivesTheOrderOfTheData()
    {
        var header = SafetensorsHeader.Parse("""{"b":{"dtype":"I8","shape":[],"data_offsets":[8,9]},"e":{"dtype":"F16","shape":[0],"data_offsets":[8,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"""u8, 9);

        Assert.Equal(["a", "e", "b"], header.Tensors.Select(entry => entry.Spec.Name));
        Assert.Equal(2, header.Layout.ParameterCount);
        Assert.Equal(9, header.DataBytes);
    }

    [Fact]
    public void Write_OfALayout_IsCanonical()
    {
        var header = SafetensorsHeader.Write(TestFiles.Layout, new Dictionary<string, string> { ["z"] = "1", ["a"] = "\"2\"" });

        Assert.Equal(0, header.Length % 64);
        Assert.StartsWith("""{"__metadata__":{"a":"\u00222\u0022","z":"1"},"input.mean":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"dense.0.weight":""", Encoding.UTF8.GetString(header), StringComparison.Ordinal);
        Assert.Equal(TestFiles.Layout, SafetensorsHeader.Parse(header, 52).Layout);
        Assert.Equal("\"2\"", SafetensorsHeader.Parse(header, null).Metadata["a"]);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(16 * 1024 * 1024, true)]
    [InlineData((16 * 1024 * 1024) + 1, false)]
    [InlineData(-1, false)]
    public void TryReadLength_OfANumber_KeepsToTheCap(long number, bool expected) =>
        Assert.Equal(expected, SafetensorsHeader.TryReadLength(BitConverter.GetBytes(number), out _));

    [Fact]
    public void Parse_OfAnyBytes_RefusesOrGivesALayoutThatFits() => Gen.Select(
        Gen.Int[0, 1].Select(which => which == 0 ? "{" + Entry + "}" : "{\"__metadata__\":{\"k\":\"v\"}," + Entry + "}"),
        Gen.Select(Gen.Int[0, 80], Gen.Byte).Array[1, 3]).Sample((json, changes) =>
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        foreach (var (position, value) in changes)
        {
            bytes[position % bytes.Length] = value;
        }

        try
        {
            Assert.True(SafetensorsHeader.Parse(bytes, null).DataBytes <= 99);
        }
        catch (WeightsFormatException exception)
        {
            Assert.NotEmpty(exception.Code);
        }
    });
}
