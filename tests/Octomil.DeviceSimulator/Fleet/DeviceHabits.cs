using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Octomil.DeviceSimulator.Fleet;

/// <summary>How a device behaves: drawn from the seed and its own name, and for a round from the round's number too.</summary>
internal sealed class DeviceHabits(SimulationOptions options)
{
    public double? BytesPerSecond(string identifier) =>
        RandomOf(identifier, round: 0).NextDouble() < options.SlowShare ? options.SlowBytesPerSecond : null;

    public RoundHabits Of(string identifier, int round)
    {
        var random = RandomOf(identifier, round);
        var think = options.Think.Draw(random);
        var dropOut = random.NextDouble() >= options.DropOut ? DropOut.None : random.Next(2) == 0 ? DropOut.Silent : DropOut.BreaksOff;
        return new RoundHabits(think, dropOut, random.NextDouble() < options.Duplicates);
    }

    private Random RandomOf(string identifier, int round)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{options.Seed}\n{identifier}\n{round}")));
        return new Random(BinaryPrimitives.ReadInt32LittleEndian(hash));
    }
}

/// <summary>What one device does in one round.</summary>
internal readonly record struct RoundHabits(TimeSpan Think, DropOut DropOut, bool IsSentTwice);

/// <summary>How a device fails a round on purpose.</summary>
internal enum DropOut
{
    None,
    Silent,
    BreaksOff,
}
