namespace Octomil.Client.Tests.Fakes;

/// <summary>A request or a hub call that arrived.</summary>
internal sealed record RecordedCall(string What, byte[] Body, string? Range)
{
    public override string ToString() => What;
}
