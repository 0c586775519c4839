using System.Text.RegularExpressions;
using Octomil.Organizations;
using Octomil.Training;

namespace Octomil.Models;

/// <summary>
/// The version <c>1.0.0+run_...</c>: under this name devices that know nothing of rounds find the changing weights of a run in
/// progress, as long as their organization takes part in it.
/// </summary>
internal sealed partial class RunAliases(IGrainFactory grains)
{
    /// <summary>Null where the caller's devices train no such run now.</summary>
    public async Task<WeightsRef?> FindAsync(Caller caller, string version) =>
        AliasPattern().Match(version) is { Success: true } alias
        && await grains.GetTrainingRun(alias.Groups["run"].Value).GetBaseAsync(caller.OrganizationId) is { } trained
        && trained.BaseVersion == alias.Groups["version"].Value
            ? trained.Weights
            : null;

    /// <summary>What the model's newest version is to the caller. Only a key of devices gets an alias: whoever pushes versions means versions.</summary>
    public async Task<string?> LatestAsync(Caller caller, ModelSnapshot model)
    {
        var isDevice = caller.Scopes.Contains(Scopes.DevicesWrite) && !caller.Scopes.Contains(Scopes.ModelsWrite);
        return isDevice && model.ActiveRun is { } run && await grains.GetTrainingRun(run).GetBaseAsync(caller.OrganizationId) is { } trained
            ? AssignmentMessages.AliasOf(trained.BaseVersion, run)
            : model.Latest?.Version;
    }

    [GeneratedRegex("^(?<version>[^+]+)\\+(?<run>run_[0-9a-f]{16})\\z", RegexOptions.CultureInvariant)]
    private static partial Regex AliasPattern();
}
