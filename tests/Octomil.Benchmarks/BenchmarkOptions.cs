namespace Octomil.Benchmarks;

/// <summary>The command line: <c>[--only NAME] [--json FILE] [--svg FILE]</c>.</summary>
internal sealed record BenchmarkOptions(string? Only, string? JsonFile, string? SvgFile)
{
    /// <summary>Parses the arguments; null with a message on standard error if they are not understood.</summary>
    public static BenchmarkOptions? Parse(string[] args)
    {
        var options = new BenchmarkOptions(null, null, null);
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : null;
            options = (args[i], value) switch
            {
                ("--only", not null) => options with { Only = value },
                ("--json", not null) => options with { JsonFile = value },
                ("--svg", not null) => options with { SvgFile = value },
                _ => null,
            };
            if (options is null)
            {
                Console.Error.WriteLine($"'{args[i]}' is not understood. Use: [--only NAME] [--json FILE] [--svg FILE]");
                return null;
            }
        }

        return options;
    }
}
