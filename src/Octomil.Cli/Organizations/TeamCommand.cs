using System.CommandLine;

namespace Octomil.Organizations;

internal static class TeamCommand
{
    public static Command Create(CommandHost host) =>
        new Command("team", "The organization's people and policy").With(PolicyCommand.Create(host));
}
