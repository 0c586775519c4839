using Octomil.Client.Tables;

namespace Octomil.Client;

/// <summary>Opens data sources. The package Octomil.Client.Training has one for tables and folders of images.</summary>
public interface ILocalTrainerFactory
{
    /// <summary>Opens a data source and checks that it can be read.</summary>
    /// <param name="data">A file or a folder.</param>
    /// <param name="targetColumn">The column to predict; null where the data source or the model knows it.</param>
    /// <exception cref="DataException">The data source is missing, cannot be read, or is of an unknown kind.</exception>
    ILocalTrainer Create(string data, string? targetColumn);
}
