using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Buttonize.Api.Tests.Access;

namespace Buttonize.Api.Tests.Apps;

/// <summary>Suspending apps, and lifting that.</summary>
public sealed class AppSuspensionTests(SharedControlPlane shared, Services services)
    : IClassFixture<SharedControlPlane>
{
    private const string Reason = "Under investigation";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_answer_is_the_app_with_its_suspension_and_so_is_every_later_one()
    {
        var (tenant, app) = await MakeAsync();
        var (id, owner) = (Id(app), (await tenant.Owner.GetAnswerAsync("/v1/me", Token))["userId"]);
        var before = TimeProvider.System.GetUtcNow();

        var answer = (await SuspendAsync(tenant, app)).Is(200);

        var suspension = answer.Json["suspension"]!;
        suspension.Members().Should().BeEquivalentTo("reason", "at", "by");
        suspension["reason"]!.GetValue<string>().Should().Be(Reason);
        suspension["by"]!.GetValue<string>().Should().Be(owner);
        DateTimeOffset
            .Parse(suspension["at"]!.GetValue<string>(), CultureInfo.InvariantCulture)
            .Should()
            .BeOnOrAfter(before.AddMilliseconds(-1))
            .And.BeOnOrBefore(TimeProvider.System.GetUtcNow());
        foreach (
            var (client, path) in new[]
            {
                (tenant.Owner, $"{tenant.Root}/apps/{id}"),
                (tenant.Deployment, $"/v1/apps/{id}"),
            }
        )
        {
            var read = (await client.GetAnswerAsync(path, Token)).Is(200);
            read.ETag.Should().Be(answer.ETag, path);
            JsonNode.DeepEquals(read.Json, answer.Json).Should().BeTrue(read.Text);
        }

        // Everything but what a suspension is about is as it was.
        var after = answer.Json;
        foreach (var member in (string[])["suspension", "updatedAt"])
        {
            app.Remove(member);
            after.Remove(member);
        }

        JsonNode.DeepEquals(after, app).Should().BeTrue(after.ToJsonString());
    }

    [Fact]
    public async Task While_it_stands_no_format_gives_a_session_and_the_metrics_show_it()
    {
        await using var controlPlane = ControlPlane.Start(services);
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        var role = app["executionRoleArn"]!.GetValue<string>();
        (await SuspendAsync(tenant, app)).Is(200);

        foreach (var answer in await CredentialsAsync(tenant.Owner, tenant, app))
        {
            answer.IsProblem(409, "app_suspended")["detail"].Should().Contain(Reason);
            answer.Headers.CacheControl!.NoStore.Should().BeTrue();
        }

        (await controlPlane.Aws.SessionsAsync(role, Token)).Should().BeEmpty();
        await Eventually.HoldsAsync(
            () => controlPlane.Anonymous().GetStringAsync("/metrics", Token),
            metrics =>
                Regex.IsMatch(
                    metrics,
                    """buttonize_credentials_total\{[^}]*outcome="app_suspended"[^}]*\} 3\b"""
                ),
            TimeSpan.FromSeconds(20),
            Token
        );
    }

    [Fact]
    public async Task Lifted_it_gives_sessions_again_and_lifting_again_changes_nothing()
    {
        var (tenant, app) = await MakeAsync();
        (await SuspendAsync(tenant, app)).Is(200);

        (await LiftAsync(tenant, app)).Is(204);
        var lifted = await ReadAsync(tenant, app);
        (await LiftAsync(tenant, app)).Is(204);

        lifted.Json["suspension"].Should().BeNull();
        (await ReadAsync(tenant, app)).ETag.Should().Be(lifted.ETag);
        (await CredentialsAsync(tenant.Owner, tenant, app)).Should().AllSatisfy(a => a.Is(200));
    }

    [Fact]
    public async Task A_new_reason_takes_the_place_of_an_older_one()
    {
        var (tenant, app) = await MakeAsync();
        (await SuspendAsync(tenant, app)).Is(200);

        (await SuspendAsync(tenant, app, "Replaced by another")).Is(200);

        (await ReadAsync(tenant, app)).Json["suspension"]!["reason"]!
            .GetValue<string>()
            .Should()
            .Be("Replaced by another");
    }

    [Fact]
    public async Task Both_calls_heed_the_version_that_the_caller_has_seen()
    {
        var (tenant, app) = await MakeAsync();
        var first = (await ReadAsync(tenant, app)).ETag;

        var suspended = (await SuspendAsync(tenant, app, headers: ("If-Match", first))).Is(200);

        suspended.ETag.Should().NotBe(first);
        (await SuspendAsync(tenant, app, "Other", ("If-Match", first))).IsProblem(
            412,
            "version_mismatch"
        );
        (await LiftAsync(tenant, app, ("If-Match", first))).IsProblem(412, "version_mismatch");
        (await ReadAsync(tenant, app)).ETag.Should().Be(suspended.ETag);
        (await LiftAsync(tenant, app, ("If-Match", suspended.ETag))).Is(204);
        (await LiftAsync(tenant, app, ("If-Match", suspended.ETag))).IsProblem(
            412,
            "version_mismatch"
        );
    }

    [Fact]
    public async Task Neither_a_replacement_nor_a_check_of_its_role_lifts_it()
    {
        var (tenant, app) = await MakeAsync();
        var (id, role) = (Id(app), app["executionRoleArn"]!.GetValue<string>());
        (await SuspendAsync(tenant, app)).Is(200);

        // The same role, another role, a role that is not proven yet and takes over when it is.
        var same = Tenant.Registration(role, "");
        same.Remove("externalId");
        await ReplaceAsync(same);
        await ReplaceAsync(await tenant.DeployAsync(Token));
        var next = Tenant.Registration(Tenant.NewRoleArn(), await tenant.NewExternalIdAsync(Token));
        (await ReplaceAsync(next))["pendingReplacement"].Should().NotBeNull();
        await shared.ControlPlane.Aws.TrustAsync(
            next["executionRoleArn"]!.GetValue<string>(),
            next["externalId"]!.GetValue<string>(),
            Token
        );
        var taken = await VerifyAsync();
        taken["pendingReplacement"].Should().BeNull();
        taken["executionRoleArn"]!
            .GetValue<string>()
            .Should()
            .Be(next["executionRoleArn"]!.GetValue<string>());
        await VerifyAsync();

        (await CredentialsAsync(tenant.Owner, tenant, app))
            .Should()
            .AllSatisfy(a => a.IsProblem(409, "app_suspended"));
        (await LiftAsync(tenant, app)).Is(204);
        (await CredentialsAsync(tenant.Owner, tenant, app)).Should().AllSatisfy(a => a.Is(200));

        async Task<JsonObject> ReplaceAsync(JsonObject body) =>
            ShouldBeSuspended(
                await tenant.Deployment.CallAsync(
                    HttpMethod.Put,
                    $"/v1/apps/{id}",
                    body.DeepClone(),
                    Token
                )
            );

        async Task<JsonObject> VerifyAsync() =>
            ShouldBeSuspended(
                await tenant.Deployment.CallAsync(
                    HttpMethod.Post,
                    $"/v1/apps/{id}/verification",
                    null,
                    Token
                )
            );
    }

    [Fact]
    public async Task Replacements_at_the_same_time_do_not_lift_it_either()
    {
        var (tenant, app) = await MakeAsync();
        var body = Tenant.Registration(app["executionRoleArn"]!.GetValue<string>(), "");
        body.Remove("externalId");

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(i =>
                    i == 3
                        ? SuspendAsync(tenant, app)
                        : tenant.Deployment.CallAsync(
                            HttpMethod.Put,
                            $"/v1/apps/{Id(app)}",
                            body.DeepClone(),
                            Token
                        )
                )
        );

        answers.Should().AllSatisfy(a => a.Is(200));
        ShouldBeSuspended(await ReadAsync(tenant, app));
    }

    [Fact]
    public async Task Who_may_not_use_the_app_does_not_learn_that_there_is_one()
    {
        var (tenant, app) = await MakeAsync();
        var member = await JoinedMember.JoinAsync(tenant, Token);
        foreach (var id in (string[])[Id(app), Route.NoId])
        {
            var path = $"{tenant.Root}/apps/{id}/suspension";
            (
                await member.Client.CallAsync(HttpMethod.Put, path, new { reason = "x" }, Token)
            ).IsProblem(404, "not_found");
            (await member.Client.CallAsync(HttpMethod.Delete, path, null, Token)).IsProblem(
                404,
                "not_found"
            );
        }

        (await ReadAsync(tenant, app)).Json["suspension"].Should().BeNull();
    }

    [Fact]
    public async Task On_every_instance_it_counts_from_the_next_call_on_and_so_does_lifting_it()
    {
        var (tenant, app) = await MakeAsync();
        await using var second = ControlPlane.Start(services, shared.ControlPlane.SharedSettings());
        using var there = second.Anonymous();
        there.DefaultRequestHeaders.Authorization = tenant
            .Owner
            .DefaultRequestHeaders
            .Authorization;
        for (var round = 0; round < 3; round++)
        {
            (await CredentialsAsync(there, tenant, app)).Should().AllSatisfy(a => a.Is(200));

            (await SuspendAsync(tenant, app)).Is(200);
            (await CredentialsAsync(there, tenant, app))
                .Should()
                .AllSatisfy(a => a.IsProblem(409, "app_suspended"));

            (await LiftAsync(tenant, app)).Is(204);
        }

        (await CredentialsAsync(there, tenant, app)).Should().AllSatisfy(a => a.Is(200));
    }

    private async Task<(Tenant Tenant, JsonObject App)> MakeAsync()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        return (tenant, await tenant.RegisterAsync(Token));
    }

    private static string Id(JsonObject app) => app["appId"]!.GetValue<string>();

    private static JsonObject ShouldBeSuspended(ApiAnswer answer)
    {
        var app = answer.Is(200).Json;
        app["suspension"]!["reason"]!.GetValue<string>().Should().Be(Reason);
        return app;
    }

    private static Task<ApiAnswer> ReadAsync(Tenant tenant, JsonObject app) =>
        tenant.Owner.GetAnswerAsync($"{tenant.Root}/apps/{Id(app)}", Token);

    private static Task<ApiAnswer> SuspendAsync(
        Tenant tenant,
        JsonObject app,
        string reason = Reason,
        params (string, string)[] headers
    ) =>
        tenant.Owner.CallAsync(
            HttpMethod.Put,
            $"{tenant.Root}/apps/{Id(app)}/suspension",
            new { reason },
            Token,
            headers
        );

    private static Task<ApiAnswer> LiftAsync(
        Tenant tenant,
        JsonObject app,
        params (string, string)[] headers
    ) =>
        tenant.Owner.CallAsync(
            HttpMethod.Delete,
            $"{tenant.Root}/apps/{Id(app)}/suspension",
            null,
            Token,
            headers
        );

    /// <summary>The main call in its three formats.</summary>
    private static async Task<IReadOnlyList<ApiAnswer>> CredentialsAsync(
        HttpClient client,
        Tenant tenant,
        JsonObject app
    )
    {
        var path = $"{tenant.Root}/apps/{Id(app)}/credentials";
        return
        [
            await client.CallAsync(HttpMethod.Post, path, null, Token),
            await client.GetAnswerAsync($"{path}/process", Token),
            await client.GetAnswerAsync($"{path}/container", Token),
        ];
    }
}
