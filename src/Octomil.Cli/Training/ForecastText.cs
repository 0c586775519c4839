using System.Globalization;

namespace Octomil.Training;

/// <summary>What a private run will cost, for people who are about to start it.</summary>
internal static class ForecastText
{
    public static IEnumerable<string> Lines(TrainingForecastResponse forecast)
    {
        var invariant = CultureInfo.InvariantCulture;
        yield return string.Create(
            invariant, $"Private run: clip {forecast.ClipNorm:0.####}, noise multiplier {forecast.NoiseMultiplier:0.####}, {Printable.Count(forecast.Rounds, "round")}. Cost to each organization:");
        var table = TextTable.WithoutHeader(false, false, false, false, false);
        foreach (var organization in forecast.Organizations)
        {
            table.Add(organization.OrgId, organization.OrgName, Cost(organization), Lasts(organization), organization.Reason is { } reason ? $"({reason})" : " ");
        }

        foreach (var line in table.Lines(indent: "  "))
        {
            yield return line;
        }

        yield return string.Create(
            invariant, $"Noise to signal: {forecast.NoiseToClip:0.00} (noise multiplier x sqrt({forecast.Parameters} parameters) / {Printable.Count(forecast.Updates, "update")})");
        if (forecast.Warning is { } warning)
        {
            yield return $"Warning: {Printable.Text(warning)}";
        }
    }

    private static string Cost(OrganizationForecastResponse organization) => organization.PrivacyBudget is { } budget
        ? string.Create(CultureInfo.InvariantCulture, $"epsilon {organization.EpsilonPerRound:0.0000} a round, {organization.EpsilonAfterRun:0.00} of {budget:0.##} after the run")
        : "no privacy budget";

    private static string Lasts(OrganizationForecastResponse organization) => organization.RoundsLeft is { } rounds
        ? $"budget lasts {Printable.Count(rounds, "round")}"
        : "-";
}
