using Octomil.Client.Tables;
using Octomil.Learning.Architectures;

namespace Octomil.Client.Training.Tables;

/// <summary>Which column of a table is which feature of the architecture.</summary>
internal sealed class TableColumns
{
    private TableColumns(IReadOnlyList<TableFeature> features, TableTarget target, IReadOnlyList<string> extra) =>
        (Features, Target, Extra) = (features, target, extra);

    /// <summary>The architecture's features in their order, the ones that the table lacks included.</summary>
    public IReadOnlyList<TableFeature> Features { get; }

    public TableTarget Target { get; }

    /// <summary>Columns that the architecture does not use.</summary>
    public IReadOnlyList<string> Extra { get; }

    /// <summary>Finds the columns by the header.</summary>
    /// <exception cref="DataException">The target is missing, or none of the features is there.</exception>
    public static TableColumns Bind(DelimitedReader reader, Architecture architecture, string targetName)
    {
        var target = reader.IndexOf(targetName);
        if (target < 0)
        {
            throw DataException.NoColumn(reader, targetName, "target column");
        }

        var features = new List<TableFeature>();
        foreach (var feature in architecture.Features)
        {
            features.Add(new TableFeature(feature.Name, reader.IndexOf(feature.Name), CatalogArchitecture.CategoriesOf(feature), CatalogArchitecture.MissingOf(feature)));
        }

        if (features.TrueForAll(feature => feature.Column < 0))
        {
            throw DataException.NoColumn(reader, features[0].Name, "column of the model's features, such as");
        }

        var used = features.Select(feature => feature.Column).Append(target).ToHashSet();
        var extra = reader.Header.Where((_, column) => !used.Contains(column)).ToArray();
        return new TableColumns(features, new TableTarget(targetName, target, CatalogArchitecture.ClassesOf(architecture)), extra);
    }
}
