using Octomil.Training;

namespace Octomil.Client.Tests.Fakes;

/// <summary>Assignments of one run.</summary>
internal static class SampleRun
{
    public const string Model = "radiology-v1";
    public const string Session = "run_0000000000000001";

    public static RoundAssignmentMessage Assign(this FakeService service, int number, string kind = RoundKinds.Train)
    {
        var id = $"rnd_{number:0000000000000000}";
        return new RoundAssignmentMessage
        {
            RoundId = id,
            SessionId = Session,
            RoundNumber = number,
            Kind = kind,
            ModelId = "mdl_00000001",
            Model = Model,
            Version = $"1.0.0+{Session}",
            Base = new BaseWeightsMessage { Url = $"/api/v1/training/rounds/{id}/base", Sha256 = service.Base.Sha256, Bytes = service.Base.File.Length },
            Deadline = service.Clock.GetUtcNow() + service.ClockOffset + TimeSpan.FromMinutes(10),
            Training = new TrainingMessage { Seed = 42 },
            Strategy = new StrategyMessage { Name = "fedprox", ProximalMu = 0.01 },
            Limits = new LimitsMessage { MaxMagnitude = 1024, MaxSampleCount = 65536 },
        };
    }

    public static TrainingStatusResponse StatusOf(string status, string? newVersion = null) => new()
    {
        SessionId = Session,
        ModelId = "mdl_00000001",
        Model = Model,
        Status = status,
        Strategy = "fedprox",
        CurrentRound = 1,
        TotalRounds = 20,
        ActiveDevices = 1,
        NewVersion = newVersion,
        Contributions = [],
    };
}
