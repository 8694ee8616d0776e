using Buttonize.Api.Access;
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
        return builder;
    }

    /// <summary>Maps <c>…/apps/{appId}/credentials</c>.</summary>
    public static WebApplication MapSessions(this WebApplication app)
    {
        var credentials = app.MapGroup(
                "/v1/organizations/{organizationId:id}/apps/{appId:id}/credentials"
            )
            .RequirePerson()
            .WithTags("Credentials")
            .WithMetadata(CredentialsCounter.Counted)
            .AddEndpointFilter(NeverStored);
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
        OrganizationId organizationId,
        AppId appId,
        Person person,
        Body<CredentialsRequest> body,
        SessionBroker broker,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var localDevelopment = body.Value.LocalDevelopment ?? false;
        var outcome = await broker.IssueAsync(
            person,
            organizationId,
            appId,
            localDevelopment,
            cancellationToken
        );
        return Answer(outcome, session => CredentialsResponse.Of(session, time.GetUtcNow()));
    }

    private static async Task<
        Results<Ok<ProcessCredentialsResponse>, Problem>
    > IssueForProcessAsync(
        OrganizationId organizationId,
        AppId appId,
        Person person,
        LocalDevelopmentQuery query,
        SessionBroker broker,
        CancellationToken cancellationToken
    )
    {
        var outcome = await broker.IssueAsync(
            person,
            organizationId,
            appId,
            query.LocalDevelopment,
            cancellationToken
        );
        return Answer(outcome, ProcessCredentialsResponse.Of);
    }

    private static async Task<
        Results<Ok<ContainerCredentialsResponse>, Problem>
    > IssueForContainerAsync(
        OrganizationId organizationId,
        AppId appId,
        Person person,
        LocalDevelopmentQuery query,
        SessionBroker broker,
        CancellationToken cancellationToken
    )
    {
        var outcome = await broker.IssueAsync(
            person,
            organizationId,
            appId,
            query.LocalDevelopment,
            cancellationToken
        );
        return Answer(outcome, ContainerCredentialsResponse.Of);
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
            SessionOutcome.NoSuchApp => Problems.NotFound(),
            SessionOutcome.NotVerified { Status: var status } => Problems.AppNotVerified(
                Apps.AppRegistry.Wire(status)
            ),
            SessionOutcome.Refused { By: var by } => by.Why switch
            {
                AssumeRoleRefusal.RoleRefused => Problems.RoleRefused(by.MissingAction),
                AssumeRoleRefusal.RegionDisabled => Problems.StsRegionDisabled(),
                AssumeRoleRefusal.SessionTooLarge => Problems.SessionTooLarge(),
                AssumeRoleRefusal.Throttled => Problems.StsThrottled(),
                AssumeRoleRefusal.ControlPlaneCredentials => Problems.ControlPlaneCredentials(),
                _ => Problems.StsUnavailable(),
            },
            _ => Problems.Internal(),
        };

    private static async ValueTask<object?> NeverStored(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    )
    {
        context.HttpContext.Response.Headers.CacheControl = "no-store";
        return await next(context);
    }
}
