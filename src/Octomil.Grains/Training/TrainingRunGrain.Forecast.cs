using Octomil.Learning.Privacy;

namespace Octomil.Training;

/// <summary>What a private run would cost; asked of a run that was not started, and changes nothing.</summary>
internal sealed partial class TrainingRunGrain
{
    public async Task<RunForecast> ForecastAsync(string callerId, RunOrder order)
    {
        var model = await grains.GetModel(order.ModelId).GetAsync(callerId);

        if (model is null || model.OwnerId != callerId)
        {
            return new RunForecast { Result = Refused(model is null ? StartRunDecision.ModelNotFound : StartRunDecision.NotOwner) };
        }

        if (await CheckAsync(callerId, order, model) is { } refusal)
        {
            return new RunForecast { Result = refusal };
        }

        var members = await MembersAsync(callerId, FederationOf(order, model), order.Group);
        var state = new RunState { Order = order, NoiseMultiplier = await PrivacyTermsAsync(order, members), Clip = order.Privacy!.ClipNorm };
        members = await ByBudgetAsync(state, members);
        var privacy = PrivacyOf(state);
        var updates = await UpdatesOfAsync(order, members);
        var noise = NoiseForecast.Of(
            privacy.Clip, PrivateRound.UpdateNoiseOf(privacy), model.Latest!.ParameterCount, updates);

        return new RunForecast
        {
            Result = Started(),
            Clip = privacy.Clip,
            NoiseMultiplier = privacy.NoiseMultiplier,
            CostPerRound = PrivateRound.CostOf(privacy),
            Updates = updates,
            Parameters = model.Latest!.ParameterCount,
            NoiseToClip = noise.ToClip,
            Warning = noise.Warning,
            Organizations = [.. await Task.WhenAll(members.Select(member => ForecastAsync(member, order.Rounds, PrivateRound.CostOf(privacy))))],
        };
    }

    // As many as a round closes with: its target, or every device that is there now.
    private async Task<long> UpdatesOfAsync(RunOrder order, IEnumerable<RunMember> members)
    {
        var counts = await cohorts.CountAsync(members.Where(member => member.Reason is null).Select(member => member.OrganizationId), order.Group);
        return order.TargetUpdates ?? Math.Max(order.MinUpdates, counts.Sum(part => (long)part.Count));
    }

    private async Task<OrganizationForecast> ForecastAsync(RunMember member, int rounds, double cost)
    {
        var forecast = new OrganizationForecast { OrganizationId = member.OrganizationId, OrganizationName = member.Name, Reason = member.Reason };

        if (await grains.GetOrganizationPrivacy(member.OrganizationId).GetPrivacyAsync() is not { Settings.PrivacyBudget: { } budget } privacy)
        {
            return forecast;
        }

        var delta = privacy.Settings.Delta;
        var left = (long)Math.Max(0, Math.Floor(((privacy.Budget * (1 + 1e-12)) - privacy.Spent - privacy.Reserved) / cost));

        if (privacy.Settings.MaxParticipations is { } most)
        {
            left = Math.Min(left, Math.Max(0, most - privacy.MostParticipations - privacy.OpenReservations));
        }

        return forecast with
        {
            PrivacyBudget = budget,
            Delta = delta,
            EpsilonPerRound = GaussianPrivacy.Epsilon(Math.Sqrt(cost), delta),
            EpsilonAfterRun = GaussianPrivacy.Epsilon(Math.Sqrt(privacy.Spent + privacy.Reserved + (Math.Min(rounds, left) * cost)), delta),
            RoundsLeft = left,
        };
    }
}
