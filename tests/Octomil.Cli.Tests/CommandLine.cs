namespace Octomil;

/// <summary>Runs the command in this process, against a fake service and a home folder of its own.</summary>
internal sealed class CommandLine : IDisposable
{
    public const string Key = "edg_test_0123456789abcdefghijklmnopqrstuv";

    public string Home { get; } = Directory.CreateTempSubdirectory("octomil-cli-").FullName;
    public Dictionary<string, string> Variables { get; } = [];
    public TimeProvider Time { get; init; } = TimeProvider.System;
    public bool Terminal { get; init; }
    public string Input { get; init; } = "";

    public static CommandLine For(FakeService service) => For(service.Address);

    public static CommandLine For(string address, bool terminal = false, TimeProvider? time = null) => new()
    {
        Terminal = terminal,
        Time = time ?? TimeProvider.System,
        Variables = { ["OCTOMIL_API_BASE"] = address, ["OCTOMIL_API_KEY"] = Key },
    };

    public Task<Ended> RunAsync(params string[] args) => RunAsync(new Streams(Input, Terminal), TestContext.Current.CancellationToken, args);

    public async Task<Ended> RunAsync(Streams streams, CancellationToken cancellationToken, params string[] args)
    {
        var environment = new CommandEnvironment { Variable = name => Variables.GetValueOrDefault(name), HomeFolder = Home, Time = Time };
        var code = await OctomilCommand.RunAsync(args, streams, environment, cancellationToken);
        return new Ended(code, streams.Out.ToString()!, streams.Error.ToString()!);
    }

    public string FileWith(string name, byte[] content)
    {
        var path = Path.Combine(Home, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    public string FileWith(string name, string content) => FileWith(name, System.Text.Encoding.UTF8.GetBytes(content));

    public void Dispose() => Directory.Delete(Home, recursive: true);

    internal sealed record Ended(int Code, string Out, string Error)
    {
        public string[] Lines => Out.TrimEnd('\n').Split('\n');

        public Ended Expect(int code)
        {
            Assert.True(Code == code, $"exit code {Code} instead of {code}\n--- out\n{Out}\n--- error\n{Error}");
            return this;
        }
    }

    internal sealed class Streams(string input, bool terminal) : IConsoleStreams
    {
        public TextReader In { get; } = new StringReader(input);
        public TextWriter Out { get; } = new StringWriter { NewLine = "\n" };
        public TextWriter Error { get; } = new StringWriter { NewLine = "\n" };
        public bool OutIsTerminal => terminal;
        public bool ErrorIsTerminal => terminal;
    }
}
