using System.Globalization;
using System.Text;

namespace Octomil.EndToEnd;

/// <summary>Real device agents, each with a small table of its own.</summary>
internal static class DeviceAgents
{
    /// <summary>Two features and a label; marked as scaled, so that no round of statistics comes before the training.</summary>
    public const string Architecture =
        """
        {"kind": "linear", "output_type": "binary", "classes": ["0", "1"], "target_col": "ill", "scaled": true,
         "features": [{"name": "pulse", "type": "number"}, {"name": "weight", "type": "number"}]}
        """;

    public static RunningProcess Start(Tenant tenant, string identifier, string table, params string[] more) => RunningProcess.Start(
        Programs.Device,
        ["--identifier", identifier, "--model", Tenant.Model, "--data", table, .. more],
        new Dictionary<string, string> { ["OCTOMIL_API_BASE"] = tenant.Server.Address, ["OCTOMIL_API_KEY"] = tenant.Key });

    /// <summary>Writes a table of so many rows and returns its path.</summary>
    public static string WriteTable(string folder, string name, int rows)
    {
        var random = new Random(rows);
        var text = new StringBuilder("pulse,weight,ill\n");

        for (var row = 0; row < rows; row++)
        {
            var (pulse, weight) = (random.NextDouble(), random.NextDouble());
            text.Append(CultureInfo.InvariantCulture, $"{pulse:F4},{weight:F4},{(pulse > weight ? 1 : 0)}\n");
        }

        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text.ToString());
        return path;
    }
}
