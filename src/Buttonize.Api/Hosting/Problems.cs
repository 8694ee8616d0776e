using Buttonize.Api.Access;
using Buttonize.Api.Limits;
using Buttonize.Api.Trust;

namespace Buttonize.Api.Hosting;

/// <summary>Every refusal and fault of the HTTP interface, one member per code.</summary>
internal static class Problems
{
    /// <summary>How soon a caller should come back after a passing fault of storage or of STS.</summary>
    private const int SoonSeconds = 2;

    public static Problem ValidationFailed(IReadOnlyDictionary<string, string[]> errors) =>
        new(
            400,
            "validation_failed",
            "Some members are not valid; 'errors' names each and says how to mend it."
        )
        {
            Errors = errors,
        };

    public static Problem ValidationFailed(string member, string message) =>
        ValidationFailed(
            new Dictionary<string, string[]>(StringComparer.Ordinal) { [member] = [message] }
        );

    public static Problem MalformedJson(string detail) => new(400, "malformed_json", detail);

    public static Problem InvalidCursor() =>
        ValidationFailed(
            "cursor",
            "Send the 'nextCursor' of this same list unchanged, or leave 'cursor' out to start anew."
        );

    public static Problem Unauthenticated() =>
        new(
            401,
            "unauthenticated",
            "Send 'Authorization: Bearer' with a valid access token of the configured OpenID provider, or a valid API key. "
                + "ID tokens, expired tokens and deleted or mistyped keys are refused."
        );

    public static Problem WrongPrincipal() =>
        new(
            403,
            "wrong_principal",
            "This call is for the other kind of caller: people's routes take an access token, deployments' routes an API key."
        );

    public static Problem Forbidden(Permission permissions) =>
        new(
            403,
            "forbidden",
            $"This needs the permission '{string.Join("' and '", permissions.Single().Select(p => p.Wire()))}' in the organization; ask its owner for it."
        );

    public static Problem OwnerOnly() =>
        new(
            403,
            "forbidden",
            "Only the owner of the organization may do this; 'ownerId' of the organization says who that is."
        );

    public static Problem OwnerUntouchable() =>
        new(
            403,
            "forbidden",
            "The owner of an organization cannot be suspended or removed and cannot leave, and nobody else changes the owner's groups; the owner has to make another member the owner first."
        );

    public static Problem BeyondOwnRights(IReadOnlyList<string> lacking) =>
        new(
            403,
            "forbidden",
            $"This would give what you do not have yourself: {string.Join(", ", lacking)}. Leave that out, or ask the owner."
        );

    public static Problem EmailNotVerified() =>
        new(
            403,
            "forbidden",
            "Invitations are accepted with a verified e-mail address: let your OpenID provider verify yours, and sign in again with the scope 'email'."
        );

    public static Problem InvitationVoid() =>
        new(
            403,
            "forbidden",
            "This invitation does not hold any more: whoever sent it may not give its groups now, your membership was ended or changed after it was sent, or the organization is suspended. Ask the organization for a new one."
        );

    public static Problem MemberSuspended(string reason) =>
        new(
            403,
            "member_suspended",
            $"Your membership of this organization is suspended: {reason}. Whoever manages its members can lift that; ask them."
        );

    public static Problem OrganizationSuspended(string reason) =>
        new(
            403,
            "organization_suspended",
            $"The operator of this control plane has suspended the organization: {reason}. Nobody in it can use or change anything until the operator lifts that; ask the operator."
        );

    public static Problem OperatorOnly() =>
        new(
            403,
            "forbidden",
            "The operator of this control plane has suspended this, and only the operator can change or lift that; ask the operator."
        );

    public static Problem SuspendedSomewhere(OrganizationId organization, string reason) =>
        new(
            403,
            "member_suspended",
            $"You are suspended in the organization '{organization}': {reason}. Ask whoever manages its members to lift that or to remove you, and repeat the call."
        );

    public static Problem NotFound() =>
        new(
            404,
            "not_found",
            "There is no such thing, or you may not see it. Check the ids in the URL and who you are signed in as."
        );

    public static Problem MethodNotAllowed() =>
        new(
            405,
            "method_not_allowed",
            "This URL does not take this method; the 'Allow' header lists those it takes."
        );

    public static Problem PayloadTooLarge(int limit) =>
        new(413, "payload_too_large", $"The body is larger than {limit / 1024} KiB; send less.");

    public static Problem RequestTimeout() =>
        new(
            408,
            "request_timeout",
            "The body did not arrive in time; send it whole, and over a faster connection."
        );

    public static Problem UnsupportedMediaType() =>
        new(
            415,
            "unsupported_media_type",
            "Send the body as UTF-8 JSON with 'Content-Type: application/json'."
        );

    public static Problem AppNotVerified(Verification verification) =>
        new(
            409,
            "app_not_verified",
            $"The role's trust policy is not proven (status '{verification.Status.Wire()}': {verification.Reason}), so it is not used. "
                + "The app's 'verification' says what was found and how to mend it; whoever deploys the app has to."
        );

    public static Problem AppSuspended(string reason) =>
        new(
            409,
            "app_suspended",
            $"The app is suspended, so no sessions are issued: {reason}. Whoever manages the organization's apps can lift that."
        );

    public static Problem OrganizationNotEmpty() =>
        new(
            409,
            "organization_not_empty",
            "The organization still has apps; delete them with DELETE /v1/apps/{appId}, or the stacks that deployed them, first."
        );

    public static Problem OwnsOrganizations() =>
        new(
            409,
            "owns_organizations",
            "You own organizations, which nobody could manage without you; give each to another member, or delete it, first."
        );

    public static Problem PersonErased() =>
        new(
            409,
            "person_erased",
            "You were erased here a moment ago. Repeat the call to begin as somebody new."
        );

    public static Problem NameTaken() =>
        new(
            409,
            "name_taken",
            "Another group of the organization has this name (letter case does not count); choose another."
        );

    public static Problem DefaultGroup() =>
        new(
            409,
            "default_group",
            "The groups that every organization has cannot be changed or deleted; make a group of your own."
        );

    public static Problem RequestInProgress() =>
        new(
            409,
            "request_in_progress",
            "The first request with this Idempotency-Key is still at work. Send the same again after 'Retry-After' seconds."
        )
        {
            RetryAfterSeconds = SoonSeconds,
        };

    public static Problem TrustCheckFailed(ProofResult found) =>
        new(
            422,
            "trust_check_failed",
            "The role can be assumed without its External ID, so it is not safe from being used for somebody else. Nothing is registered or replaced, and no "
                + "app of this organization uses the role until it is mended. 'checks' says what was found and the statement to use; mend the role's trust policy, and deploy again."
        )
        {
            Checks = found.Checks,
            MissingActions = found.MissingActions,
        };

    public static Problem RoleRefused(string? missingAction) =>
        new(
            409,
            "role_refused",
            missingAction is null
                ? "AWS STS refused to assume the execution role. Check that the role exists and that its trust policy allows the "
                    + "control plane's account sts:AssumeRole under the registered External ID, and sts:TagSession and sts:SetSourceIdentity."
                : $"AWS STS refused to assume the execution role for lack of '{missingAction}'. Allow the control plane's account "
                    + $"'{missingAction}' in the role's trust policy, in a statement without the External ID condition."
        );

    public static Problem StsRegionDisabled() =>
        new(
            409,
            "sts_region_disabled",
            "AWS STS is not activated for the account in the control plane's Region. Activate it in IAM's account settings."
        );

    public static Problem SessionTooLarge() =>
        new(
            409,
            "session_too_large",
            "The session's tags and policy together exceed what AWS STS packs into a session. Register fewer function ARNs, "
                + "or turn 'restrictSessionToFunctions' off."
        );

    public static Problem VersionMismatch() =>
        new(
            412,
            "version_mismatch",
            "The thing has changed since it was read. Read it again, and repeat the change with its new ETag."
        );

    public static Problem IdempotencyKeyReused() =>
        new(
            422,
            "idempotency_key_reused",
            "This Idempotency-Key was used in the last 24 hours with another body, or for an app that is deleted by now. Use a new key."
        );

    public static Problem Internal() =>
        new(
            500,
            "internal_error",
            "Something is wrong with the control plane itself. Report the 'traceId' to its operator."
        );

    public static Problem StsUnavailable() =>
        Soon(
            "sts_unavailable",
            "AWS STS did not answer in time or failed. Try again after 'Retry-After' seconds."
        );

    public static Problem StsThrottled() =>
        Soon(
            "sts_throttled",
            "AWS STS is throttling the control plane. Try again after 'Retry-After' seconds."
        );

    public static Problem StorageUnavailable() =>
        Soon(
            "storage_unavailable",
            "The control plane's table did not answer in time or failed. Try again after 'Retry-After' seconds."
        );

    public static Problem IdentityProviderUnavailable() =>
        Soon(
            "identity_provider_unavailable",
            "The OpenID provider's keys could not be fetched, so no token can be checked. Try again after 'Retry-After' seconds."
        );

    public static Problem RateLimited(LimitReached reached) =>
        new(
            429,
            "rate_limited",
            $"{reached.Words}. Try again after 'Retry-After' seconds, and less often."
        )
        {
            RetryAfterSeconds = Math.Max(1, (int)Math.Ceiling(reached.RetryAfter.TotalSeconds)),
        };

    public static Problem ControlPlaneCredentials() =>
        new(
            503,
            "control_plane_credentials",
            "The control plane's own AWS credentials are missing, expired or refused; its operator must renew them. Try again later."
        )
        {
            RetryAfterSeconds = 30,
        };

    /// <summary>The problem of a status that the framework answered with, without a body.</summary>
    public static Problem OfStatus(int status) =>
        status switch
        {
            StatusCodes.Status401Unauthorized => Unauthenticated(),
            // The only bare 403 is that of the policies for the two kinds of caller.
            StatusCodes.Status403Forbidden => WrongPrincipal(),
            StatusCodes.Status404NotFound => NotFound(),
            StatusCodes.Status405MethodNotAllowed => MethodNotAllowed(),
            StatusCodes.Status413PayloadTooLarge => PayloadTooLarge(Body<object>.MaximumBytes),
            StatusCodes.Status415UnsupportedMediaType => UnsupportedMediaType(),
            < 500 => new Problem(
                status,
                "bad_request",
                "The request could not be served; check it against /docs."
            ),
            _ => Internal(),
        };

    private static Problem Soon(string code, string detail) =>
        new(503, code, detail) { RetryAfterSeconds = SoonSeconds };
}
