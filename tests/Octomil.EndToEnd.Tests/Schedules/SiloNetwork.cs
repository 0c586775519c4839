using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace Octomil.EndToEnd.Schedules;

/// <summary>
/// A network with a place for each server and an address for this process, in which pairs of servers can be cut from each other while
/// everybody else reaches both. Made of network namespaces, which end with the processes that hold them: those end with this one.
/// Needs the right to make them.
/// </summary>
internal sealed class SiloNetwork : IDisposable
{
    private const int FirstHost = 11;

    private static int _made;

    private readonly List<Process> _holders = [];
    private readonly HashSet<(int One, int Other)> _cut = [];
    private readonly string _subnet;
    private readonly string _link;

    private SiloNetwork()
    {
        // Of this process and network alone: others on this machine may do the same.
        var number = Interlocked.Increment(ref _made);
        _link = $"oct{Environment.ProcessId % 10_000_000}-{number % 100}";
        var place = (Environment.ProcessId * 7) + number;
        _subnet = $"10.{200 + (place / 256 % 50)}.{place % 256}";
    }

    /// <summary>The address of this process, with its network's prefix length.</summary>
    public string Own => $"{_subnet}.1/24";

    public string OwnHost => $"{_subnet}.1";

    public NetworkPlace[] Places { get; private set; } = [];

    /// <summary>Skips the test where networks cannot be made.</summary>
    public static SiloNetwork Create(int places)
    {
        var network = new SiloNetwork();

        try
        {
            network.Make(places);
            return network;
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
        {
            network.Dispose();
            Assert.Skip($"Making network namespaces is not permitted here; run this test as root with iproute2 installed. {exception.Message}");
            throw;
        }
    }

    /// <summary>From now on neither hears anything of the other.</summary>
    public void Cut(int one, int other)
    {
        if (_cut.Add((one, other)))
        {
            In(Places[one], $"ip route add blackhole {Places[other].Host}/32");
            In(Places[other], $"ip route add blackhole {Places[one].Host}/32");
        }
    }

    /// <summary>Everybody hears everybody again.</summary>
    public void Heal()
    {
        foreach (var (one, other) in _cut)
        {
            In(Places[one], $"ip route del blackhole {Places[other].Host}/32");
            In(Places[other], $"ip route del blackhole {Places[one].Host}/32");
        }

        _cut.Clear();
    }

    public void Dispose()
    {
        foreach (var holder in _holders)
        {
            holder.Kill();
            holder.WaitForExit();
            holder.Dispose();
        }

        // A namespace goes some time after its last process; the link to it would stay until then.
        using var delete = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"ip link del {_link} 2> /dev/null; true"]))!;
        delete.WaitForExit();
    }

    private void Make(int places)
    {
        var middle = new NetworkPlace("", Hold());
        In(middle, "ip link add br0 type bridge; ip link set br0 up");
        Run($"ip link add {_link} type veth peer name door netns {middle.Holder}; ip addr add {Own} dev {_link}; ip link set {_link} up");
        In(middle, "ip link set door master br0; ip link set door up");
        Places = [.. Enumerable.Range(FirstHost, places).Select(host => new NetworkPlace($"{_subnet}.{host}", Hold()))];

        for (var number = 0; number < places; number++)
        {
            In(middle, $"ip link add silo{number} type veth peer name eth0 netns {Places[number].Holder}; ip link set silo{number} master br0; ip link set silo{number} up");
            In(Places[number], $"ip link set lo up; ip addr add {Places[number].Host}/24 dev eth0; ip link set eth0 up");
        }
    }

    private int Hold()
    {
        // Says that it is there once it has its namespace, and ends when its input does.
        var start = new ProcessStartInfo("unshare", ["-n", "/bin/sh", "-c", "echo here; exec cat > /dev/null"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        var holder = Process.Start(start)!;
        _holders.Add(holder);
        return holder.StandardOutput.ReadLine() is not null ? holder.Id : throw new InvalidOperationException(holder.StandardError.ReadToEnd());
    }

    private static void In(NetworkPlace place, string commands) => Run(commands, "nsenter", "-n", "-t", $"{place.Holder}");

    private static void Run(string commands, params string[] before)
    {
        string[] line = [.. before, "/bin/sh", "-ec", commands];
        using var process = Process.Start(new ProcessStartInfo(line[0], line[1..]) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();

        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{commands}: {error}");
        }
    }
}
