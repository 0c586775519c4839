using System.CommandLine;
using System.Globalization;

namespace Octomil.Devices;

internal static class GroupCommand
{
    public static Command Create(CommandHost host) => new Command("group", "Device groups of the organization").With(CreateGroup(host), Add(host), Remove(host), List(host), Status(host));

    private static Command CreateGroup(CommandHost host)
    {
        var name = Inputs.Name("NAME", "The group's name");
        var mode = new Option<string>("--mode")
        {
            Description = "static: members are named; dynamic: all that meet the rules; hybrid: both",
            HelpName = "static|dynamic|hybrid",
            DefaultValueFactory = _ => "static",
        };
        mode.AcceptOnlyFromAmong("static", "dynamic", "hybrid");
        var description = Inputs.Text("--description", "What the group is for");

        var rules = new Option<string[]>("--rule")
        {
            Description = "A condition like \"platform eq ios\" (eq, ne, in, gt, ge, lt, le, contains, exists); may be repeated, all must hold",
            HelpName = "RULE",
        };

        return new Command("create", "Create a group").With(name, mode, rules, description).Runs(host, async (parse, context, cancellationToken) =>
        {
            var request = new CreateGroupRequest
            {
                Name = parse.GetRequiredValue(name),
                Mode = parse.GetRequiredValue(mode),
                Description = parse.GetValue(description),
                Rules = parse.GetValue(rules) is { Length: > 0 } given ? given : null,
            };
            var answer = await context.Api.PostAsync<GroupResponse>("device-groups", request, cancellationToken);
            context.Show(answer, group => context.Data($"Group: {Printable.Text(group.Name)} ({Printable.Text(group.Mode)})"));
        });
    }

    private static Command Add(CommandHost host)
    {
        var name = Inputs.Name("NAME", "The group's name");
        var devices = new Argument<string[]>("DEVICE") { Description = "Devices by id or identifier", Arity = ArgumentArity.OneOrMore };
        return new Command("add", "Add devices to a group").With(name, devices).Runs(host, async (parse, context, cancellationToken) =>
        {
            var group = parse.GetRequiredValue(name);
            var request = new AddDevicesRequest { Devices = parse.GetRequiredValue(devices) };
            var answer = await context.Api.PostAsync<AddDevicesResponse>(ApiClient.Path($"device-groups/{group}/devices"), request, cancellationToken);
            context.Show(answer, added => context.Data($"{Printable.Count(added.Added, "device")} in {Printable.Text(group)}."));
        });
    }

    private static Command Remove(CommandHost host)
    {
        var name = Inputs.Name("NAME", "The group's name");
        var devices = new Argument<string[]>("DEVICE") { Description = "Devices by id or identifier", Arity = ArgumentArity.OneOrMore };
        return new Command("remove", "Take devices out of a group").With(name, devices).Runs(host, async (parse, context, cancellationToken) =>
        {
            var group = parse.GetRequiredValue(name);
            var request = new RemoveDevicesRequest { Devices = parse.GetRequiredValue(devices) };
            var answer = await context.Api.PostAsync<RemoveDevicesResponse>(ApiClient.Path($"device-groups/{group}/devices/remove"), request, cancellationToken);
            context.Show(answer, removed => context.Data($"{Printable.Count(removed.Removed, "device")} taken out of {Printable.Text(group)}."));
        });
    }

    private static Command Status(CommandHost host)
    {
        var name = Inputs.Name("NAME", "The group's name");
        return new Command("status", "Show a group, its rules and how many of its devices are ready").With(name).Runs(host, async (parse, context, cancellationToken) =>
        {
            var answer = await context.Api.GetAsync<GroupResponse>(ApiClient.Path($"device-groups/{parse.GetRequiredValue(name)}"), cancellationToken);
            context.Show(answer, group =>
            {
                context.Data($"Group: {Printable.Text(group.Name)} ({Printable.Text(group.Mode)})");
                context.Data($"Description: {Printable.Text(group.Description ?? "-")}");
                foreach (var rule in group.Rules ?? [])
                {
                    context.Data($"Rule: {Printable.Text(rule)}");
                }

                context.Data(string.Create(CultureInfo.InvariantCulture, $"Devices: {group.DeviceCount ?? 0} registered, {group.ReadyDevices ?? 0} ready"));
            });
        });
    }

    private static Command List(CommandHost host) => new Command("list", "List the groups").Runs(host, async (_, context, cancellationToken) =>
    {
        var answer = await context.Api.GetAsync<GroupList>("device-groups", cancellationToken);
        context.Show(answer, list =>
        {
            var table = TextTable.WithHeader("NAME", "MODE", ">DEVICES", "DESCRIPTION");
            foreach (var group in list.Groups)
            {
                table.Add(group.Name, group.Mode, group.DeviceCount?.ToString(CultureInfo.InvariantCulture), group.Description);
            }

            context.Data(table.Lines());
        });
    });
}
