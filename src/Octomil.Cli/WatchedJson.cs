using System.Text.Json.Nodes;

namespace Octomil;

/// <summary>What <c>--watch --json</c> prints: one object a line, of which the last says that it is.</summary>
internal static class WatchedJson
{
    public static string Line(string answer, bool isLast)
    {
        var node = JsonNode.Parse(answer)!.AsObject();
        if (isLast)
        {
            node["terminal"] = true;
        }

        return node.ToJsonString();
    }
}
