using System.Net;
using Octomil.Learning.Weights;

namespace Octomil.EndToEnd;

/// <summary>
/// A device that is driven by the test, over HTTP. What it sends depends on its own number and the round's alone, so that runs
/// with and without a fault are given the same.
/// </summary>
internal sealed class ScriptedDevice(Tenant tenant, WeightsLayout layout, int number, string id)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public string Id => id;

    public static WeightsLayout LayoutOf(int parameters) => WeightsLayout.Create([new TensorSpec("w", TensorType.F32, [parameters])]);

    /// <summary>Registers so many devices.</summary>
    public static async Task<ScriptedDevice[]> RegisterAsync(Tenant tenant, WeightsLayout layout, int count, CancellationToken cancellationToken)
    {
        var devices = new ScriptedDevice[count];

        for (var number = 0; number < count; number++)
        {
            devices[number] = new ScriptedDevice(tenant, layout, number, await tenant.RegisterAsync($"phone-{number}", cancellationToken));
        }

        return devices;
    }

    public float[] ValuesOf(int round) =>
        [.. Enumerable.Range(0, (int)layout.ParameterCount).Select(i => 0.01f * (number + 1) * MathF.Sin((0.37f * i) + round))];

    public async Task<byte[]> UpdateOfAsync(int round, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream();
        await UpdateWriter.WriteAsync(stream, layout, ValuesOf(round), new UpdateContent { SampleCount = SampleCount }, cancellationToken);
        return stream.ToArray();
    }

    public int SampleCount => 10 + number;

    /// <summary>Waits for the round of that number.</summary>
    public Task<string> RoundAsync(int round, CancellationToken cancellationToken) => tenant.RoundOfAsync(id, round, cancellationToken);

    /// <summary>Sends the round's update, once.</summary>
    public async Task<Answer> PutAsync(string roundId, int round, CancellationToken cancellationToken) =>
        await tenant.PutAsync(roundId, id, await UpdateOfAsync(round, cancellationToken), cancellationToken);

    /// <summary>Sends the round's update again and again, as a device does, until it is answered other than "not now".</summary>
    public async Task<Answer> PutUntilAnsweredAsync(string roundId, int round, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if (await PutAsync(roundId, round, cancellationToken) is { Status: not HttpStatusCode.ServiceUnavailable } answer)
                {
                    return answer;
                }
            }
            catch (HttpRequestException)
            {
                // The server is not there, or not well.
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>Waits for the round of that number and sends its update, once.</summary>
    public async Task<Answer> AnswerAsync(int round, CancellationToken cancellationToken) =>
        await PutAsync(await RoundAsync(round, cancellationToken), round, cancellationToken);

    /// <summary>Takes part in every round that wants it until the token is cancelled, whatever becomes of the server meanwhile.</summary>
    public async Task TakePartAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (await tenant.FindRoundAsync(id, cancellationToken) is { } round)
                {
                    await PutAsync(round.Id, round.Number, cancellationToken);
                }

                await Task.Delay(Pause, cancellationToken);
            }
            catch (HttpRequestException)
            {
                // The server is not there, or not well: the next question tells.
                await Task.Delay(Pause, CancellationToken.None);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
