using System.Collections.Immutable;
using Octomil.Organizations;

namespace Octomil.Devices;

/// <summary>The mode and the rules of a group, as a request gives them.</summary>
internal sealed record GroupRules(GroupMode Mode, ImmutableArray<DeviceRule> Rules)
{
    private const int MostRules = 16;

    public static Found<GroupRules> Read(CreateGroupRequest request)
    {
        var (mode, texts) = (ModeOf(request.Mode), request.Rules ?? []);
        var parsed = texts.Take(MostRules + 1).Select(DeviceRuleText.Parse).ToList();
        var checks = new FieldChecks()
            .Name("name", request.Name)
            .Text("description", request.Description)
            .Require(mode is not GroupMode.None, "mode", "must be static, dynamic or hybrid")
            .Require(parsed.Count <= MostRules, "rules", $"must be at most {MostRules}")
            .Require(mode is not GroupMode.Static || parsed.Count == 0, "rules", "are for groups that are dynamic or hybrid")
            .Require(mode is not (GroupMode.Dynamic or GroupMode.Hybrid) || parsed.Count > 0, "rules", "must be given where a group is dynamic or hybrid");
        if (parsed.FirstOrDefault(rule => rule.Error is not null).Error is { } error)
        {
            checks.Require(holds: false, "rules", error);
        }

        return checks.Refusal is { } invalid
            ? new Found<GroupRules>(invalid)
            : new Found<GroupRules>(new GroupRules(mode, [.. parsed.Select(rule => rule.Rule!)]));
    }

    public static string NameOf(GroupMode mode) => mode switch
    {
        GroupMode.None or GroupMode.Static => "static",
        GroupMode.Dynamic => "dynamic",
        GroupMode.Hybrid => "hybrid",
        _ => throw new InvalidOperationException($"No wire name for {mode}."),
    };

    private static GroupMode ModeOf(string? name) => name switch
    {
        "static" => GroupMode.Static,
        "dynamic" => GroupMode.Dynamic,
        "hybrid" => GroupMode.Hybrid,
        _ => GroupMode.None,
    };
}
