#pragma warning disable
using System.Text.Json;
using System.Text.Json.Nodes;
using Octomil.Learning.Weights;
namespace Octomil.Learning.Architectures;
public enum OutputType { None, Binary, Multiclass, Regression }
public sealed record Feature(string Name, bool IsCategory, IReadOnlyList<string>? Categories, IReadOnlyList<string>? Missing);
public sealed record ImageSpec(int Channels, int Height, int Width);
public sealed class Architecture
{
    public string Kind; public OutputType OutputType; public int OutputDim; public string? TargetCol; public IReadOnlyList<string> Classes=[]; public IReadOnlyList<Feature> Features=[];
    public ImageSpec? Image; public int[] Conv=[]; public int[] Hidden=[]; public string Activation="relu"; public long Seed;
    public int ColumnCount => Features.Sum(f => f.Categories?.Count ?? 1);
    public int InputLength => Image is { } i ? i.Channels*i.Height*i.Width : ColumnCount;
    public static Architecture Parse(string s)
    {
        var j = JsonNode.Parse(s)!.AsObject(); var a = new Architecture();
        a.Kind=(string)j["kind"]!; a.OutputType=Enum.Parse<OutputType>((string)j["output_type"]!, true); a.OutputDim=(int)j["output_dim"]!; a.TargetCol=(string?)j["target_col"];
        if (j["classes"] is JsonArray c) a.Classes=c.Select(x=>(string)x!).ToArray();
        if (j["features"] is JsonArray f) a.Features=f.Select(x=>new Feature((string)x!["name"]!, (string)x["type"]!=  "number", (x["categories"] as JsonArray)?.Select(y=>(string)y!).ToArray(), (x["missing"] as JsonArray)?.Select(y=>(string)y!).ToArray())).ToArray();
        if (j["image"] is JsonObject i) a.Image=new((int)i["channels"]!,(int)i["height"]!,(int)i["width"]!);
        if (j["conv"] is JsonArray v) a.Conv=v.Select(x=>(int)x!).ToArray();
        if (j["hidden"] is JsonArray h) a.Hidden=h.Select(x=>(int)x!).ToArray();
        a.Activation=(string?)j["activation"]??"relu"; a.Seed=(long?)j["seed"]??0; return a;
    }
    public WeightsLayout Layout()
    {
        var t = new List<TensorSpec>(); int w = Image?.Channels ?? ColumnCount;
        t.Add(new("input.mean",TensorType.F32,[w])); t.Add(new("input.std",TensorType.F32,[w]));
        int d = InputLength;
        if (Kind=="cnn"){ int c=Image!.Channels,h=Image.Height,ww=Image.Width; for(int i=0;i<Conv.Length;i++){ t.Add(new($"conv.{i}.weight",TensorType.F32,[Conv[i],c,3,3])); t.Add(new($"conv.{i}.bias",TensorType.F32,[Conv[i]])); c=Conv[i]; h/=2; ww/=2;} d=c*h*ww; }
        int[] dims = Kind=="linear" ? [OutputDim] : [..Hidden, OutputDim];
        for(int i=0;i<dims.Length;i++){ t.Add(new($"dense.{i}.weight",TensorType.F32,[dims[i],d])); t.Add(new($"dense.{i}.bias",TensorType.F32,[dims[i]])); d=dims[i]; }
        return WeightsLayout.Create(t);
    }
    public ModelWeights Initialize()
    {
        var m = ModelWeights.Create(Layout()); ulong z=(ulong)Seed; ulong Sm(){ z+=0x9E3779B97F4A7C15; var x=z; x=(x^(x>>30))*0xBF58476D1CE4E5B9; x=(x^(x>>27))*0x94D049BB133111EB; return x^(x>>31);} 
        ulong[] s=[Sm(),Sm(),Sm(),Sm()];
        ulong Next(){ var r=System.Numerics.BitOperations.RotateLeft(s[1]*5,7)*9; var t=s[1]<<17; s[2]^=s[0]; s[3]^=s[1]; s[1]^=s[2]; s[0]^=s[3]; s[2]^=t; s[3]=System.Numerics.BitOperations.RotateLeft(s[3],45); return r; }
        double fan=1; foreach (var t in Layout().Tensors.Where(t=>t.IsTrained)) { if (t.Shape.Length>1) fan=(double)t.ElementCount/t.Shape[0]; foreach(ref var v in m[t.Name]) v=(float)((2*((Next()>>11)*Math.Pow(2,-53))-1)/Math.Sqrt(fan)); }
        return m;
    }
}
