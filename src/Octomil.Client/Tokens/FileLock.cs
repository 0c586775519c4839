using Octomil.Client.Http;

namespace Octomil.Client.Tokens;

/// <summary>A file that one process at a time holds: programs of one device share its tokens, and one use of a refresh token is all there is.</summary>
internal static class FileLock
{
    private const int Tries = 600;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Held until it is disposed.</summary>
    /// <exception cref="OctomilException">Somebody holds it for a minute; or it cannot be made.</exception>
    public static async Task<IDisposable> TakeAsync(string path, TimeProvider clock, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (Exception exception) when (exception is UnauthorizedAccessException or DirectoryNotFoundException)
            {
                throw new OctomilException(null, OctomilException.TokenFile, $"{path} cannot be written: {exception.Message}", exception);
            }
            catch (IOException exception)
            {
                if (tries == Tries)
                {
                    throw new OctomilException(null, OctomilException.TimedOut, $"Another program holds {path}.", exception);
                }
            }

            await Task.Delay(Pause, clock, cancellationToken);
        }
    }
}
