using System.CommandLine;
using System.Globalization;
using Octomil.Client.Tokens;

namespace Octomil.Devices;

internal static class DevicesCommand
{
    public static Command Create(CommandHost host) => new Command("devices", "Devices of the organization").With(List(host), Show(host), Token(host), DeviceCertificateCommand.Create(host), Revoke(host));

    private static Command List(CommandHost host)
    {
        var limit = Inputs.Whole("--limit", "How many to list (default 50)", least: 1);
        var offset = Inputs.Whole("--offset", "How many to skip");
        var group = Inputs.NameOption("--group", "Only devices of this group");
        return new Command("list", "List devices").With(limit, offset, group).Runs(host, async (parse, context, cancellationToken) =>
        {
            var path = ApiClient.Path($"devices?limit={parse.GetValue(limit) ?? 50}&offset={parse.GetValue(offset) ?? 0}");
            path += parse.GetValue(group) is { } name ? ApiClient.Path($"&group={name}") : "";
            var answer = await context.Api.GetAsync<DeviceList>(path, cancellationToken);
            context.Show(answer, list => Write(context, list));
        });
    }

    private static Command Show(CommandHost host)
    {
        var id = Inputs.Name("ID", "The device's id or identifier");
        return new Command("show", "Show one device").With(id).Runs(host, async (parse, context, cancellationToken) =>
        {
            var answer = await context.Api.GetAsync<DeviceResponse>(ApiClient.Path($"devices/{parse.GetRequiredValue(id)}"), cancellationToken);
            context.Show(answer, device =>
            {
                context.Data($"Device: {Printable.Text(device.DeviceIdentifier)} ({device.Id})");
                context.Data($"Status: {Printable.Text(device.Status)}    Connected: {YesNo(device.Connected)}");
                context.Data($"Organization: {device.OrgId}");
                context.Data($"Platform: {Printable.Text(device.Platform ?? "-")}    SDK: {Printable.Text(device.SdkVersion ?? "-")}");
                context.Data($"Groups: {Groups(device)}");
                context.Data($"Registered: {Printable.Time(device.RegisteredAt)}    Last seen: {Printable.Time(device.LastSeenAt)}");
            });
        });
    }

    private static Command Token(CommandHost host)
    {
        var id = Inputs.Name("ID", "The device's id or identifier; it must be registered");
        var output = Inputs.Text("--output", "File to write, for your eyes alone; the device keeps it and renews it (default: DEVICE.token)", "FILE");
        return new Command("token", "Make a device tokens of its own, in the place of a key; earlier ones end").With(id, output).Runs(host, async (parse, context, cancellationToken) =>
        {
            var path = parse.GetValue(output) ?? $"{parse.GetRequiredValue(id)}.token";
            var answer = await context.Api.PostAsync<DeviceTokenResponse>(ApiClient.Path($"devices/{parse.GetRequiredValue(id)}/token"), new { }, cancellationToken);
            if (context.Json)
            {
                // Whoever asks for JSON keeps it where they want.
                context.Data(answer.Json);
                return;
            }

            Keep(DeviceTokenFile.Of(answer.Value, context.Environment.Time.GetUtcNow()), path);
            context.Data($"Written: {Printable.Text(path)}");
            context.Note($"Put it on {Printable.Text(parse.GetRequiredValue(id))} in a folder that its programs may write, and nowhere else. There: octomil-device or octomil serve with --token-file {Printable.Text(path)}; serve also wants its name, --device NAME.");
        });
    }

    private static void Keep(DeviceTokenFile tokens, string path)
    {
        try
        {
            tokens.Write(path);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailureException(
                ExitCodes.Refused, $"{path} cannot be written: {unwritable.Message}", "run it again with another --output: the device's earlier tokens have ended", unwritable);
        }
    }

    private static Command Revoke(CommandHost host)
    {
        var id = Inputs.Name("ID", "The device's id or identifier");
        return new Command("revoke", "End a device's part for ever: its connection ends at once").With(id).Runs(host, async (parse, context, cancellationToken) =>
        {
            var path = ApiClient.Path($"devices/{parse.GetRequiredValue(id)}/revoke");
            var answer = await context.Api.PostAsync<DeviceResponse>(path, new { }, cancellationToken);
            context.Show(answer, device => context.Data($"Revoked: {Printable.Text(device.DeviceIdentifier)} ({device.Id})"));
        });
    }

    private static void Write(CommandContext context, DeviceList list)
    {
        var table = TextTable.WithHeader("ID", "IDENTIFIER", "STATUS", "CONNECTED", "LAST SEEN", "PLATFORM", "GROUPS");
        foreach (var device in list.Devices)
        {
            table.Add(
                device.Id, device.DeviceIdentifier, device.Status, YesNo(device.Connected), Printable.Time(device.LastSeenAt), device.Platform, Groups(device));
        }

        context.Data(table.Lines());
        if (list.Devices.Count < list.Total)
        {
            context.Note(string.Create(
                CultureInfo.InvariantCulture, $"{list.Devices.Count} of {list.Total} devices, from {list.Offset}; --offset and --limit show others."));
        }
    }

    private static string Groups(DeviceResponse device) => device.Groups is { Count: > 0 } groups ? string.Join(",", groups.Select(Printable.Text)) : "-";

    private static string YesNo(bool? value) => value switch
    {
        true => "yes",
        false => "no",
        null => "-",
    };
}
