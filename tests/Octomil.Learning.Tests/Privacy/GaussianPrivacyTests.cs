using CsCheck;
using Octomil.Learning.Privacy;

namespace Octomil.Learning.Tests.Privacy;

public sealed class GaussianPrivacyTests
{
    private static readonly Gen<double> Mu = Gen.Double[-9, 3].Select(exponent => Math.Pow(10, exponent));
    private static readonly Gen<double> Delta = Gen.Double[-300, -0.01].Select(exponent => Math.Pow(10, exponent));

    /// <summary>Computed with 40 digits (mpmath).</summary>
    [Theory]
    [InlineData(-20.0, 1.8112830158925916156e+87, 3.6225660317851832312e+88)]
    [InlineData(-5.0, 672621.63672287925231, 3363109.1836143962615)]
    [InlineData(-1.0, 3.4770518117036944669, 4.4770518117036944669)]
    [InlineData(-0.10000000000000001, 1.3599304015256165674, 1.1359930401525616643)]
    [InlineData(0.0, 1.2533141373155002512, 1.0)]
    [InlineData(1.0e-8, 1.2533141273155003139, 0.99999998746685872684)]
    [InlineData(0.29999999999999999, 1.0018374009921557474, 0.69944877970235328691)]
    [InlineData(0.69999999999999996, 0.77489384877939064739, 0.45757430585442658124)]
    [InlineData(1.0, 0.65567954241879847154, 0.34432045758120152846)]
    [InlineData(1.3, 0.56486712896961612813, 0.26567273233949900834)]
    [InlineData(1.7, 0.47385326896885909606, 0.19444944275293955775)]
    [InlineData(1.8999999999999999, 0.43764692878712088236, 0.16847083530447036238)]
    [InlineData(1.9990000000000001, 0.42152654426936165333, 0.15736843800554600858)]
    [InlineData(2.0, 0.42136922928805447322, 0.15726154142389105355)]
    [InlineData(2.1000000000000001, 0.40616098262557400508, 0.14706193648629455326)]
    [InlineData(3.0, 0.30459029871010329573, 0.086229103869690112799)]
    [InlineData(5.0, 0.19280810471531576488, 0.035959476423421175613)]
    [InlineData(8.0, 0.12313196325793229628, 0.014944293936541629743)]
    [InlineData(12.0, 0.082766286501369177252, 0.0068045619835698729728)]
    [InlineData(20.0, 0.049875925981836783658, 0.0024814803632643268352)]
    [InlineData(40.0, 0.024984404205720571147, 0.00062383177117715410446)]
    public void MillsRatio_HasFourteenDigits(double t, double ratio, double minusSlope)
    {
        var tolerance = MillsRatio.RelativeError + (t < 0 ? t * t * 1.2e-16 : 0);
        var (actual, slope) = MillsRatio.At(t);

        Assert.InRange(actual / ratio, 1 - tolerance, 1 + tolerance);
        Assert.InRange(slope / minusSlope, 1 - (8 * tolerance), 1 + (8 * tolerance));
    }

    /// <summary>Computed with 60 digits (mpmath).</summary>
    [Theory]
    [InlineData(0.0, 1.0e-8, 3.9894228040143268e-9)]
    [InlineData(1.0e-6, 9.9999999999999995e-7, 8.3315512245425392e-8)]
    [InlineData(0.1, 0.01, 7.8576927710367718e-27)]
    [InlineData(1.0, 0.25, 2.9242721048564073e-6)]
    [InlineData(0.2, 0.029999999999999999, 6.2418963271865227e-14)]
    [InlineData(5.0, 0.5, 4.4154434702996193e-24)]
    [InlineData(30.0, 1.0, 4.7093263180975222e-193)]
    [InlineData(2.0, 1.0, 0.020923635821113731)]
    [InlineData(0.5, 0.999, 0.23802276592101548)]
    [InlineData(0.5, 1.0009999999999999, 0.23882065034883746)]
    [InlineData(12.0, 2.0, 7.8355948243630034e-8)]
    [InlineData(100.0, 8.0, 4.5482833773686971e-18)]
    [InlineData(0.0, 3.0, 0.86638559746228387)]
    [InlineData(500.0, 40.0, 0.99999999999996061)]
    [InlineData(50.0, 1.5, 1.5516651656909846e-234)]
    public void Delta_IsExactAndNeverTooSmall(double epsilon, double mu, double expected) =>
        Assert.InRange(GaussianPrivacy.Delta(epsilon, mu) / expected, 1, 1 + 1e-11);

    [Fact]
    public void EpsilonAndMu_AreInverse() => Gen.Select(Mu, Delta).Sample(sample =>
    {
        var (mu, delta) = sample;
        var epsilon = GaussianPrivacy.Epsilon(mu, delta);
        Assert.True(GaussianPrivacy.Delta(epsilon, mu) <= delta * (1 + 1e-12));
        if (epsilon > 0)
        {
            // One double less is not enough, and what this epsilon pays for is this mu.
            Assert.True(GaussianPrivacy.Delta(epsilon * (1 - 1e-9), mu) > delta);
            Assert.InRange(GaussianPrivacy.Mu(epsilon, delta) / mu, 1 - 1e-9, 1 + 1e-9);
        }
    });

    [Fact]
    public void Epsilon_GrowsWithMuAndFallsWithDelta() => Gen.Select(Mu, Gen.Double[1, 3], Delta, Gen.Double[1, 3]).Sample(sample =>
    {
        var (mu, more, delta, larger) = sample;

        Assert.True(GaussianPrivacy.Epsilon(mu * more, delta) >= GaussianPrivacy.Epsilon(mu, delta));
        Assert.True(GaussianPrivacy.Epsilon(mu, Math.Min(0.99, delta * larger)) <= GaussianPrivacy.Epsilon(mu, delta));
    });

    [Fact]
    public void Epsilon_OfEdges_IsWhatItMustBe()
    {
        Assert.Equal(0, GaussianPrivacy.Epsilon(0, 0));
        Assert.Equal(0, GaussianPrivacy.Epsilon(0.01, 0.01));
        Assert.Equal(double.PositiveInfinity, GaussianPrivacy.Epsilon(1, 0));
        Assert.Equal(double.PositiveInfinity, GaussianPrivacy.Epsilon(double.PositiveInfinity, 1e-5));
        Assert.True(double.IsFinite(GaussianPrivacy.Epsilon(1000, 1e-5)));
        Assert.Equal(0, GaussianPrivacy.Mu(3, 0));
        Assert.True(GaussianPrivacy.Mu(0, 1e-5) > 0);
    }

    [Theory]
    [InlineData(-1, 1e-5)]
    [InlineData(double.NaN, 1e-5)]
    [InlineData(1, -1e-5)]
    [InlineData(1, 1)]
    [InlineData(1, double.NaN)]
    public void Epsilon_OfNoSuchNumbers_IsRefused(double mu, double delta) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => GaussianPrivacy.Epsilon(mu, delta));

    /// <summary>A property that holds for every accountant: RDP never promises more than is true.</summary>
    [Fact]
    public void Renyi_NeverPromisesMoreThanTheExactEpsilon() => Gen.Select(Gen.Double[0.3, 60], Gen.Long[1, 5000], Gen.Double[-9, -2]).Sample(sample =>
    {
        var (noise, releases, exponent) = sample;
        var delta = Math.Pow(10, exponent);
        var renyi = new RenyiAccountant();
        renyi.AddGaussian(noise, releases);

        Assert.True(renyi.Epsilon(delta) >= GaussianPrivacy.Epsilon(Math.Sqrt(releases) / noise, delta) * (1 - 1e-9));
    }, iter: 2000);

    [Theory]
    [InlineData("poisson", "Amplification by Poisson sampling cannot be claimed")]
    [InlineData("fixed_size", "drawing K of N devices cannot be claimed")]
    [InlineData("lottery", "is not known")]
    public void SamplingClaims_OfAnAmplification_SayWhyNot(string claim, string expected)
    {
        var message = Assert.Throws<PrivacyException>(() => SamplingClaims.Check(claim)).Message;

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains("Use 'none'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void SamplingClaims_OfNone_AreTaken() => SamplingClaims.Check(SamplingClaims.None);
}
