namespace Octomil.Learning.Weights;

/// <summary>Where the bytes of one tensor go while a file is read.</summary>
/// <param name="Entry">The tensor in the file.</param>
/// <param name="Index">Its position in the layout: the order in which sums of squares are added up.</param>
/// <param name="Values">For floating-point elements that are kept: as many float32 values.</param>
/// <param name="Raw">For other elements that are kept: as many bytes. Null, with empty values: skipped.</param>
internal readonly record struct IntakeTensor(SafetensorsEntry Entry, int Index, Memory<float> Values, byte[]? Raw);
