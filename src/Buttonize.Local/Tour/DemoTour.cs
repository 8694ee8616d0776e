using System.Text.Json.Nodes;
using Buttonize.Local.Aws;
using Buttonize.Local.OpenId;
using Buttonize.Local.Stack;
using static Buttonize.Local.Tour.ControlPlaneClient;

namespace Buttonize.Local.Tour;

/// <summary>What the tour left behind, for whoever goes on from there.</summary>
internal sealed record TourResult(string OrganizationId, string AppId);

/// <summary>
/// The two flows of the product, played through public HTTP only: a customer's deployment registers an app, and a person
/// gets a session for it and calls Lambda.
/// </summary>
internal sealed class DemoTour(
    LocalEnvironment environment,
    Transcript transcript,
    TimeProvider time
) : IDisposable
{
    private readonly ControlPlaneClient _controlPlane = new(transcript);
    private readonly LocalAwsClient _aws = new(environment.LocalAws);

    /// <summary>Plays all steps.</summary>
    /// <exception cref="TourFailedException">A step did not go as it should.</exception>
    public async Task<TourResult> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var ada = await SignInAsync(DemoPerson.Ada, cancellationToken);
            var (organizationId, apiKey) = await SetUpAsync(ada, cancellationToken);
            var externalId = await DeployAsync(apiKey, cancellationToken);
            var appId = await RegisterAsync(apiKey, externalId, cancellationToken);
            var result = new TourResult(organizationId, appId);

            transcript.Step(
                "Ada presses the button: her browser asks for a session of the app's role"
            );
            var session = await SendAsync(
                new Call(HttpMethod.Post, Url(CredentialsPath(result)), "ada", ada) { Body = [] },
                200,
                cancellationToken
            );
            await InvokeAsync(session, cancellationToken);
            var grace = await ShowRefusalsAsync(session, result, cancellationToken);
            await new ColleagueTour(_controlPlane, transcript, environment.ControlPlane).PlayAsync(
                ada,
                grace,
                result,
                cancellationToken
            );
            transcript.Step(
                "What the customer sees in CloudTrail: the session, and whom it was for"
            );
            await new TrailView(_aws, transcript).ShowAsync(
                Member(session, "sourceIdentity"),
                cancellationToken
            );
            return result;
        }
        catch (Exception exception)
            when (exception is TourFailedException or LocalAwsException or HttpRequestException
                || (
                    exception is OperationCanceledException
                    && !cancellationToken.IsCancellationRequested
                )
            )
        {
            throw new TourFailedException(
                $"Step \"{transcript.CurrentStep}\" failed: {exception.Message}"
            );
        }
    }

    /// <summary>The path of the main call.</summary>
    public static string CredentialsPath(TourResult result) =>
        $"v1/organizations/{result.OrganizationId}/apps/{result.AppId}/credentials";

    public void Dispose()
    {
        _controlPlane.Dispose();
        _aws.Dispose();
    }

    private async Task<string> SignInAsync(DemoPerson person, CancellationToken cancellationToken)
    {
        transcript.Step($"{person.Name} signs in");
        var token = await TokenAsync(person, cancellationToken);
        await SendAsync(
            new Call(HttpMethod.Get, Url("v1/me"), person.UserName, token),
            200,
            cancellationToken
        );
        return token;
    }

    private Task<string> TokenAsync(DemoPerson person, CancellationToken cancellationToken) =>
        _controlPlane.SignInAsync(
            new Uri(environment.OpenId, OpenIdProvider.TokenPath),
            new Dictionary<string, string>
            {
                ["grant_type"] = "password",
                ["client_id"] = OpenIdProvider.ClientId,
                ["username"] = person.UserName,
                ["password"] = person.Password,
            },
            cancellationToken
        );

    private async Task<(string OrganizationId, string ApiKey)> SetUpAsync(
        string ada,
        CancellationToken cancellationToken
    )
    {
        transcript.Step("Ada creates an organization, and an API key for its deployments");
        var organization = await SendAsync(
            new Call(HttpMethod.Post, Url("v1/organizations"), "ada", ada)
            {
                Body = new JsonObject { ["name"] = "Demo company" },
            },
            201,
            cancellationToken
        );
        var organizationId = Member(organization, "organizationId");
        var key = await SendAsync(
            new Call(
                HttpMethod.Post,
                Url($"v1/organizations/{organizationId}/api-keys"),
                "ada",
                ada
            )
            {
                Body = new JsonObject { ["name"] = "deployments" },
            },
            201,
            cancellationToken
        );
        return (organizationId, Member(key, "apiKey"));
    }

    private async Task<string> DeployAsync(string apiKey, CancellationToken cancellationToken)
    {
        transcript.Step(
            $"The customer's deployment creates the role in its own account, {CustomerAccount.AccountId}"
        );
        transcript.Say(
            "The External ID comes from the control plane; the role's trust policy demands it."
        );
        var answer = await SendAsync(
            new Call(HttpMethod.Post, Url("v1/external-ids"), "the API key", apiKey) { Body = [] },
            201,
            cancellationToken
        );
        var externalId = Member(answer, "externalId");
        await PutAsync(
            "_local/functions",
            CustomerAccount.Function(CustomerAccount.Discounts),
            cancellationToken
        );
        await PutAsync(
            "_local/functions",
            CustomerAccount.Function(CustomerAccount.Payroll),
            cancellationToken
        );
        var role = CustomerAccount.Role(externalId);
        await PutAsync("_local/roles", role, cancellationToken);
        return externalId;
    }

    private async Task<string> RegisterAsync(
        string apiKey,
        string externalId,
        CancellationToken cancellationToken
    )
    {
        transcript.Step("The deployment registers the app; the control plane checks and keeps it");
        var app = await SendAsync(
            new Call(HttpMethod.Post, Url("v1/apps?wait=20"), "the API key", apiKey)
            {
                IdempotencyKey = $"demo-{Guid.NewGuid():N}",
                Body = new JsonObject
                {
                    ["name"] = "Discount codes",
                    ["description"] = "Hands out discount codes",
                    ["stage"] = "production",
                    ["tags"] = new JsonArray("support"),
                    ["executionRoleArn"] = CustomerAccount.RoleArn,
                    ["externalId"] = externalId,
                    ["region"] = LocalEnvironment.Region,
                    ["functionArns"] = new JsonArray(
                        CustomerAccount.FunctionArn(CustomerAccount.Discounts)
                    ),
                },
            },
            201,
            cancellationToken
        );
        var verification = Member(app, "verification", "status");
        return verification == "verified"
            ? Member(app, "appId")
            : throw new TourFailedException(
                $"the app's verification is \"{verification}\" instead of \"verified\""
            );
    }

    private async Task InvokeAsync(JsonObject session, CancellationToken cancellationToken)
    {
        transcript.Step(
            "With that session, the browser calls Lambda itself: the control plane sees none of it"
        );
        var (status, errorType, body) = await InvokeAsync(
            session,
            CustomerAccount.Discounts,
            cancellationToken
        );
        if (status != 200 || errorType is not null)
        {
            throw new TourFailedException($"Lambda answered {status} {errorType}: {body}");
        }
    }

    private async Task<string> ShowRefusalsAsync(
        JsonObject session,
        TourResult result,
        CancellationToken cancellationToken
    )
    {
        transcript.Step(
            "What is refused: a function that the role does not allow, and a person who is no member"
        );
        var (status, errorType, body) = await InvokeAsync(
            session,
            CustomerAccount.Payroll,
            cancellationToken
        );
        if (status != 403 || errorType != "AccessDeniedException")
        {
            throw new TourFailedException(
                $"Lambda answered {status} {errorType} instead of 403 AccessDeniedException: {body}"
            );
        }

        var grace = await TokenAsync(DemoPerson.Grace, cancellationToken);
        await SendAsync(
            new Call(HttpMethod.Post, Url(CredentialsPath(result)), "grace", grace) { Body = [] },
            404,
            cancellationToken
        );
        return grace;
    }

    private async Task<(int Status, string? ErrorType, string Body)> InvokeAsync(
        JsonObject session,
        string function,
        CancellationToken cancellationToken
    )
    {
        var payload = new JsonObject { ["campaign"] = "spring" };
        var keys = new AwsKeys(
            Member(session, "credentials", "accessKeyId"),
            Member(session, "credentials", "secretAccessKey"),
            Member(session, "credentials", "sessionToken")
        );
        transcript.Request(
            $"POST {environment.LocalAws}2015-03-31/functions/{function}/invocations  (signed with the session)",
            payload
        );
        var answer = await _aws.InvokeAsync(
            keys,
            Member(session, "region"),
            function,
            payload,
            time.GetUtcNow(),
            cancellationToken
        );
        transcript.Answer($"{answer.Status} {answer.ErrorType}".TrimEnd());
        transcript.Say($"  {answer.Body.TrimEnd()}");
        return answer;
    }

    private Task<JsonObject> SendAsync(
        Call call,
        int expected,
        CancellationToken cancellationToken
    ) => _controlPlane.SendAsync(call, expected, cancellationToken);

    private async Task PutAsync(string path, JsonObject body, CancellationToken cancellationToken)
    {
        transcript.Request($"PUT {environment.LocalAws}{path}", body);
        await _aws.PutAsync(path, body, cancellationToken);
    }

    private Uri Url(string path) => new(environment.ControlPlane, path);
}
