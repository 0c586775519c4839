namespace Octomil.Organizations;

/// <summary>POST /organizations (operators only). A name that exists, whatever its case, is refused with name_taken.</summary>
public sealed record CreateOrganizationRequest
{
    public required string Name { get; init; }
}

/// <summary>A new organization with its first administrator's key, which is shown this once.</summary>
public sealed record CreateOrganizationResponse
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string ApiKey { get; init; }
}

/// <summary>GET /organizations/current: the organization of the key.</summary>
public sealed record OrganizationResponse
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public IReadOnlyList<string> Scopes { get; init; } = [];
}

/// <summary>POST /api-keys.</summary>
public sealed record CreateApiKeyRequest
{
    public required string Name { get; init; }
    public IReadOnlyList<string> Scopes { get; init; } = [];
    public string? OrgId { get; init; }

    /// <summary>From then on the key is refused; absent: it is valid until it is revoked.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>One API key. <see cref="ApiKey"/> is the secret, present only in the answer that created it.</summary>
public sealed record ApiKeyResponse
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Prefix { get; init; }
    public IReadOnlyList<string> Scopes { get; init; } = [];
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was last used; absent: never.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }
    public string? ApiKey { get; init; }
}

/// <summary>GET /api-keys.</summary>
public sealed record ApiKeyList
{
    public required IReadOnlyList<ApiKeyResponse> ApiKeys { get; init; }
}
