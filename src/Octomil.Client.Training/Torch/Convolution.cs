using static TorchSharp.torch;

namespace Octomil.Client.Training.Torch;

/// <summary>
/// Convolution as a matrix product over unfolded patches. libtorch's own <c>conv2d</c> is not used: with float32 on CPUs it hands over
/// to oneDNN 3.7.1, whose gradient of the input is wrong where channels are not a multiple of its block of 8 or 16 (errors of the size
/// of the gradient, differing between runs); <c>vectors/architectures.json</c> shows it.
/// </summary>
internal static class Convolution
{
    /// <summary>3 x 3, padding 1, stride 1: [rows, in, height, width] to [rows, out, height, width].</summary>
    /// <param name="images">[rows, in, height, width].</param>
    /// <param name="weight">[out, in, 3, 3].</param>
    /// <param name="bias">[out].</param>
    public static Tensor Same3X3(Tensor images, Tensor weight, Tensor bias)
    {
        var patches = nn.functional.unfold(images, 3, padding: 1);
        var products = weight.flatten(1).matmul(patches).add(bias.view(-1, 1));
        return products.view(images.shape[0], weight.shape[0], images.shape[2], images.shape[3]);
    }
}
