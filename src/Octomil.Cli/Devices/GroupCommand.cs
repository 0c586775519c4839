using System.CommandLine;
using System.Globalization;

namespace Octomil.Devices;

internal static class GroupCommand
{
    public static Command Create(CommandHost host) => new Command("group", "Device groups of the organization").With(CreateGroup(host), Add(host), List(host));

    private static Command CreateGroup(CommandHost host)
    {
        var name = Inputs.Name("NAME", "The group's name");
        var mode = new Option<string>("--mode")
        {
            Description = "static: members are named",
            HelpName = "static|dynamic|hybrid",
            DefaultValueFactory = _ => "static",
        };
        mode.AcceptOnlyFromAmong("static", "dynamic", "hybrid");
        var description = Inputs.Text("--description", "What the group is for");

        return new Command("create", "Create a group").With(name, mode, description).Runs(host, async (parse, context, cancellationToken) =>
        {
            var request = new CreateGroupRequest
            {
                Name = parse.GetRequiredValue(name),
                Mode = parse.GetRequiredValue(mode),
                Description = parse.GetValue(description),
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
