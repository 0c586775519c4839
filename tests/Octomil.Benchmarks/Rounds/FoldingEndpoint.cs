using Microsoft.AspNetCore.Http;
using Octomil.Learning.Aggregation;
using Octomil.Learning.Weights;

namespace Octomil.Benchmarks;

/// <summary>Reads an update as it arrives, checks it and adds it to exact sums: what the service does before the commit.</summary>
internal sealed class FoldingEndpoint(int parameters)
{
    private readonly WeightsLayout _layout = SyntheticModel.Layout(parameters);
    private readonly FoldPlan _plan = new(1024, 65_536, 10_000);
    private readonly float[] _buffer = new float[parameters];
    private readonly ExactSums _sums = new(parameters);

    public async Task PutAsync(HttpRequest request)
    {
        var content = await UpdateReader.ReadAsync(request.BodyReader, _layout, new UpdateLimits(1024, 65_536), _buffer, request.HttpContext.RequestAborted);
        ExactFold.Add(_sums, _plan, [new FoldInput(_buffer, 1, content.SampleCount)]);
    }
}
