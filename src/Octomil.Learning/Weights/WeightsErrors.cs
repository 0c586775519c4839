namespace Octomil.Learning.Weights;

/// <summary>The stable codes of <see cref="WeightsFormatException"/>; they are error codes of the HTTP API as well.</summary>
public static class WeightsErrors
{
    public const string NotWeights = "not_weights";
    public const string HeaderTooLarge = "header_too_large";
    public const string InvalidHeader = "invalid_header";
    public const string InvalidMetadata = "invalid_metadata";
    public const string UnknownTensor = "unknown_tensor";
    public const string MissingTensor = "missing_tensor";
    public const string WrongShape = "wrong_shape";
    public const string WrongType = "wrong_type";
    public const string NotFinite = "not_finite";
    public const string MagnitudeExceeded = "magnitude_exceeded";
    public const string Truncated = "truncated";
    public const string TrailingBytes = "trailing_bytes";
    public const string InvalidArchive = "invalid_archive";
    public const string ArchiveTooLarge = "archive_too_large";
    public const string UnsafePickle = "unsafe_pickle";
    public const string NotStateDict = "not_a_state_dict";
}
