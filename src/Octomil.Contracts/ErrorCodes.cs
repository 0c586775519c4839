namespace Octomil;

/// <summary>The stable <c>code</c> of every problem document. Codes are added, never renamed.</summary>
public static class ErrorCodes
{
    public const string Unauthorized = "unauthorized";
    public const string MissingScope = "missing_scope";
    public const string WrongCredentials = "wrong_credentials";
    public const string TooManyAttempts = "too_many_attempts";
    public const string RateLimited = "rate_limited";
    public const string WrongDevice = "wrong_device";
    public const string OrganizationRequired = "organization_required";
    public const string InvitationOver = "invitation_over";
    public const string OwnersOnly = "owners_only";
    public const string LastOwner = "last_owner";
    public const string AlreadyMember = "already_member";
    public const string NotFound = "not_found";
    public const string NameTaken = "name_taken";
    public const string InvalidRequest = "invalid_request";
    public const string MethodNotAllowed = "method_not_allowed";
    public const string InvalidWeights = "invalid_weights";
    public const string TooLarge = "too_large";
    public const string UnsupportedFormat = "unsupported_format";
    public const string NotOwner = "not_owner";
    public const string NotMember = "not_member";
    public const string WrongStatus = "wrong_status";
    public const string MembersActive = "members_active";
    public const string DeviceRevoked = "device_revoked";
    public const string NotSelected = "not_selected";
    public const string OrganizationSuspended = "organization_suspended";
    public const string RoundNotOpen = "round_not_open";
    public const string WrongKind = "wrong_kind";
    public const string TooFewRows = "too_few_rows";
    public const string RunInProgress = "run_in_progress";
    public const string NoRun = "no_run";
    public const string FederationRequired = "federation_required";
    public const string VersionExists = "version_exists";
    public const string UnknownVersion = "unknown_version";
    public const string VersionDeprecated = "version_deprecated";
    public const string RolloutInProgress = "rollout_in_progress";
    public const string RolloutOver = "rollout_over";
    public const string RolloutStatus = "rollout_status";
    public const string NothingToRollBackTo = "nothing_to_roll_back_to";
    public const string ExperimentInProgress = "experiment_in_progress";
    public const string ExperimentStatus = "experiment_status";
    public const string ExperimentOver = "experiment_over";
    public const string NotEnrolled = "not_enrolled";
    public const string NoWinner = "no_winner";
    public const string LimitReached = "limit_reached";
    public const string VersionInUse = "version_in_use";
    public const string RoundStillOpen = "round_still_open";
    public const string PrivacyEpoch = "privacy_epoch";
    public const string PrivacyBudget = "privacy_budget";
    public const string PrivacyRequired = "privacy_required";
    public const string Busy = "busy";
    public const string NotDurable = "not_durable";
    public const string Unavailable = "unavailable";
    public const string InternalError = "internal_error";
}
