using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using Octomil.Devices;

namespace Octomil.Client.Connections;

/// <summary>The facts that a device tells about itself: its platform and size, nothing about its data or its user.</summary>
internal static class DeviceDescription
{
    public static string SdkVersion { get; } =
        "dotnet-" + (typeof(DeviceDescription).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0");

    public static DeviceFacts Facts { get; } = new() { SdkVersion = SdkVersion };

    public static RegisterDeviceRequest Request(string deviceIdentifier, FederatedClientOptions options) => new()
    {
        DeviceIdentifier = deviceIdentifier,
        Platform = Platform(),
        OsVersion = RuntimeInformation.OSDescription,
        SdkVersion = SdkVersion,
        AppVersion = options.AppVersion,
        Region = options.Region,
        TotalMemoryMb = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20,
        Metadata = new Dictionary<string, JsonElement>
        {
            ["runtime"] = JsonSerializer.SerializeToElement(RuntimeInformation.FrameworkDescription),
            ["architecture"] = JsonSerializer.SerializeToElement(RuntimeInformation.ProcessArchitecture.ToString()),
        },
        Capabilities = new Dictionary<string, JsonElement> { ["cpu_count"] = JsonSerializer.SerializeToElement(Environment.ProcessorCount) },
    };

    private static string Platform() =>
        OperatingSystem.IsAndroid() ? "android"
        : OperatingSystem.IsIOS() ? "ios"
        : OperatingSystem.IsMacOS() ? "macos"
        : OperatingSystem.IsWindows() ? "windows"
        : OperatingSystem.IsLinux() ? "linux"
        : "other";
}
