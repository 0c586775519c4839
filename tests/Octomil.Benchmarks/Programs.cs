namespace Octomil.Benchmarks;

/// <summary>Where the built programs are.</summary>
internal static class Programs
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) => File.Exists(Path.Combine(folder, "Octomil.Orleans.sln"))
        ? folder
        : Find(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The benchmarks do not run from within the repository."));
}
