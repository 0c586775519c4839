using System.Globalization;
using System.Text.Json;

namespace Octomil.Benchmarks;

/// <summary>Shows measurements as a table and as JSON.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public static void Print(IReadOnlyList<Measurement> measurements)
    {
        string[][] rows = [["measurement", "value", "unit", "reference", "ratio", "goal", "met"], .. measurements.Select(Row)];
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            Console.WriteLine(string.Join("  ", row.Select((cell, column) => column is 0 or 2 or 6 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd());
        }
    }

    public static Task WriteAsync(string file, IReadOnlyList<Measurement> measurements, CancellationToken cancellationToken) =>
        File.WriteAllTextAsync(file, JsonSerializer.Serialize(measurements, Json) + "\n", cancellationToken);

    private static string[] Row(Measurement measurement) =>
    [
        measurement.Name,
        Text(measurement.Value),
        measurement.Unit,
        Text(measurement.Reference),
        Text(measurement.Ratio),
        (measurement.Goal is null ? "" : measurement.LessIsBetter ? "<= " : ">= ") + Text(measurement.Goal),
        measurement.Met switch { true => "yes", false => "NO", null => "" },
    ];

    private static string Text(double? number) => number?.ToString("0.00#", CultureInfo.InvariantCulture) ?? "";
}
