using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Octomil;

/// <summary>Lines that work as they stand, shown in the help of the command that they are of.</summary>
internal static class Examples
{
    private const string Text = """
        octomil login --api-key -
        octomil login --email ada@example.org
        octomil org
        octomil org create metro-general
        octomil team list
        octomil team add ada@example.org --role member
        octomil team role ada@example.org admin
        octomil team reset ada@example.org
        octomil team remove ada@example.org
        octomil team set-policy --privacy-budget 8 --delta 1e-5
        octomil team set-policy --auto-rollback --error-threshold 5%
        octomil keys create site-1 --scope devices:write --expires 90d
        octomil keys list
        octomil keys revoke key_0123456789abcdef
        octomil audit --since 24h
        octomil privacy show
        octomil privacy ledger
        octomil privacy new-epoch --privacy-budget 8 --reason "new scans"
        octomil devices list --group production
        octomil devices show hospital-001
        octomil devices token hospital-001 --output hospital-001.token
        octomil devices certificate hospital-001 --file next.pem
        octomil devices revoke hospital-001
        octomil group create production --mode static
        octomil group create phones --mode dynamic --rule "platform eq ios"
        octomil group list
        octomil group add production hospital-001 hospital-002
        octomil group remove production hospital-002
        octomil group status production
        octomil federation create healthcare-consortium --description Radiology
        octomil federation invite healthcare-consortium --org org_abc123 --org org_def456
        octomil federation join healthcare-consortium
        octomil federation leave healthcare-consortium
        octomil federation list
        octomil federation show healthcare-consortium
        octomil federation members healthcare-consortium
        octomil federation remove healthcare-consortium --org org_abc123
        octomil federation suspend healthcare-consortium --org org_abc123
        octomil federation reinstate healthcare-consortium --org org_abc123
        octomil federation share radiology-v1 --federation healthcare-consortium
        octomil federation unshare radiology-v1 --federation healthcare-consortium
        octomil push model.safetensors --model radiology-v1 --version 1.0.0
        octomil push --architecture radiology.json --model radiology-v1 --version 1.0.0
        octomil pull radiology-v1 --format onnx
        octomil models list
        octomil models show radiology-v1
        octomil models versions radiology-v1 --status active
        octomil models compare radiology-v1 1.0.0 latest
        octomil models alias radiology-v1 production 1.1.0
        octomil models deprecate radiology-v1 1.0.0 --reason "wrong labels"
        octomil models delete radiology-v1 1.0.0
        octomil architecture infer patients.csv --target diagnosis --output radiology.json
        octomil train start radiology-v1 --strategy fedavg --rounds 50 --group production --watch
        octomil train start radiology-v1 --rounds 50 --privacy dp --clip 1 --noise-multiplier 10
        octomil train start radiology-v1 --rounds 50 --wait --timeout 2h
        octomil train status radiology-v1 --watch
        octomil train stop radiology-v1 --publish
        octomil train pause radiology-v1
        octomil train resume radiology-v1
        octomil train list
        octomil deploy radiology-v1 --version 2.0.0 --rollout 10%
        octomil rollout status radiology-v1 --watch --timeout 30m
        octomil rollout advance radiology-v1 --wait
        octomil rollout pause radiology-v1 --reason "odd answers"
        octomil rollout resume radiology-v1
        octomil rollout set radiology-v1 --percentage 50
        octomil rollout list radiology-v1
        octomil rollback radiology-v1 --to-version 1.0.0 --wait --timeout 10m
        octomil experiment create sharper --model radiology-v1 --control 1.0.0 --treatment 2.0.0 --traffic-split 50
        octomil experiment create quicker --model radiology-v1 --control 1.0.0 --treatment 2.0.0 --traffic 10% --metric latency --no-start
        octomil experiment list
        octomil experiment show sharper
        octomil experiment start quicker
        octomil experiment results sharper --watch
        octomil experiment pause sharper --reason "holidays"
        octomil experiment resume sharper
        octomil experiment promote sharper
        octomil experiment stop sharper
        octomil webhook create https://hooks.example.org/octomil --event run.finished
        octomil webhook list
        octomil webhook show whk_0123456789abcdef
        octomil webhook test whk_0123456789abcdef
        octomil webhook deliveries whk_0123456789abcdef
        octomil webhook delete whk_0123456789abcdef
        octomil serve radiology-v1 --port 8080
        octomil completions bash
        """;

    public static IReadOnlyList<string> All { get; } = Text.Split('\n');

    /// <summary>Those of the command and of what is below it.</summary>
    public static IReadOnlyList<string> Of(Command command) => [.. All.Where(line => $"{line} ".StartsWith($"{PathOf(command)} ", StringComparison.Ordinal))];

    /// <summary>Has the help of every command end with its own and those below it.</summary>
    public static void ShowIn(RootCommand root)
    {
        foreach (var option in root.Options.Where(option => option.Action is HelpAction))
        {
            option.Action = new HelpWithExamples((HelpAction)option.Action!);
        }
    }

    private static string PathOf(Command command) =>
        command is RootCommand ? "octomil" : $"{PathOf(command.Parents.OfType<Command>().First())} {command.Name}";

    private sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = usual.Invoke(parseResult);
            var command = parseResult.CommandResult.Command;
            var output = parseResult.InvocationConfiguration.Output;
            if (command is not RootCommand && Of(command) is { Count: > 0 } examples)
            {
                output.WriteLine("Examples:");
                foreach (var line in examples)
                {
                    output.WriteLine($"  {line}");
                }
            }

            return code;
        }
    }
}
