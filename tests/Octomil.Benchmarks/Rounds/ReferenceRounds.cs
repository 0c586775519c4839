using System.Diagnostics;

namespace Octomil.Benchmarks;

/// <summary>Rounds against the reference server: all devices at once move the model down and as many bytes up, then the sums are written.</summary>
internal sealed class ReferenceRounds(ServerProcess server, int devices, byte[] update) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = server.Address, Timeout = TimeSpan.FromMinutes(5) };

    /// <summary>The seconds of each round.</summary>
    public async Task<List<double>> RunAsync(int rounds, CancellationToken cancellationToken)
    {
        var seconds = new List<double>();

        for (var round = 0; round < rounds; round++)
        {
            var started = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, devices).Select(_ => MoveAsync(cancellationToken)));
            using var closed = await _http.PostAsync("/close", content: null, cancellationToken);
            closed.EnsureSuccessStatusCode();
            seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        return seconds;
    }

    public void Dispose() => _http.Dispose();

    private async Task MoveAsync(CancellationToken cancellationToken)
    {
        using var model = await _http.GetAsync("/model", HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await (await model.Content.ReadAsStreamAsync(cancellationToken)).CopyToAsync(Stream.Null, 256 * 1024, cancellationToken);
        using var content = new ReadOnlyMemoryContent(update);
        using var answer = await _http.PutAsync("/update", content, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }
}
