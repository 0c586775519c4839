using System.Text;

namespace Octomil;

/// <summary>The streams of this process.</summary>
internal sealed class SystemStreams : IConsoleStreams
{
    private SystemStreams()
    {
    }

    public TextReader In => Console.In;
    public bool InIsTerminal { get; } = !Console.IsInputRedirected;
    public TextWriter Out => Console.Out;
    public TextWriter Error => Console.Error;
    public bool OutIsTerminal { get; } = !Console.IsOutputRedirected;
    public bool ErrorIsTerminal { get; } = !Console.IsErrorRedirected;

    public static SystemStreams Open()
    {
        try
        {
            // Bars and sparklines are not in the code pages that Windows consoles start with.
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        }
        catch (IOException)
        {
            // No console at all: the streams keep the encoding they have.
        }

        return new SystemStreams();
    }
}
