using Buttonize.Api.Access;
using Buttonize.Api.Audit;
using Buttonize.Api.Aws;
using Buttonize.Api.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Buttonize.Api.Sessions;

/// <summary>The main call, in the three formats that its callers read.</summary>
internal static class SessionEndpoints
{
    /// <summary>Adds the use flow.</summary>
    public static WebApplicationBuilder AddSessions(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<SessionBroker>();
        builder.Services.AddSingleton<RefusedRoles>();
        return builder;
    }

    /// <summary>Maps <c>…/apps/{appId}/credentials</c>.</summary>
    public static WebApplication MapSessions(this WebApplication app)
    {
        var credentials = app.MapGroup(
                "/v1/organizations/{organizationId:id}/apps/{appId:id}/credentials"
            )
            .RequirePerson()
            .RequireUseOfApp()
            .WithTags("Credentials")
            .WithMetadata(CredentialsCounter.Counted);
        credentials.MapPost("", IssueAsync).WithSummary("15 minutes of the app's execution role");
        credentials
            .MapGet("/process", IssueForProcessAsync)
            .WithSummary("The same, as the 'credential_process' document of AWS SDKs and CLI");
        credentials
            .MapGet("/container", IssueForContainerAsync)
            .WithSummary(
                "The same, as the container credential provider's document of AWS SDKs and CLI"
            );
        return app;
    }

    private static async Task<Results<Ok<CredentialsResponse>, Problem>> IssueAsync(
        [AsParameters] SessionCall call,
        Body<CredentialsRequest> body,
        TimeProvider time
    ) =>
        Answer(
            await call.IssueAsync(body.Value.LocalDevelopment ?? false),
            session => CredentialsResponse.Of(session, time.GetUtcNow())
        );

    private static async Task<
        Results<Ok<ProcessCredentialsResponse>, Problem>
    > IssueForProcessAsync([AsParameters] SessionCall call, LocalDevelopmentQuery query) =>
        Answer(await call.IssueAsync(query.LocalDevelopment), ProcessCredentialsResponse.Of);

    private static async Task<
        Results<Ok<ContainerCredentialsResponse>, Problem>
    > IssueForContainerAsync([AsParameters] SessionCall call, LocalDevelopmentQuery query) =>
        Answer(await call.IssueAsync(query.LocalDevelopment), ContainerCredentialsResponse.Of);

    /// <summary>What the three formats ask for alike.</summary>
    private readonly record struct SessionCall(
        AccessGrant Grant,
        Person Person,
        SessionBroker Broker,
        HttpContext Context,
        CancellationToken CancellationToken
    )
    {
        public Task<SessionOutcome> IssueAsync(bool localDevelopment) =>
            Broker.IssueAsync(
                Person,
                Grant,
                localDevelopment,
                ClientDetails.Of(
                    Context.Connection.RemoteIpAddress,
                    Context.Request.Headers.UserAgent
                ),
                CancellationToken
            );
    }

    private static Results<Ok<T>, Problem> Answer<T>(
        SessionOutcome outcome,
        Func<Session, T> format
    ) =>
        outcome is SessionOutcome.Issued issued
            ? TypedResults.Ok(format(issued.Session))
            : ProblemOf(outcome);

    private static Problem ProblemOf(SessionOutcome outcome) =>
        outcome switch
        {
            SessionOutcome.NotAllowed { Refusal: var refusal } => refusal.ToProblem(),
            SessionOutcome.NotVerified { Verification: var verification } =>
                Problems.AppNotVerified(verification),
            SessionOutcome.Suspended { Suspension.Reason: var reason } => Problems.AppSuspended(
                reason
            ),
            SessionOutcome.Refused { By: var by } => by.Why switch
            {
                AssumeRoleRefusal.RoleRefused => Problems.RoleRefused(by.MissingAction),
                AssumeRoleRefusal.RegionDisabled => Problems.StsRegionDisabled(),
                AssumeRoleRefusal.SessionTooLarge => Problems.SessionTooLarge(),
                AssumeRoleRefusal.Throttled => Problems.StsThrottled(),
                AssumeRoleRefusal.ControlPlaneCredentials => Problems.ControlPlaneCredentials(),
                AssumeRoleRefusal.RateLimited => Problems.RateLimited(by.Limit!),
                _ => Problems.StsUnavailable(),
            },
            _ => Problems.Internal(),
        };
}
