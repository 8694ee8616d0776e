using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Trust;

/// <summary>Many registrations of one role at the same time.</summary>
public sealed class ContentionTests(Services services)
{
    private const int EachOnes = 100;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_two_organizations_that_know_one_External_ID_exactly_one_gets_the_role()
    {
        await using var controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?>
            {
                ["Buttonize:Limits:RegistrationsPerOrganizationPerMinute"] = "100000",
            }
        );
        using var table = new StoredTable(services.DynamoDb, controlPlane.TableName);
        var (role, externalId) = (Tenant.NewRoleArn(), $"brought-{Guid.NewGuid():N}");
        await controlPlane.Aws.TrustAsync(role, externalId, Token);
        Tenant[] tenants =
        [
            await Tenant.CreateAsync(controlPlane, Token),
            await Tenant.CreateAsync(controlPlane, Token),
        ];

        await Task.WhenAll(
            Enumerable
                .Range(0, EachOnes)
                .SelectMany(_ => tenants)
                .Select(tenant => RegisterAsync(tenant, role, externalId))
        );

        // Who ran out of time in the crowd is proven in the background; who lost goes on waiting.
        var claim = await table.RoleClaimAsync(role, Token);
        var winner = tenants.Single(t => t.OrganizationId == claim!.Value.OrganizationId);
        var loser = tenants.Single(t => t != winner);
        var verified = await Eventually.HoldsAsync(
            () => StatusesAsync(winner),
            statuses => statuses.Count == EachOnes && statuses.All(s => s == "verified"),
            TimeSpan.FromMinutes(2),
            Token
        );
        (await StatusesAsync(loser))
            .Should()
            .HaveCount(EachOnes)
            .And.OnlyContain(s => s == "pending");
        (await table.RoleClaimAsync(role, Token))
            .Should()
            .Be((winner.OrganizationId, verified.Count));

        await Task.WhenAll(tenants.Select(DeleteAllAsync));

        (await table.RoleClaimAsync(role, Token)).Should().BeNull();
        var late = await Tenant.PostAsync(
            loser.Deployment,
            "/v1/apps",
            Tenant.Registration(role, externalId),
            Token
        );
        late["verification"]!["status"]!
            .GetValue<string>()
            .Should()
            .Be("pending", "the External ID stays with who used it first");
    }

    /// <summary>Registers as a deployment does: what was not served is sent again under the same key.</summary>
    private static async Task RegisterAsync(Tenant tenant, string role, string externalId)
    {
        var key = Guid.NewGuid().ToString();
        await Eventually
            .HoldsAsync(
                () =>
                    tenant.Deployment.CallAsync(
                        HttpMethod.Post,
                        "/v1/apps",
                        Tenant.Registration(role, externalId),
                        Token,
                        ("Idempotency-Key", key)
                    ),
                answer => answer.Status is not 503 && !IsInProgress(answer),
                TimeSpan.FromMinutes(1),
                Token
            )
            .ContinueWith(t => t.Result.Is(201), TaskScheduler.Default);
    }

    private static bool IsInProgress(ApiAnswer answer) =>
        answer.Status == 409 && answer.Code == "request_in_progress";

    private static async Task<List<string>> StatusesAsync(Tenant tenant)
    {
        var page = (await tenant.Deployment.GetAnswerAsync("/v1/apps?limit=200", Token)).Is(200);
        return
        [
            .. page.Json["items"]!
                .AsArray()
                .Select(app => app!["verification"]!["status"]!.GetValue<string>()),
        ];
    }

    private static async Task DeleteAllAsync(Tenant tenant)
    {
        var page = (await tenant.Deployment.GetAnswerAsync("/v1/apps?limit=200", Token)).Is(200);
        await Task.WhenAll(
            page.Json["items"]!.AsArray().Select(app => DeleteAsync(tenant, app!.AsObject()))
        );
    }

    private static async Task DeleteAsync(Tenant tenant, JsonObject app) =>
        await Eventually.HoldsAsync(
            () =>
                tenant.Deployment.CallAsync(
                    HttpMethod.Delete,
                    $"/v1/apps/{app["appId"]}",
                    null,
                    Token
                ),
            answer => answer.Status == 204,
            TimeSpan.FromMinutes(1),
            Token
        );
}
