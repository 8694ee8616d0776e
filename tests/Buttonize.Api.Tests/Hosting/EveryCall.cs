using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Hosting;

/// <summary>Every kind of call of the API, each of which works however often it is made.</summary>
public sealed class EveryCall
{
    /// <summary>The contract's promise for any answer.</summary>
    public static readonly TimeSpan Promise = TimeSpan.FromSeconds(6);

    private readonly List<(string Name, Func<Task<ApiAnswer>> Call)> calls = [];

    private EveryCall() { }

    /// <summary>The calls, in an organization of their own with one app that has a role.</summary>
    public static async Task<EveryCall> OfAsync(
        ControlPlane controlPlane,
        StoredTable table,
        CancellationToken cancellationToken
    )
    {
        var all = new EveryCall();
        var tenant = await Tenant.CreateAsync(controlPlane, cancellationToken);
        var registration = await tenant.DeployAsync(cancellationToken);
        var app = await Tenant.PostAsync(
            tenant.Deployment,
            "/v1/apps",
            registration,
            cancellationToken
        );
        var (id, root) = (app["appId"], tenant.Root);

        // Of their own: a session of an app is refused while it is suspended, and so is what a suspended member reads.
        var suspended = $"{root}/apps/{(await tenant.RegisterAsync(cancellationToken))["appId"]}";
        var member = await JoinedMember.JoinAsync(tenant, cancellationToken);
        var reader = await JoinedMember.JoinAsync(tenant, cancellationToken);
        var suspension = new JsonObject { ["reason"] = "Example" };

        void Add(HttpClient client, HttpMethod method, string path, JsonObject? body = null) =>
            all.calls.Add(
                (
                    $"{method} {path}",
                    () => client.CallAsync(method, path, body?.DeepClone(), cancellationToken)
                )
            );

        var (owner, deployment) = (tenant.Owner, tenant.Deployment);
        Add(owner, HttpMethod.Get, "/v1/me");
        all.calls.Add(
            (
                "a new person",
                () =>
                    controlPlane
                        .SignedIn($"new-{Guid.NewGuid():N}")
                        .GetAnswerAsync("/v1/me", cancellationToken)
            )
        );
        Add(owner, HttpMethod.Post, "/v1/organizations", new JsonObject { ["name"] = "Next" });
        Add(owner, HttpMethod.Get, "/v1/organizations");
        Add(owner, HttpMethod.Get, root);
        Add(owner, HttpMethod.Patch, root, new JsonObject { ["name"] = "Renamed" });
        Add(
            owner,
            HttpMethod.Post,
            $"{root}/ownership-transfer",
            new JsonObject
            {
                ["userId"] = (await owner.GetAnswerAsync("/v1/me", cancellationToken))["userId"],
            }
        );
        var group = await tenant.MakeGroupAsync("Support", ["support"], cancellationToken);
        Add(owner, HttpMethod.Get, $"{root}/groups");
        Add(owner, HttpMethod.Get, $"{root}/groups/{group}");
        Add(
            owner,
            HttpMethod.Put,
            $"{root}/groups/{group}",
            new JsonObject { ["name"] = "Support" }
        );
        Add(owner, HttpMethod.Get, $"{root}/members");
        Add(owner, HttpMethod.Get, $"{root}/members/{member.UserId}");
        Add(
            owner,
            HttpMethod.Put,
            $"{root}/members/{member.UserId}",
            new JsonObject { ["groups"] = new JsonArray(group) }
        );
        Add(
            owner,
            HttpMethod.Post,
            $"{root}/invitations",
            new JsonObject { ["email"] = "invited@example.com" }
        );
        Add(owner, HttpMethod.Get, $"{root}/invitations");
        Add(member.Client, HttpMethod.Get, "/v1/invitations");
        Add(owner, HttpMethod.Post, $"{root}/api-keys", new JsonObject { ["name"] = "Next" });
        Add(owner, HttpMethod.Get, $"{root}/api-keys");
        Add(owner, HttpMethod.Get, $"{root}/apps");
        Add(owner, HttpMethod.Get, $"{root}/apps/{id}");
        Add(owner, HttpMethod.Post, $"{root}/apps/{id}/credentials");
        Add(owner, HttpMethod.Get, $"{root}/apps/{id}/credentials/process");
        Add(owner, HttpMethod.Get, $"{root}/apps/{id}/credentials/container");
        Add(owner, HttpMethod.Get, $"{root}/issuances");
        Add(reader.Client, HttpMethod.Get, $"{root}/issuances");
        Add(owner, HttpMethod.Get, $"{root}/issuances?appId={id}");
        Add(owner, HttpMethod.Put, $"{suspended}/suspension", suspension);
        Add(owner, HttpMethod.Delete, $"{suspended}/suspension");
        Add(owner, HttpMethod.Put, $"{root}/members/{member.UserId}/suspension", suspension);
        Add(owner, HttpMethod.Delete, $"{root}/members/{member.UserId}/suspension");
        Add(deployment, HttpMethod.Post, "/v1/external-ids");
        Add(deployment, HttpMethod.Post, "/v1/apps", registration);
        Add(deployment, HttpMethod.Get, "/v1/apps");
        Add(deployment, HttpMethod.Get, $"/v1/apps/{id}");
        Add(deployment, HttpMethod.Put, $"/v1/apps/{id}", registration);
        Add(deployment, HttpMethod.Delete, "/v1/apps/aaaaaaaaaaaaaaaaaaaaa");
        return all;
    }

    /// <summary>Makes them one after the other; fails unless each succeeds.</summary>
    public async Task ShouldAllWorkAsync()
    {
        foreach (var (name, call) in calls)
        {
            var answer = await call();
            answer.Status.Should().BeInRange(200, 299, $"{name}: {answer.Text}");
        }
    }

    /// <summary>Makes them at the same time; tells how long each took.</summary>
    public Task<(string Name, ApiAnswer Answer, TimeSpan Took)[]> AllAtOnceAsync() =>
        Task.WhenAll(
            calls.Select(async c =>
            {
                var watch = Stopwatch.StartNew();
                return (c.Name, await c.Call(), watch.Elapsed);
            })
        );
}
