using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>An organization with its owner and an API key, made through the API as its people would.</summary>
public sealed class Tenant
{
    private static int roles;

    private Tenant(
        ControlPlane controlPlane,
        HttpClient owner,
        string organizationId,
        HttpClient deployment
    ) =>
        (ControlPlane, Owner, OrganizationId, Deployment) = (
            controlPlane,
            owner,
            organizationId,
            deployment
        );

    public ControlPlane ControlPlane { get; }

    /// <summary>The owner, signed in.</summary>
    public HttpClient Owner { get; }

    /// <summary>The deployment, with an API key.</summary>
    public HttpClient Deployment { get; }

    public string OrganizationId { get; }

    public string Root => $"/v1/organizations/{OrganizationId}";

    /// <summary>Makes an organization owned by <paramref name="subject"/>.</summary>
    public static async Task<Tenant> CreateAsync(
        ControlPlane controlPlane,
        CancellationToken cancellationToken,
        string? subject = null,
        string? name = null
    )
    {
        var owner = controlPlane.SignedIn(subject ?? $"owner-{Guid.NewGuid():N}", name);
        return await CreateAsync(controlPlane, owner, cancellationToken);
    }

    /// <summary>Makes an organization owned by whoever is signed in.</summary>
    public static async Task<Tenant> CreateAsync(
        ControlPlane controlPlane,
        HttpClient owner,
        CancellationToken cancellationToken
    )
    {
        var organization = await PostAsync(
            owner,
            "/v1/organizations",
            new { name = "Example" },
            cancellationToken
        );
        var id = organization["organizationId"]!.GetValue<string>();
        var key = await PostAsync(
            owner,
            $"/v1/organizations/{id}/api-keys",
            new { name = "CI" },
            cancellationToken
        );
        return new Tenant(
            controlPlane,
            owner,
            id,
            controlPlane.WithToken(key["apiKey"]!.GetValue<string>())
        );
    }

    /// <summary>The ARN of a role that no other test uses.</summary>
    public static string NewRoleArn() =>
        $"arn:aws:iam::123456789012:role/Demo-{Interlocked.Increment(ref roles)}-{Guid.NewGuid():N}";

    /// <summary>An External ID of the control plane's.</summary>
    public async Task<string> NewExternalIdAsync(CancellationToken cancellationToken) =>
        (await PostAsync(Deployment, "/v1/external-ids", null, cancellationToken))[
            "externalId"
        ]!.GetValue<string>();

    /// <summary>A complete registration.</summary>
    public static JsonObject Registration(string roleArn, string externalId) =>
        new()
        {
            ["name"] = "Discount codes",
            ["executionRoleArn"] = roleArn,
            ["externalId"] = externalId,
            ["region"] = "eu-central-1",
        };

    /// <summary>
    /// What a customer's deployment does before it registers an app: a role, by default a new one, trusts the control plane under an
    /// External ID, by default one of the control plane's.
    /// </summary>
    /// <returns>The registration.</returns>
    public async Task<JsonObject> DeployAsync(
        CancellationToken cancellationToken,
        string? roleArn = null,
        string? externalId = null,
        params string[] functionArns
    )
    {
        roleArn ??= NewRoleArn();
        externalId ??= await NewExternalIdAsync(cancellationToken);
        await ControlPlane.Aws.TrustAsync(roleArn, externalId, cancellationToken, functionArns);
        return Registration(roleArn, externalId);
    }

    /// <summary>Deploys a role and registers an app with it.</summary>
    public async Task<JsonObject> RegisterAsync(
        CancellationToken cancellationToken,
        string? roleArn = null,
        string? externalId = null,
        Action<JsonObject>? change = null,
        params string[] functionArns
    )
    {
        var body = await DeployAsync(cancellationToken, roleArn, externalId, functionArns);
        change?.Invoke(body);
        return await PostAsync(Deployment, "/v1/apps", body, cancellationToken);
    }

    /// <summary>The id of one of the organization's groups.</summary>
    public async Task<string> GroupIdAsync(string name, CancellationToken cancellationToken)
    {
        var groups = await Owner.GetAnswerAsync($"{Root}/groups?limit=200", cancellationToken);
        return groups.Is(200).Json["items"]!
            .AsArray()
            .Single(g => g!["name"]!.GetValue<string>() == name)!["groupId"]!.GetValue<string>();
    }

    /// <summary>Makes a group.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> MakeGroupAsync(
        string name,
        IReadOnlyList<string> appTags,
        CancellationToken cancellationToken,
        params string[] permissions
    ) =>
        (
            await PostAsync(
                Owner,
                $"{Root}/groups",
                new
                {
                    name,
                    appTags,
                    permissions = permissions.ToDictionary(p => p, _ => true),
                },
                cancellationToken
            )
        )["groupId"]!.GetValue<string>();

    /// <summary>Posts, and wants 201.</summary>
    public static async Task<JsonObject> PostAsync(
        HttpClient client,
        string path,
        object? body,
        CancellationToken cancellationToken
    )
    {
        using var response = await client.PostAsync(
            path,
            body is null ? null : JsonContent.Create(body),
            cancellationToken
        );
        return response.StatusCode == HttpStatusCode.Created
            ? (await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken))!
            : throw new InvalidOperationException(
                $"POST {path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellationToken)}"
            );
    }
}
