using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;

namespace Octomil.Client.Training.Native;

/// <summary>Loads libtorch for this process.</summary>
public static class NativeTorch
{
    private static readonly Lock Gate = new();
    private static bool _loaded;

    /// <summary>
    /// Call before the first use of <c>torch</c>; the trainer does. Makes TorchSharp's native binding loadable on Linux systems whose
    /// libstdc++ is older than the one it was built with (Debian 12), loads it, and sets the number of threads. Later calls only set threads.
    /// </summary>
    /// <param name="threads">Threads of one operation. More than one helps big models on idle machines; on a busy one threads spin.</param>
    /// <exception cref="PlatformNotSupportedException">The native libraries are missing or cannot be loaded; the message says why.</exception>
    public static void EnsureLoadable(int threads = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        lock (Gate)
        {
            if (!_loaded)
            {
                Load();
                _loaded = true;
            }

            if (torch.get_num_threads() != threads)
            {
                torch.set_num_threads(threads);
            }
        }
    }

    private static void Load()
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                RelaxBinding();
            }

            torch.InitializeDeviceType(DeviceType.CPU);
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or NotSupportedException or IOException or UnauthorizedAccessException)
        {
            throw new PlatformNotSupportedException(
                $"libtorch cannot be loaded on {RuntimeInformation.RuntimeIdentifier}: {e.GetBaseException().Message} "
                + "Reference the package libtorch-cpu for this platform and publish with its runtime identifier.", e);
        }
    }

    private static void RelaxBinding()
    {
        var folder = SearchFolders().FirstOrDefault(f => File.Exists(Path.Combine(f, TorchBinding.FileName)));
        if (folder is null || LoadedStandardLibrary() is not { } standardLibrary || TorchBinding.IsOffered(File.ReadAllBytes(standardLibrary)))
        {
            return;
        }

        var own = Path.GetFullPath(folder).StartsWith(Path.GetFullPath(AppContext.BaseDirectory), StringComparison.Ordinal);
        if (TorchBindingFile.Relax(folder, own, CacheFolder()) is { } copy)
        {
            LoadByHand(folder, copy);
        }
    }

    /// <summary>
    /// Loads a binding that lies apart from the libraries it needs: those first, by path, so that the loader finds them by name.
    /// </summary>
    internal static void LoadByHand(string folder, string binding)
    {
        foreach (var library in Directory.EnumerateFiles(folder, "libgomp*.so*").Concat(["libc10.so", "libtorch_cpu.so", "libtorch.so"]))
        {
            NativeLibrary.TryLoad(Path.Combine(folder, library), out _);
        }

        var handle = NativeLibrary.Load(binding);
        NativeLibrary.SetDllImportResolver(typeof(torch).Assembly, (name, assembly, searchPath) => name == "LibTorchSharp" ? handle : IntPtr.Zero);
        AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly)!.ResolvingUnmanagedDll +=
            (Assembly _, string name) => name == "LibTorchSharp" ? handle : IntPtr.Zero;
    }

    /// <summary>The libstdc++ that this process runs with: the runtime itself has loaded it.</summary>
    private static string? LoadedStandardLibrary()
    {
        NativeLibrary.TryLoad(TorchBinding.StandardLibrary, out _);
        return File.ReadLines("/proc/self/maps")
            .Select(line => line[(line.LastIndexOf(' ') + 1)..])
            .FirstOrDefault(path => path.StartsWith('/') && Path.GetFileName(path).StartsWith("libstdc++.so", StringComparison.Ordinal) && File.Exists(path));
    }

    private static IEnumerable<string> SearchFolders()
    {
        var architecture = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 ? "arm64" : "x64";
        var known = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? string.Empty;
        return known.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Append(Path.Combine(AppContext.BaseDirectory, "runtimes", $"linux-{architecture}", "native"));
    }

    private static string CacheFolder()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        // A shared temporary folder could have been prepared by somebody else: a fresh one is ours.
        return home.Length > 0 ? Path.Combine(home, "octomil", "native") : Directory.CreateTempSubdirectory("octomil-").FullName;
    }
}
