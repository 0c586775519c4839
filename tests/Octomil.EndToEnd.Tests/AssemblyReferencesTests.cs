using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Xunit;

namespace Octomil.EndToEnd;

/// <summary>Who may know whom. What a project may reference it may also use through that reference, and nothing else.</summary>
public sealed class AssemblyReferencesTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Octomil.Contracts"] = [],
        ["Octomil.Learning"] = [],
        ["Octomil.Abstractions"] = [],
        ["Octomil.Storage"] = ["Octomil.Abstractions"],
        ["Octomil.Grains"] = ["Octomil.Abstractions", "Octomil.Learning", "Octomil.Storage"],
        ["Octomil.Api"] = ["Octomil.Contracts", "Octomil.Abstractions", "Octomil.Learning", "Octomil.Storage"],
        ["Octomil.Server"] = ["Octomil.Api", "Octomil.Grains", "Octomil.Storage"],
        ["Octomil.Client"] = ["Octomil.Contracts", "Octomil.Learning"],
        ["Octomil.Client.Training"] = ["Octomil.Client", "Octomil.Learning"],
        ["Octomil.Device"] = ["Octomil.Client", "Octomil.Client.Training"],
        ["Octomil.Inference"] = ["Octomil.Contracts", "Octomil.Client", "Octomil.Learning"],
        ["Octomil.Cli"] = ["Octomil.Contracts", "Octomil.Client", "Octomil.Inference"],
    };

    // Beside our own: families of libraries that must stay out of a project.
    private static readonly Dictionary<string, string[]> Banned = new(StringComparer.Ordinal)
    {
        ["Octomil.Contracts"] = ["Orleans", "Microsoft.AspNetCore"],
        ["Octomil.Learning"] = ["Orleans", "Microsoft.AspNetCore", "TorchSharp"],
        ["Octomil.Abstractions"] = ["Microsoft.AspNetCore", "TorchSharp"],
        ["Octomil.Grains"] = ["Microsoft.AspNetCore", "TorchSharp"],
        ["Octomil.Api"] = ["TorchSharp", "Microsoft.Data.Sqlite", "Npgsql"],
        ["Octomil.Server"] = ["TorchSharp", "Microsoft.ML"],
        ["Octomil.Client"] = ["Orleans", "TorchSharp", "Microsoft.ML"],
        ["Octomil.Inference"] = ["Orleans", "TorchSharp", "Microsoft.ML.Data"],
        ["Octomil.Cli"] = ["Orleans", "TorchSharp"],
    };

    public static TheoryData<string> Projects => [.. Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src"), "Octomil.*").Select(path => Path.GetFileName(path)!)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void References_OfAProject_AreThoseItMayHave(string project)
    {
        Assert.True(Allowed.ContainsKey(project), $"{project} is new: say here what it may reference.");
        var references = ReferencesOf(AssemblyOf(project));

        Assert.Subset(Reachable(project), references.Where(name => name.StartsWith("Octomil.", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal));
        Assert.DoesNotContain(references, name => Banned.GetValueOrDefault(project, []).Any(banned => name.StartsWith(banned, StringComparison.Ordinal)));
    }

    [Fact]
    public void Server_AsItIsDelivered_HoldsNoTrainingLibrary()
    {
        var files = Directory.EnumerateFiles(Path.GetDirectoryName(AssemblyOf("Octomil.Server"))!, "*", SearchOption.AllDirectories);

        Assert.DoesNotContain(files, file => Path.GetFileName(file).Contains("torch", StringComparison.OrdinalIgnoreCase));
    }

    private static HashSet<string> Reachable(string project)
    {
        var reachable = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(Allowed[project]);

        while (open.TryPop(out var next))
        {
            if (reachable.Add(next))
            {
                Array.ForEach(Allowed[next], open.Push);
            }
        }

        return reachable;
    }

    private static HashSet<string> ReferencesOf(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var metadata = file.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }

    // Programs are called otherwise than their projects, and may be built for one system.
    private static string AssemblyOf(string project)
    {
        var output = Path.Combine(Repository.Root, "src", project, "bin", Repository.Configuration, "net10.0");
        string[] names = [$"{project}.dll", "octomil.dll", "octomil-device.dll"];
        return new[] { output, Path.Combine(output, "linux-x64") }
            .SelectMany(folder => names.Select(name => Path.Combine(folder, name)))
            .Where(path => project is "Octomil.Cli" or "Octomil.Device" || Path.GetFileName(path) == names[0])
            .First(File.Exists);
    }
}
