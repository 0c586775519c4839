using System.Runtime.InteropServices;
using Octomil;

using var interrupted = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Leave);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Leave);

return await OctomilCommand.RunAsync(args, SystemStreams.Open(), CommandEnvironment.OfThisProcess(), interrupted.Token);

void Leave(PosixSignalContext signal)
{
    // The first signal leaves cleanly; a second one ends the process at once, as the system does it.
    signal.Cancel = !interrupted.IsCancellationRequested;
    interrupted.Cancel();
}
