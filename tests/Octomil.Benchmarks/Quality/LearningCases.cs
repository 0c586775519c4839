using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Octomil.Client.Tables;

namespace Octomil.Benchmarks;

/// <summary>Deals real data to devices. What is written goes into a folder of the caller's.</summary>
internal sealed class LearningCases(DirectoryInfo folder)
{
    private const int Devices = 8;
    private const int ImageHeader = 16;
    private const int LabelHeader = 8;
    private const int Pixels = 28 * 28;
    private const int Fifths = 5;

    private const string HeartArchitecture = """
        {"kind": "linear", "output_type": "binary", "output_dim": 1, "target_col": "diagnosis", "classes": ["0", "1"], "seed": 1, "features": [
          {"name": "age", "type": "number"}, {"name": "sex", "type": "category", "categories": ["0", "1"]},
          {"name": "cp", "type": "category", "categories": ["1", "2", "3", "4"]}, {"name": "trestbps", "type": "number"},
          {"name": "chol", "type": "number", "missing": ["", "?", "0"]}, {"name": "fbs", "type": "category", "categories": ["0", "1"]},
          {"name": "restecg", "type": "category", "categories": ["0", "1", "2"]}, {"name": "thalach", "type": "number"},
          {"name": "exang", "type": "category", "categories": ["0", "1"]}, {"name": "oldpeak", "type": "number"},
          {"name": "slope", "type": "category", "categories": ["1", "2", "3"]}, {"name": "ca", "type": "number"},
          {"name": "thal", "type": "category", "categories": ["3", "6", "7"]}]}
        """;

    // What a physician expects to see, not what these patients have: a private run may not look at the data for its scale.
    private static readonly Dictionary<string, (double Low, double High)> HeartRanges = new(StringComparer.Ordinal)
    {
        ["age"] = (20, 90), ["trestbps"] = (80, 200), ["chol"] = (100, 400), ["thalach"] = (60, 220), ["oldpeak"] = (0, 6), ["ca"] = (0, 3),
    };

    /// <summary>Where the data that is not part of the project is; null where it is missing.</summary>
    public static string? DataFolder { get; } =
        new[] { Environment.GetEnvironmentVariable("OCTOMIL_TEST_DATA"), Path.Combine(Programs.Root, "..", "shared", "data") }.FirstOrDefault(Directory.Exists);

    /// <summary>569 patients; every fourth is kept for the test, the rest is dealt to eight devices of two organizations.</summary>
    public LearningCase BreastCancer()
    {
        var (header, rows) = Read(Path.Combine(Programs.Root, "scripts", "data", "patients.csv"));
        var training = rows.Where((_, i) => i % 4 != 0).ToList();
        string[] shards = [.. Enumerable.Range(0, Devices).Select(device => Write($"breast-{device}.csv", header, training.Where((_, i) => i % Devices == device)))];
        var architecture = ArchitectureInference.FromCsv(Path.Combine(Programs.Root, "scripts", "data", "patients.csv"), "diagnosis").Architecture;
        return new LearningCase(
            "breast cancer, 8 devices", architecture.ToJsonString(), [shards[..4], shards[4..]], Write("breast-test.csv", header, rows.Where((_, i) => i % 4 == 0)), Rounds: 20);
    }

    /// <summary>Four hospitals as they are, an organization each; within each every fifth patient is kept for the test.</summary>
    public LearningCase Heart(string data)
    {
        var (header, hospitals) = Hospitals(data);
        return new LearningCase(
            "heart disease, 4 hospitals",
            HeartArchitecture,
            [.. hospitals.Select((group, index) => (string[])[Write($"heart-{index}.csv", header, group.Where((_, i) => i % Fifths != 4))])],
            Write("heart-test.csv", header, hospitals.SelectMany(group => group.Where((_, i) => i % Fifths == 4))),
            Rounds: 20,
            LocalEpochs: 1);
    }

    /// <summary>The same patients, those of each hospital dealt to so many devices, and inputs with public ranges.</summary>
    /// <param name="data">The folder.</param>
    /// <param name="devices">Of each hospital.</param>
    /// <param name="isTuning">Without the test's patients: what settings are chosen with, on a fifth of all patients.</param>
    public LearningCase HeartOfDevices(string data, int devices, bool isTuning)
    {
        var tested = isTuning ? 3 : 4;
        var (header, hospitals) = Hospitals(data);
        return new LearningCase(
            $"heart disease, 4 hospitals of {devices} devices",
            WithRanges(HeartArchitecture, HeartRanges),
            [.. hospitals.Select((group, index) => Deal($"heart-{tested}-{index}", header, [.. group.Where((_, i) => i % Fifths < tested)], devices))],
            Write($"heart-test-{tested}.csv", header, hospitals.SelectMany(group => group.Where((_, i) => i % Fifths == tested))),
            Rounds: 20);
    }

    /// <summary>4,708 chest X-rays dealt to eight devices of two organizations; the test set is the data's own.</summary>
    public LearningCase Pneumonia(string data)
    {
        const string Architecture = """
            {"kind": "mlp", "output_type": "binary", "output_dim": 1, "target_col": "label", "classes": ["normal", "pneumonia"],
             "hidden": [64], "activation": "relu", "image": {"channels": 1, "height": 28, "width": 28}, "seed": 1}
            """;
        var source = Path.Combine(data, "pneumonia");
        var images = File.ReadAllBytes(Path.Combine(source, "train-images-idx3-ubyte"));
        var labels = File.ReadAllBytes(Path.Combine(source, "train-labels-idx1-ubyte"));
        string[] shards = [.. Enumerable.Range(0, Devices).Select(device => WriteShard(device, images, labels))];
        return new LearningCase(
            "chest X-rays, 8 devices", Architecture, [shards[..4], shards[4..]], Path.Combine(source, "test-images-idx3-ubyte"), Rounds: 20);
    }

    private static string WithRanges(string architecture, Dictionary<string, (double Low, double High)> ranges)
    {
        var json = JsonNode.Parse(architecture)!;

        foreach (var feature in json["features"]!.AsArray())
        {
            if (ranges.TryGetValue((string)feature!["name"]!, out var range))
            {
                feature["range"] = new JsonArray(range.Low, range.High);
            }
        }

        return json.ToJsonString();
    }

    private static (string Header, List<List<string>> Hospitals) Hospitals(string data)
    {
        var (header, rows) = Read(Path.Combine(data, "heart", "heart.csv"));
        var hospital = header.Split(',').ToList().IndexOf("hospital");
        return (header, [.. rows.GroupBy(row => row.Split(',')[hospital]).Select(group => group.ToList())]);
    }

    private static (string Header, List<string> Rows) Read(string path)
    {
        var lines = File.ReadAllLines(path);
        return (lines[0], [.. lines[1..].Where(line => line.Length > 0)]);
    }

    private string Write(string name, string header, IEnumerable<string> rows)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllLines(path, rows.Prepend(header));
        return path;
    }

    private string[] Deal(string name, string header, List<string> rows, int devices) =>
        [.. Enumerable.Range(0, devices).Select(device => Write($"{name}-{device}.csv", header, rows.Where((_, i) => i % devices == device)))];

    private string WriteShard(int device, byte[] images, byte[] labels)
    {
        int[] rows = [.. Enumerable.Range(0, labels.Length - LabelHeader).Where(row => row % Devices == device)];
        var shard = folder.CreateSubdirectory($"pneumonia-{device}").FullName;
        byte[] shardImages = [.. images[..ImageHeader], .. rows.SelectMany(row => images.AsSpan(ImageHeader + (row * Pixels), Pixels).ToArray())];
        byte[] shardLabels = [.. labels[..LabelHeader], .. rows.Select(row => labels[LabelHeader + row])];
        BinaryPrimitives.WriteInt32BigEndian(shardImages.AsSpan(4), rows.Length);
        BinaryPrimitives.WriteInt32BigEndian(shardLabels.AsSpan(4), rows.Length);
        File.WriteAllBytes(Path.Combine(shard, "train-images-idx3-ubyte"), shardImages);
        File.WriteAllBytes(Path.Combine(shard, "train-labels-idx1-ubyte"), shardLabels);
        return shard;
    }
}
