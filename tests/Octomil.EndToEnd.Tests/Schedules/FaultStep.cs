namespace Octomil.EndToEnd.Schedules;

/// <summary>What happens to a cluster.</summary>
internal enum FaultKind
{
    /// <summary>kill -9 of a silo, and its start again.</summary>
    Kill,

    /// <summary>kill -9 of two of the silos at once.</summary>
    KillTwo,

    /// <summary>SIGSTOP and, later, SIGCONT.</summary>
    Freeze,

    /// <summary>A silo that no other silo reaches, nor it them; devices and the database do.</summary>
    Isolate,

    /// <summary>Two silos that do not reach each other; the third reaches both.</summary>
    CutPair,

    /// <summary>PostgreSQL is ended as an administrator does it, and started again.</summary>
    DatabaseFast,

    /// <summary>PostgreSQL is ended as a power cut does it, and started again.</summary>
    DatabaseImmediate,

    /// <summary>The bucket answers 503.</summary>
    BucketUnavailable,

    /// <summary>The bucket takes its time.</summary>
    BucketSlow,

    /// <summary>The local disk of one silo is full.</summary>
    DiskFull,

    /// <summary>The folder that the silos share is full.</summary>
    SharedDiskFull,
}

/// <summary>One fault.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Round">In which round: once a device is about to answer it. Devices answer later rounds only after it began.</param>
/// <param name="After">How long after that.</param>
/// <param name="Lasts">How long it lasts.</param>
/// <param name="Silo">The silo it happens to, where it happens to one.</param>
/// <param name="Other">The second silo, where there are two.</param>
internal sealed record FaultStep(FaultKind Kind, int Round, TimeSpan After, TimeSpan Lasts, int Silo, int Other)
{
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"round {Round} + {After.TotalSeconds:0.0} s: {Kind}{Whom} for {Lasts.TotalSeconds:0.0} s");

    private string Whom => Kind switch
    {
        FaultKind.KillTwo or FaultKind.CutPair => $" of silos {Silo} and {Other}",
        FaultKind.Kill or FaultKind.Freeze or FaultKind.Isolate or FaultKind.DiskFull => $" of silo {Silo}",
        _ => "",
    };
}
