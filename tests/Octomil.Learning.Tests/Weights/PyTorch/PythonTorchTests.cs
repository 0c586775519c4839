using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Octomil.Learning.Weights;
using Octomil.Learning.Weights.PyTorch;

namespace Octomil.Learning.Tests.Weights.PyTorch;

/// <summary>Files of a real PyTorch, both ways.</summary>
public sealed class PythonTorchTests : IDisposable
{
    private const string Write = """
        import collections, json, sys, zipfile, torch
        folder = sys.argv[1]
        torch.manual_seed(1)
        model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Linear(3, 2))
        base = torch.randn(4, 3)
        cases = {
            "module": model.state_dict(),
            "parameters": dict(model.named_parameters()),
            "half": {k: v.half() for k, v in model.state_dict().items() if v.is_floating_point()},
            "bfloat16": {k: v.bfloat16() for k, v in model.state_dict().items() if v.is_floating_point()},
            "double": collections.OrderedDict((k, v.double()) for k, v in model.state_dict().items()),
            "views": {"whole": base, "transposed": base.t(), "column": base[:, 1], "row": base[2], "expanded": base[0].expand(5, 3), "every_other": base[::2, ::2], "scalar": base[1, 1]},
            "others": {"w": torch.randn(2), "i64": torch.tensor([-1, 2]), "i32": torch.tensor([3], dtype=torch.int32), "i16": torch.tensor([4], dtype=torch.int16),
                       "i8": torch.tensor([-5], dtype=torch.int8), "u8": torch.tensor([6], dtype=torch.uint8), "bool": torch.tensor([True, False]), "empty": torch.zeros(0, 3)},
            "many": {"layer.%d.weight" % i: torch.full((2, 2), float(i)) for i in range(300)},
        }
        expected = {}
        for name, state in cases.items():
            state = type(state)((k, v.detach()) for k, v in state.items()) if name != "module" else state
            torch.save(state, "%s/%s.pt" % (folder, name))
            with zipfile.ZipFile("%s/%s.pt" % (folder, name)) as source, zipfile.ZipFile("%s/%s.deflated.pt" % (folder, name), "w", zipfile.ZIP_DEFLATED) as packed:
                for record in source.namelist():
                    packed.writestr(record, source.read(record))
            expected[name] = {k: {"shape": list(v.shape), "values": v.double().flatten().tolist()} for k, v in state.items()}
        json.dump(expected, open(folder + "/expected.json", "w"))
        """;

    private const string Read = """
        import json, sys, torch
        state = torch.load(sys.argv[1], weights_only=True)
        print(type(state).__name__)
        print(json.dumps({k: {"type": str(v.dtype), "shape": list(v.shape), "values": v.double().flatten().tolist()} for k, v in state.items()}))
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("octomil-torch-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task ToWeights_OfFilesThatTorchSaved_GivesTheirValues()
    {
        await RunAsync(Write, _folder);
        using var expected = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_folder, "expected.json"), TestContext.Current.CancellationToken));

        foreach (var model in expected.RootElement.EnumerateObject())
        {
            foreach (var suffix in (ReadOnlySpan<string>)[".pt", ".deflated.pt"])
            {
                AssertSame(model, TestArchives.Load(File.ReadAllBytes(Path.Combine(_folder, model.Name + suffix))));
            }
        }
    }

    [Fact]
    public async Task Write_OfWeights_IsLoadedByTorchWithWeightsOnly()
    {
        var layout = WeightsLayout.Create(
        [
            new("input.mean", TensorType.F32, [3]), new("dense.0.weight", TensorType.F32, [2, 3]), new("dense.0.bias", TensorType.F32, [2]),
            new("größe", TensorType.F32, []), new("steps", TensorType.I64, []), new("mask", TensorType.Bool, [2]), new("none", TensorType.F32, [0, 2]),
        ]);
        var weights = ModelWeights.Create(layout, [.. Enumerable.Range(0, 9).Select(i => i - 1.5f)]).With("input.mean", [7, 8, 9]);
        var path = Path.Combine(_folder, "ours.pt");
        await using (var file = File.Create(path))
        {
            await TorchArchiveWriter.WriteAsync(file, weights, TestContext.Current.CancellationToken);
        }

        var lines = (await RunAsync(Read, path)).Split('\n');

        Assert.Equal("OrderedDict", lines[0]);
        using var state = JsonDocument.Parse(lines[1]);
        Assert.Equal(
            [
                "input.mean torch.float32 [3] [7,8,9]", "dense.0.weight torch.float32 [2,3] [-1.5,-0.5,0.5,1.5,2.5,3.5]", "dense.0.bias torch.float32 [2] [4.5,5.5]",
                "größe torch.float32 [] [6.5]", "steps torch.int64 [] [0]", "mask torch.bool [2] [0,0]", "none torch.float32 [0,2] []",
            ],
            state.RootElement.EnumerateObject().Select(tensor =>
                $"{tensor.Name} {tensor.Value.GetProperty("type").GetString()} [{List(tensor.Value, "shape")}] [{List(tensor.Value, "values")}]"));
    }

    private static string List(JsonElement tensor, string name) =>
        string.Join(',', tensor.GetProperty(name).EnumerateArray().Select(value => value.GetDouble().ToString(CultureInfo.InvariantCulture)));

    private static void AssertSame(JsonProperty model, ModelWeights weights)
    {
        Assert.Equal(model.Value.EnumerateObject().Select(tensor => tensor.Name), weights.Layout.Tensors.Select(tensor => tensor.Name));
        foreach (var (expected, spec) in model.Value.EnumerateObject().Zip(weights.Layout.Tensors))
        {
            Assert.Equal(expected.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()), spec.Shape);
            Assert.Equal(expected.Value.GetProperty("values").EnumerateArray().Select(value => (double)(float)value.GetDouble()), Values(weights, spec));
        }
    }

    private static double[] Values(ModelWeights weights, TensorSpec spec)
    {
        if (spec.IsTrained)
        {
            return [.. weights[spec.Name].ToArray().Select(value => (double)value)];
        }

        var (bytes, width) = (weights.FrozenBytes(spec.Name).ToArray(), spec.Type.ByteSize());
        return [.. bytes.Chunk(width).Select(element => (double)(spec.Type switch
        {
            TensorType.I64 => BitConverter.ToInt64(element),
            TensorType.I32 => BitConverter.ToInt32(element),
            TensorType.I16 => BitConverter.ToInt16(element),
            TensorType.I8 => (sbyte)element[0],
            _ => element[0],
        }))];
    }

    private static async Task<string> RunAsync(string script, string argument)
    {
        foreach (var python in (string[])["/usr/bin/python3", "python3"])
        {
            if (await StartAsync(python, "import torch", "") is (0, _, _))
            {
                var (code, output, errors) = await StartAsync(python, script, argument);
                Assert.True(code == 0, errors);
                return output;
            }
        }

        Assert.Skip("There is no Python with PyTorch (Debian: python3-torch).");
        return "";
    }

    private static async Task<(int Code, string Output, string Errors)> StartAsync(string python, string script, string argument)
    {
        try
        {
            var start = new ProcessStartInfo(python, ["-c", script, argument]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["OMP_NUM_THREADS"] = "1";
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, await output, await errors);
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return (-1, "", exception.Message);
        }
    }
}
