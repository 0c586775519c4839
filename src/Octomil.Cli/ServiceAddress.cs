namespace Octomil;

/// <summary>Which service a command talks to, and as whom.</summary>
internal sealed record ServiceAddress(Uri ApiBase, string? ApiKey)
{
    /// <summary>A person's session, where there is no key.</summary>
    public Credentials? Session { get; init; }

    public const string Default = "http://127.0.0.1:5080";

    /// <summary>Options come before variables, variables before the credentials file.</summary>
    public static ServiceAddress Find(string? apiBaseOption, CommandEnvironment environment)
    {
        var baseVariable = NullIfEmpty(environment.Variable("OCTOMIL_API_BASE"));
        var keyVariable = NullIfEmpty(environment.Variable("OCTOMIL_API_KEY"));
        var explicitBase = apiBaseOption ?? baseVariable;

        var stored = explicitBase is not null && keyVariable is not null ? null : Credentials.Read(environment.HomeFolder);
        return new ServiceAddress(ParseBase(explicitBase ?? stored?.ApiBase ?? Default), keyVariable ?? stored?.ApiKey)
        {
            Session = keyVariable is null && stored is { ApiKey: null, RefreshToken: not null, AccessToken: not null, ApiBase: not null } ? stored : null,
        };
    }

    public static Uri ParseBase(string text)
    {
        var trimmed = text.Trim().TrimEnd('/');
        trimmed = trimmed.EndsWith("/api/v1", StringComparison.Ordinal) ? trimmed[..^"/api/v1".Length] : trimmed;
        if (!Uri.TryCreate(trimmed, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            throw CommandFailureException.Usage(
                $"'{text}' is not the address of a service.", $"give --api-base (or OCTOMIL_API_BASE) like {Default} or https://octomil.example.org");
        }

        return uri;
    }

    private static string? NullIfEmpty(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();
}
