namespace Octomil.Organizations;

/// <summary>POST /orgs/{org}/members: an invitation.</summary>
public sealed record InviteMemberRequest
{
    public required string Email { get; init; }

    /// <summary>One of <see cref="Roles"/>.</summary>
    public required string Role { get; init; }
    public string? Name { get; init; }
}

/// <summary>PUT /orgs/{org}/members/{member}.</summary>
public sealed record ChangeMemberRequest
{
    public required string Role { get; init; }
}

/// <summary>A person of an organization. <see cref="Invitation"/> is present only in the answer that made it.</summary>
public sealed record MemberResponse
{
    public required string Id { get; init; }
    public required string Email { get; init; }
    public string? Name { get; init; }
    public required string Role { get; init; }

    /// <summary><c>active</c>, <c>invited</c>, or <c>expired</c>: an invitation that was not taken up in time.</summary>
    public required string Status { get; init; }
    public required DateTimeOffset InvitedAt { get; init; }
    public DateTimeOffset? JoinedAt { get; init; }

    /// <summary>When the invitation, or the reset of the password, ends.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The invitation itself, for the person; whoever has it can take it up, once.</summary>
    public string? Invitation { get; init; }
}

/// <summary>GET /orgs/{org}/members.</summary>
public sealed record MemberList
{
    public required IReadOnlyList<MemberResponse> Members { get; init; }
}

/// <summary>GET /auth/methods: how people sign in here.</summary>
public sealed record SignInMethods
{
    public required bool Password { get; init; }
    public OidcMethod? Oidc { get; init; }
}

/// <summary>The identity provider. A client gets an ID token there, by whichever flow it likes, and gives it to POST /auth/sso.</summary>
public sealed record OidcMethod
{
    public required string Authority { get; init; }
    public required string ClientId { get; init; }
    public required string Scope { get; init; }
}

/// <summary>POST /auth/sign-in.</summary>
public sealed record SignInRequest
{
    public required string Email { get; init; }
    public required string Password { get; init; }

    /// <summary>Needed where the address and password are good in several organizations.</summary>
    public string? OrgId { get; init; }
}

/// <summary>POST /auth/sso.</summary>
public sealed record SsoRequest
{
    public required string IdToken { get; init; }

    /// <summary>Takes an invitation up on the way; it must be for the token's address.</summary>
    public string? Invitation { get; init; }
    public string? OrgId { get; init; }
}

/// <summary>POST /auth/invitations/accept: joins, or sets a new password, with the invitation alone.</summary>
public sealed record AcceptInvitationRequest
{
    public required string Invitation { get; init; }
    public required string Password { get; init; }
    public string? Name { get; init; }
}

/// <summary>POST /auth/refresh, and POST /devices/token/refresh.</summary>
public sealed record RefreshRequest
{
    public required string RefreshToken { get; init; }
}

/// <summary>A person's session: a short-lived token to send as the bearer, and the one to get the next pair with, good for one use.</summary>
public sealed record SessionResponse
{
    public required string AccessToken { get; init; }
    public required string RefreshToken { get; init; }

    /// <summary>Seconds that the access token is good for.</summary>
    public required int ExpiresIn { get; init; }
    public required string OrgId { get; init; }
    public required string OrgName { get; init; }
    public required string Email { get; init; }
    public required string Role { get; init; }
}

/// <summary>DELETE /auth/session.</summary>
public sealed record SignedOutResponse
{
    public required string Status { get; init; }
}
