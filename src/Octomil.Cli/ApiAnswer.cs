namespace Octomil;

/// <summary>A successful answer: the message, and the JSON it was read from, which <c>--json</c> prints.</summary>
internal sealed record ApiAnswer<T>(T Value, string Json);
