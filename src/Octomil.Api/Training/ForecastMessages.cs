namespace Octomil.Training;

/// <summary>A forecast as the run's owner reads it.</summary>
internal static class ForecastMessages
{
    public static TrainingForecastResponse Of(RunForecast forecast, int rounds) => new()
    {
        ClipNorm = forecast.Clip,
        NoiseMultiplier = forecast.NoiseMultiplier,
        Rounds = rounds,
        MuSquaredPerRound = forecast.CostPerRound,
        Parameters = forecast.Parameters,
        Updates = forecast.Updates,
        NoiseToClip = forecast.NoiseToClip,
        Warning = forecast.Warning,
        Organizations = [.. forecast.Organizations.Select(Of)],
    };

    private static OrganizationForecastResponse Of(OrganizationForecast organization)
    {
        var hasBudget = organization.PrivacyBudget is not null;
        return new OrganizationForecastResponse
        {
            OrgId = organization.OrganizationId,
            OrgName = organization.OrganizationName,
            PrivacyBudget = organization.PrivacyBudget,
            Delta = hasBudget ? organization.Delta : null,
            EpsilonPerRound = hasBudget ? organization.EpsilonPerRound : null,
            EpsilonAfterRun = hasBudget ? organization.EpsilonAfterRun : null,
            RoundsLeft = hasBudget ? organization.RoundsLeft : null,
            Reason = organization.Reason,
        };
    }
}
