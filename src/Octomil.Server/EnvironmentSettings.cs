namespace Octomil.Server;

/// <summary>Short environment names for the settings that everybody needs.</summary>
internal static class EnvironmentSettings
{
    /// <summary><c>OCTOMIL_DATA</c>: the data folder. <c>OCTOMIL_DATABASE</c>: a cluster's database. <c>OCTOMIL_BOOTSTRAP_KEY</c>: the first administrator's key.</summary>
    public static IConfigurationBuilder AddOctomilEnvironment(this IConfigurationBuilder configuration)
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal);
        Map("OCTOMIL_DATA", "Octomil:Storage:DataFolder");
        Map("OCTOMIL_DATABASE", "Octomil:Cluster:ConnectionString");
        Map("OCTOMIL_BOOTSTRAP_KEY", "Octomil:Bootstrap:Key");
        return configuration.AddInMemoryCollection(settings);

        void Map(string variable, string setting)
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value)
            {
                settings[setting] = value;
            }
        }
    }
}
