namespace Octomil;

/// <summary>Where a command reads and writes: data to <see cref="Out"/>, everything else to <see cref="Error"/>.</summary>
internal interface IConsoleStreams
{
    TextReader In { get; }

    /// <summary>A person types there, and can be asked.</summary>
    bool InIsTerminal => false;
    TextWriter Out { get; }
    TextWriter Error { get; }
    bool OutIsTerminal { get; }
    bool ErrorIsTerminal { get; }
}
