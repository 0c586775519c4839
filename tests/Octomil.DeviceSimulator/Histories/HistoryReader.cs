using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Octomil.DeviceSimulator.Histories;

/// <summary>Reads a history back.</summary>
internal static class HistoryReader
{
    /// <exception cref="InvalidDataException">A line is no line of a history; the message names it.</exception>
    public static async IAsyncEnumerable<HistoryEvent> ReadAsync(string file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var number = 0;
        await foreach (var line in File.ReadLinesAsync(file, cancellationToken))
        {
            number++;
            yield return Parse(line) ?? throw new InvalidDataException($"Line {number} of {file} is not a line of a history.");
        }
    }

    private static HistoryEvent? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<HistoryEvent>(line, ContractJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
