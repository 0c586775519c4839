namespace Octomil.Client.Rounds;

/// <summary>A model this device trains, and with what.</summary>
/// <param name="Name">The model's name or id.</param>
/// <param name="Trainer">Trains it on this device's data.</param>
/// <param name="TargetColumn">The column to predict, where the caller named one.</param>
internal sealed record LocalModel(string Name, ILocalTrainer Trainer, string? TargetColumn);
