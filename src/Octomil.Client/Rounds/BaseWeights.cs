using Octomil.Client.Connections;
using Octomil.Client.Http;
using Octomil.Learning.Weights;
using Octomil.Training;

namespace Octomil.Client.Rounds;

/// <summary>Base weights, the last ones kept under their SHA-256: a round with the same base costs no request. One call at a time.</summary>
internal sealed class BaseWeights(OctomilApi api, ClientSettings settings)
{
    private string? _sha256;
    private ModelWeights? _weights;

    /// <summary>The base weights, verified. Retries until the token is cancelled.</summary>
    /// <exception cref="OctomilException">Refused, or the bytes are not the announced ones.</exception>
    /// <exception cref="WeightsFormatException">The bytes are not weights.</exception>
    public async Task<ModelWeights> GetAsync(BaseWeightsMessage message, CancellationToken cancellationToken)
    {
        if (_weights is null || _sha256 != message.Sha256)
        {
            // The old ones go first: two models at once may be more than the device has room for.
            (_weights, _sha256) = (null, null);
            var download = new BaseDownload(api, settings, message);
            _weights = ModelWeights.Load((await download.RunAsync(cancellationToken)).Span);
            _sha256 = message.Sha256;
        }

        return _weights;
    }
}
