using System.Collections.Concurrent;
using System.Diagnostics;
using Octomil.Client.Http;
using Octomil.DeviceSimulator.Histories;
using Octomil.DeviceSimulator.Updates;
using Octomil.Learning.Weights;
using Octomil.Training;

namespace Octomil.DeviceSimulator.Fleet;

/// <summary>
/// What the simulation's devices do with a round: read the base, think, send a seeded update as their habits say, and write into the
/// history what they were told.
/// </summary>
internal sealed class SeededParticipant(SimulationOptions options, SimulatedServers servers, HistoryWriter history) : IParticipant
{
    // A slow line takes as long as it takes; this only ends a call that nobody answers any more.
    private static readonly TimeSpan LongestCall = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly DeviceHabits _habits = new(options);
    private readonly FirstBase _base = new(options.BaseFile);
    private readonly ConcurrentDictionary<string, string> _rounds = new(StringComparer.Ordinal);

    /// <summary>The rounds that some device was offered.</summary>
    public IReadOnlyCollection<string> Rounds => [.. _rounds.Keys];

    public void Assigned(SimulatedDevice device, RoundAssignmentMessage assignment) => _rounds.TryAdd(assignment.RoundId, assignment.SessionId);

    public async Task TakePartAsync(SimulatedDevice device, RoundAssignmentMessage assignment, CancellationToken cancellationToken)
    {
        try
        {
            switch (assignment.Kind)
            {
                case RoundKinds.Train:
                    await TrainAsync(device, assignment, cancellationToken);
                    break;

                case RoundKinds.Evaluate:
                    await device.Api.PutEvaluationAsync(assignment.RoundId, device.Id!, new EvaluationReport { EvalCount = 1, EvalLoss = 1, EvalAccuracy = 0.5 }, cancellationToken);
                    break;

                default:
                    throw new NotSupportedException($"Simulated devices have no data for rounds of the kind '{assignment.Kind}'. Simulate a model without features to scale.");
            }
        }
        catch (OctomilException exception)
        {
            // The round closed between the offer and the answer, or the server is away: the device waits for the next.
            history.Record(Line(HistoryKinds.Refused, device, assignment) with { Status = (int?)exception.StatusCode, Code = exception.Code });
        }
    }

    private async Task TrainAsync(SimulatedDevice device, RoundAssignmentMessage assignment, CancellationToken cancellationToken)
    {
        var habits = _habits.Of(device.Identifier, assignment.RoundNumber);
        var layout = await ReadBaseAsync(device, assignment, cancellationToken);
        await (options.BeforeAnswer?.Invoke(assignment.RoundNumber, cancellationToken) ?? Task.CompletedTask);
        await Task.Delay(habits.Think, cancellationToken);
        if (habits.DropOut is DropOut.Silent)
        {
            history.Record(Line(HistoryKinds.Dropped, device, assignment));
            return;
        }

        var first = SendAsync(device, assignment, layout, device.Api, habits.DropOut is DropOut.BreaksOff, cancellationToken);
        var second = habits.IsSentTwice
            ? SendAsync(device, assignment, layout, servers.Other(device.Api, device.ApiKey), breaksOff: false, cancellationToken)
            : Task.CompletedTask;
        await Task.WhenAll(first, second);
    }

    private async Task<WeightsLayout> ReadBaseAsync(SimulatedDevice device, RoundAssignmentMessage assignment, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await _base.ReadAsync(device, assignment, cancellationToken);
            }
            catch (Exception exception) when (exception is OctomilException { IsTransient: true } or IOException && DateTimeOffset.UtcNow < assignment.Deadline)
            {
                // Also a server that dies while it answers.
                await Task.Delay(Again, cancellationToken);
            }
        }
    }

    // The same bytes again until there is a final answer, as the SDK does.
    private async Task SendAsync(
        SimulatedDevice device, RoundAssignmentMessage assignment, WeightsLayout layout, OctomilApi api, bool breaksOff, CancellationToken cancellationToken)
    {
        var line = Line(HistoryKinds.Sent, device, assignment) with { Server = servers.IndexOf(api) };
        while (DateTimeOffset.UtcNow < assignment.Deadline)
        {
            history.Record(line);
            var started = Stopwatch.GetTimestamp();
            var content = new SeededContent(layout, SeededUpdate.Of(options.Seed, device.Id!, assignment.Base.Sha256))
            {
                BytesPerSecond = _habits.BytesPerSecond(device.Identifier), BreaksOff = breaksOff,
            };

            try
            {
                var receipt = await api.SendContentAsync<UpdateReceipt>(
                    HttpMethod.Put, $"training/rounds/{assignment.RoundId}/updates/{device.Id}", content, LongestCall, cancellationToken);
                history.Record(line with { Kind = HistoryKinds.Acknowledged, UpdateId = receipt.UpdateId, Status = 200, Seconds = Seconds(started) });
                return;
            }
            catch (OctomilException) when (breaksOff)
            {
                history.Record(line with { Kind = HistoryKinds.Dropped, Seconds = Seconds(started) });
                return;
            }
            catch (OctomilException exception) when (exception.IsTransient)
            {
                history.Record(Answer(line, HistoryKinds.Unanswered, exception, started));
                await Task.Delay(exception.RetryAfter ?? Again, cancellationToken);
            }
            catch (OctomilException exception)
            {
                history.Record(Answer(line, HistoryKinds.Refused, exception, started));
                return;
            }
        }
    }

    private static HistoryEvent Answer(HistoryEvent line, string kind, OctomilException exception, long started) =>
        line with { Kind = kind, Status = (int?)exception.StatusCode, Code = exception.Code, Seconds = Seconds(started) };

    private static HistoryEvent Line(string kind, SimulatedDevice device, RoundAssignmentMessage assignment) => new()
    {
        Kind = kind,
        Device = device.Id,
        RoundId = assignment.RoundId,
        SessionId = assignment.SessionId,
        BaseSha256 = assignment.Base.Sha256,
    };

    private static double Seconds(long started) => Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 4);
}
