using System.Text;
using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Trust;

/// <summary>What the tests of trust call, and how they read the answers.</summary>
internal static class TrustCalls
{
    /// <summary>How long something may take that happens in the background: a lease can have to be renewed first.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static Task<ApiAnswer> RegisterAnswerAsync(
        this Tenant tenant,
        JsonObject body,
        string query = "",
        params (string, string)[] headers
    ) =>
        tenant.Deployment.CallAsync(
            HttpMethod.Post,
            $"/v1/apps{query}",
            body.DeepClone(),
            Token,
            headers
        );

    public static Task<ApiAnswer> ReplaceAnswerAsync(
        this Tenant tenant,
        string appId,
        JsonObject body,
        string query = ""
    ) =>
        tenant.Deployment.CallAsync(
            HttpMethod.Put,
            $"/v1/apps/{appId}{query}",
            body.DeepClone(),
            Token
        );

    public static Task<ApiAnswer> VerifyAsync(this Tenant tenant, string appId) =>
        tenant.Deployment.CallAsync(HttpMethod.Post, $"/v1/apps/{appId}/verification", null, Token);

    public static async Task<JsonObject> AppAsync(this Tenant tenant, string appId) =>
        (await tenant.Deployment.GetAnswerAsync($"/v1/apps/{appId}", Token)).Is(200).Json;

    /// <summary>The main call, by the owner or by <paramref name="person"/>.</summary>
    public static Task<ApiAnswer> CredentialsAsync(
        this Tenant tenant,
        string appId,
        HttpClient? person = null
    ) =>
        (person ?? tenant.Owner).CallAsync(
            HttpMethod.Post,
            $"{tenant.Root}/apps/{appId}/credentials",
            null,
            Token
        );

    /// <summary>Waits until an app has this status by itself.</summary>
    public static Task<JsonObject> BecomesAsync(this Tenant tenant, string appId, string status) =>
        tenant.BecomesAsync(appId, app => app.Status() == status);

    /// <summary>
    /// Waits until this is so of an app by itself. A table that is busy with other tests can keep an answer back: then it is asked again,
    /// as callers are told to.
    /// </summary>
    public static async Task<JsonObject> BecomesAsync(
        this Tenant tenant,
        string appId,
        Func<JsonObject, bool> condition
    ) =>
        (
            await Eventually.HoldsAsync(
                () => tenant.Deployment.GetAnswerAsync($"/v1/apps/{appId}", Token),
                answer => answer.Status != 503 && condition(answer.Is(200).Json),
                Limit,
                Token
            )
        ).Json;

    public static string Id(this JsonObject app) => app["appId"]!.GetValue<string>();

    public static string Role(this JsonObject app) => app["executionRoleArn"]!.GetValue<string>();

    /// <summary>The status of an app, or of its pending replacement.</summary>
    public static string Status(this JsonNode app) =>
        app["verification"]!["status"]!.GetValue<string>();

    /// <summary>The checks, by name, of a verification or of a refused registration.</summary>
    public static IReadOnlyDictionary<string, bool?> Checks(this JsonNode found) =>
        found["checks"]!
            .AsArray()
            .ToDictionary(
                c => c!["name"]!.GetValue<string>(),
                c => c!["passed"]?.GetValue<bool>(),
                StringComparer.Ordinal
            );

    public static string Detail(this JsonNode found, string check) =>
        found["checks"]!.AsArray().Single(c => c!["name"]!.GetValue<string>() == check)![
            "detail"
        ]!.GetValue<string>();

    public static IEnumerable<string> MissingActions(this JsonNode found) =>
        found["missingActions"]!.AsArray().Select(a => a!.GetValue<string>());

    /// <summary>The codes of an app's warnings.</summary>
    public static IEnumerable<string> Warnings(this JsonObject app) =>
        app["warnings"]!.AsArray().Select(w => w!["code"]!.GetValue<string>());

    /// <summary>Fails unless this is the refusal of an open role, with these checks; returns what was found.</summary>
    public static JsonObject IsOpenRole(
        this ApiAnswer answer,
        bool? withoutExternalId,
        bool? wrongExternalId
    )
    {
        var problem = answer.Is(422).Json;
        answer.ContentType!.MediaType.Should().Be("application/problem+json");
        problem
            .Members()
            .Should()
            .BeEquivalentTo(
                "type",
                "title",
                "status",
                "detail",
                "code",
                "traceId",
                "checks",
                "missingActions"
            );
        problem["code"]!.GetValue<string>().Should().Be("trust_check_failed");
        var checks = problem.Checks();
        checks.Keys.Should().Equal("assume", "without-external-id", "wrong-external-id");
        checks["without-external-id"].Should().Be(withoutExternalId);
        checks["wrong-external-id"].Should().Be(wrongExternalId);
        answer.ShowsNothingInternal();
        return problem;
    }

    /// <summary>The statements that a check's detail has to paste, with the External ID put in.</summary>
    public static JsonNode[] Statements(string detail, string externalId)
    {
        var json = Encoding.UTF8.GetBytes(
            $"[{detail[detail.IndexOf('{', StringComparison.Ordinal)..]}]"
        );
        var statements = JsonNode.Parse(json)!.AsArray();
        foreach (var condition in statements.Select(s => s!["Condition"]).OfType<JsonObject>())
        {
            condition["StringEquals"]!["sts:ExternalId"] = externalId;
        }

        return [.. statements.Select(s => s!.DeepClone())];
    }
}
