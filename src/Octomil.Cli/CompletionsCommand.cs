using System.CommandLine;

namespace Octomil;

/// <summary>Scripts for shells; each asks the command itself what may follow (its <c>[suggest]</c> directive).</summary>
internal static class CompletionsCommand
{
    public static Command Create(CommandHost host)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh, fish or pwsh" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");
        return new Command("completions", "Print a completion script, e.g. for `source <(octomil completions bash)`").With(shell)
            .Runs(host, (parse, context, _) =>
            {
                context.Data(ScriptFor(parse.GetRequiredValue(shell)).TrimEnd());
                return Task.CompletedTask;
            });
    }

    private static string ScriptFor(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        "fish" => Fish,
        _ => PowerShell,
    };

    private const string Bash = """
        # octomil completion for bash: source <(octomil completions bash)
        _octomil() {
            local word="${COMP_WORDS[COMP_CWORD]}" IFS=$'\n'
            COMPREPLY=( $(compgen -W "$(octomil "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "$word") )
        }
        complete -o default -o nosort -F _octomil octomil
        """;

    private const string Zsh = """
        #compdef octomil
        # octomil completion for zsh: source <(octomil completions zsh)
        _octomil() {
            local -a found
            found=("${(@f)$(octomil "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            found=("${(@)found:#}")
            if (( ${#found} )); then compadd -a found; else _files; fi
        }
        compdef _octomil octomil
        """;

    private const string Fish = """
        # octomil completion for fish: octomil completions fish | source
        function __octomil_complete
            set -l line (commandline -cp)
            octomil "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c octomil -a '(__octomil_complete)'
        """;

    private const string PowerShell = """
        # octomil completion for PowerShell: octomil completions pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName octomil -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            octomil "[suggest:$cursorPosition]" "$commandAst" 2>$null | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
            }
        }
        """;
}
