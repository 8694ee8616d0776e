using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Trust;

/// <summary>
/// The fifteen known ways in which vendors that hold customers' roles have failed, by number and name, one test each. What is more to
/// say of one is in a class of its own; here is where to begin.
/// </summary>
public sealed class FailureModeTests(TrustLab lab) : IClassFixture<TrustLab>
{
    private const string Function = "arn:aws:lambda:eu-central-1:123456789012:function:discounts";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>All policies: <see cref="TrustPolicyTests"/>.</summary>
    [Fact]
    public async Task Mode_01_a_role_that_can_be_assumed_without_an_External_ID_is_refused()
    {
        var (tenant, body) = await OpenAsync("the External ID if there is one");

        (await tenant.RegisterAnswerAsync(body)).IsOpenRole(false, true);

        (await AppsAsync(tenant)).Should().BeEmpty();
    }

    /// <summary>All policies: <see cref="TrustPolicyTests"/>.</summary>
    [Fact]
    public async Task Mode_02_a_role_that_can_be_assumed_with_a_random_External_ID_is_refused()
    {
        var (tenant, body) = await OpenAsync("any External ID");

        (await tenant.RegisterAnswerAsync(body)).IsOpenRole(true, false);

        (await AppsAsync(tenant)).Should().BeEmpty();
    }

    /// <summary>More: <see cref="ReplacementTests"/>.</summary>
    [Fact]
    public async Task Mode_03_another_External_ID_is_proven_before_it_is_used_and_an_empty_one_is_refused()
    {
        var (tenant, app, externalId) = await RegisterAsync();
        var changed = Tenant.Registration(app.Role(), await tenant.NewExternalIdAsync(Token));
        var emptied = Tenant.Registration(app.Role(), "");

        (await tenant.ReplaceAnswerAsync(app.Id(), emptied)).IsProblem(
            400,
            "validation_failed",
            "externalId"
        );
        (await tenant.ReplaceAnswerAsync(app.Id(), changed)).Is(200).Json["pendingReplacement"]!
            .Status()
            .Should()
            .Be("pending");

        (await tenant.CredentialsAsync(app.Id())).Is(200);
        LastSession(app.Role()).ExternalId.Should().Be(externalId);
    }

    /// <summary>More: <see cref="SquattingTests"/>.</summary>
    [Fact]
    public async Task Mode_04_another_tenants_role_under_its_own_External_ID_is_refused_and_tells_nothing()
    {
        var (a, app, externalId) = await RegisterAsync();
        var b = await Tenant.CreateAsync(lab.ControlPlane, Token);

        var answer = await b.RegisterAnswerAsync(Tenant.Registration(app.Role(), externalId));

        answer.Is(201).Json.Status().Should().Be("pending");
        answer.Text.Should().NotContain(a.OrganizationId).And.NotContain(app.Id());
        (await b.CredentialsAsync(answer.Json.Id())).IsProblem(409, "app_not_verified");
        lab.Sts.Calls(app.Role())
            .Where(c => c.Tags.Values.Contains(b.OrganizationId))
            .Should()
            .NotBeEmpty()
            .And.NotContain(c => c.ExternalId == externalId);
        (await lab.Table.RoleClaimAsync(app.Role(), Token)).Should().Be((a.OrganizationId, 1));
    }

    /// <summary>More: <see cref="ReplacementTests"/>.</summary>
    [Fact]
    public async Task Mode_05_another_role_is_proven_before_it_is_used()
    {
        var (tenant, app, _) = await RegisterAsync();
        var next = Tenant.Registration(Tenant.NewRoleArn(), await tenant.NewExternalIdAsync(Token));

        var waiting = (await tenant.ReplaceAnswerAsync(app.Id(), next)).Is(200).Json;

        waiting["pendingReplacement"]!.Status().Should().Be("pending");
        (await tenant.CredentialsAsync(app.Id()))
            .Is(200)["assumedRoleArn"]
            .Should()
            .Contain($":assumed-role/{app.Role().Split('/')[1]}/");
        lab.Sts.Calls(next.Role())
            .Should()
            .OnlyContain(c =>
                c.Form["RoleSessionName"]
                    .StartsWith("btnz__trust-probe__", StringComparison.Ordinal)
            );
    }

    /// <summary>Every route: <see cref="Access.TenancyTests"/>.</summary>
    [Fact]
    public async Task Mode_06_the_organizations_of_record_route_and_caller_must_be_the_same()
    {
        var (a, app, _) = await RegisterAsync();
        var (b, other, _) = await RegisterAsync();
        var before = Sessions(app.Role()) + Sessions(other.Role());

        foreach (
            var (caller, organization, id) in new[]
            {
                (b.Owner, a.OrganizationId, app.Id()),
                (b.Owner, b.OrganizationId, app.Id()),
                (b.Owner, a.OrganizationId, other.Id()),
                (a.Owner, b.OrganizationId, app.Id()),
            }
        )
        {
            var path = $"/v1/organizations/{organization}/apps/{id}/credentials";
            (await caller.CallAsync(HttpMethod.Post, path, null, Token)).IsProblem(
                404,
                "not_found"
            );
        }

        (Sessions(app.Role()) + Sessions(other.Role())).Should().Be(before);
    }

    [Fact]
    public async Task Mode_07_a_role_of_the_control_planes_own_account_is_refused_and_not_tried()
    {
        var (tenant, app, externalId) = await RegisterAsync();
        var own =
            $"arn:aws:iam::{LocalAwsClient.ControlPlaneAccount}:role/Admin-{Guid.NewGuid():N}";
        await lab.Aws.TrustAsync(own, externalId, Token);
        var body = Tenant.Registration(own, externalId);

        (await tenant.RegisterAnswerAsync(body)).IsProblem(
            400,
            "validation_failed",
            "executionRoleArn"
        );
        (await tenant.ReplaceAnswerAsync(app.Id(), body)).IsProblem(
            400,
            "validation_failed",
            "executionRoleArn"
        );

        lab.Sts.Calls(own).Should().BeEmpty();
    }

    [Fact]
    public async Task Mode_08_nobody_gets_a_session_that_was_made_for_something_else()
    {
        var (tenant, app, externalId) = await RegisterAsync();
        var second = await tenant.RegisterAsync(Token, app.Role(), externalId);
        var (other, others, _) = await RegisterAsync();
        List<string> keyIds =
        [
            // Two apps of one role, and two persons.
            await KeyIdAsync(tenant, app),
            await KeyIdAsync(tenant, second),
            await KeyIdAsync(other, others),
            await KeyIdAsync(tenant, app, localDevelopment: true),
        ];

        // One app, as it was and with another External ID, a session policy, and another role.
        var newId = await tenant.NewExternalIdAsync(Token);
        await lab.Aws.TrustAsync(app.Role(), newId, Token, Function);
        var body = Tenant.Registration(app.Role(), newId);
        await ReplaceAsync(body);
        body["functionArns"] = new JsonArray(Function);
        body["restrictSessionToFunctions"] = true;
        await ReplaceAsync(body);
        await ReplaceAsync(await tenant.DeployAsync(Token));

        keyIds.Should().HaveCount(7).And.OnlyHaveUniqueItems();

        async Task ReplaceAsync(JsonObject next)
        {
            (await tenant.ReplaceAnswerAsync(app.Id(), next)).Is(200);
            keyIds.Add(await KeyIdAsync(tenant, app));
        }
    }

    /// <summary>More: <see cref="Sessions.SessionIdentityTests"/>.</summary>
    [Fact]
    public async Task Mode_09_tags_are_the_verified_claims_and_the_stored_records_only()
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token, name: "Zoë Müller");
        var app = await tenant.RegisterAsync(Token);
        var me = (await tenant.Owner.GetAnswerAsync("/v1/me", Token)).Is(200);
        var path = $"{tenant.Root}/apps/{app.Id()}/credentials?userName=admin&buttonize-user-id=0";

        (
            await tenant.Owner.CallAsync(
                HttpMethod.Post,
                path,
                new { localDevelopment = true },
                Token,
                ("X-User-Name", "admin"),
                ("buttonize-user-id", "admin")
            )
        ).Is(200);
        (
            await tenant.Owner.CallAsync(HttpMethod.Post, path, new { userName = "admin" }, Token)
        ).IsProblem(400, "validation_failed");

        LastSession(app.Role())
            .Tags.Should()
            .BeEquivalentTo(
                new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["buttonize-app-id"] = app.Id(),
                    ["buttonize-local-development"] = "true",
                    ["buttonize-user-id"] = me["userId"],
                    ["buttonize-organization-id"] = tenant.OrganizationId,
                    ["buttonize-user-name"] = "Zoë Müller",
                }
            );
    }

    [Fact]
    public async Task Mode_10_a_session_policy_holds_exactly_the_functions_and_none_can_break_out_of_it()
    {
        var (tenant, app, externalId) = await RegisterAsync();
        var body = Tenant.Registration(app.Role(), externalId);
        body["restrictSessionToFunctions"] = true;
        body["functionArns"] = new JsonArray($"{Function}\"],\"Action\":\"*\",\"Resource\":[\"*");
        (await tenant.ReplaceAnswerAsync(app.Id(), body)).Is(400);
        body["functionArns"] = new JsonArray($"{Function}*");
        (await tenant.ReplaceAnswerAsync(app.Id(), body)).Is(400);

        body["functionArns"] = new JsonArray(Function, $"{Function}:live");
        (await tenant.ReplaceAnswerAsync(app.Id(), body)).Is(200);
        (await tenant.CredentialsAsync(app.Id())).Is(200);

        var policy = JsonNode.Parse(LastSession(app.Role()).Policy!)!;
        var expected = JsonNode.Parse(
            $$"""
            {
              "Version": "2012-10-17",
              "Statement": [
                {
                  "Effect": "Allow",
                  "Action": "lambda:InvokeFunction",
                  "Resource": ["{{Function}}", "{{Function}}:live"]
                }
              ]
            }
            """
        );
        JsonNode.DeepEquals(policy, expected).Should().BeTrue(policy.ToJsonString());
    }

    /// <summary>More: <see cref="Access.AccessTokenTests"/>.</summary>
    [Fact]
    public async Task Mode_11_an_expired_token_a_person_who_is_no_member_and_a_deleted_app_give_no_session()
    {
        var subject = $"owner-{Guid.NewGuid():N}";
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token, subject);
        var app = await tenant.RegisterAsync(Token);
        (await tenant.CredentialsAsync(app.Id())).Is(200);
        var issued = Sessions(app.Role());
        var expired = lab.ControlPlane.Provider.Token(
            subject,
            claims: c => c["exp"] = c["iat"]!.GetValue<long>() - 600
        );

        using var late = lab.ControlPlane.WithToken(expired);
        (await tenant.CredentialsAsync(app.Id(), late)).IsProblem(401, "unauthenticated");
        using var stranger = lab.ControlPlane.SignedIn($"stranger-{Guid.NewGuid():N}");
        (await tenant.CredentialsAsync(app.Id(), stranger)).IsProblem(404, "not_found");
        await tenant.Deployment.CallAsync(HttpMethod.Delete, $"/v1/apps/{app.Id()}", null, Token);
        (await tenant.CredentialsAsync(app.Id())).IsProblem(404, "not_found");

        Sessions(app.Role()).Should().Be(issued);
    }

    /// <summary>More: <see cref="Sessions.SessionIdentityTests"/>.</summary>
    [Theory]
    [InlineData("admin__root")]
    [InlineData("__admin__")]
    [InlineData("btnz__AAAAAAAAAAAAAAAAAAAAA__admin")]
    [InlineData("a＿＿admin")]
    [InlineData("аdmin")]
    [InlineData("admin\u200b")]
    public async Task Mode_12_no_name_looks_like_somebody_elses_in_the_trail(string name)
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token, name: name);
        var app = await tenant.RegisterAsync(Token);
        var me = (await tenant.Owner.GetAnswerAsync("/v1/me", Token)).Is(200);

        (await tenant.CredentialsAsync(app.Id())).Is(200);

        var session = LastSession(app.Role()).Form["RoleSessionName"];
        var prefix = $"btnz__{me["userId"]}__";
        session.Should().StartWith(prefix).And.MatchRegex(@"\A[A-Za-z0-9_+=,.@-]{2,64}\z");
        session[prefix.Length..].Should().NotContain("__");
        LastSession(app.Role()).Form["SourceIdentity"].Should().Be(session);
    }

    [Fact]
    public async Task Mode_13_External_IDs_and_session_tokens_are_in_no_log_no_error_and_no_other_answer()
    {
        var (tenant, app, externalId) = await RegisterAsync();
        var session = (await tenant.CredentialsAsync(app.Id())).Is(200).Json["credentials"]!;
        var body = Tenant.Registration(app.Role(), externalId);
        body["name"] = "";
        string[] secrets =
        [
            externalId,
            session["secretAccessKey"]!.GetValue<string>(),
            session["sessionToken"]!.GetValue<string>(),
        ];
        List<ApiAnswer> answers =
        [
            (await tenant.RegisterAnswerAsync(body)).Is(400),
            await tenant.Deployment.GetAnswerAsync($"/v1/apps/{app.Id()}", Token),
            await tenant.Deployment.GetAnswerAsync("/v1/apps", Token),
            await tenant.VerifyAsync(app.Id()),
        ];
        await lab.Aws.PutRoleAsync(
            app.Role(),
            TrustPolicies.Open["the External ID or any"].Policy(externalId),
            Token
        );
        body["name"] = "Again";
        answers.Add((await tenant.RegisterAnswerAsync(body)).Is(422));
        await lab.Aws.RefuseAsync(app.Role(), Token);
        answers.Add((await tenant.CredentialsAsync(app.Id())).Is(409));
        answers.Add(await lab.ControlPlane.Anonymous().GetAnswerAsync("/metrics", Token));

        var watch = lab.ControlPlane.Watch;
        watch.Secrets.Keys.Should().Contain(secrets);
        watch.Log.Should().NotBeEmpty();
        watch.Leaks().Should().BeEmpty();
        answers.Should().AllSatisfy(a => a.Text.Should().NotContainAny(secrets));
        string.Join('\n', await lab.Table.SnapshotAsync(Token)).Should().NotContainAny(secrets);
    }

    /// <summary>More: <see cref="ReverificationTests"/>.</summary>
    [Fact]
    public async Task Mode_14_a_role_that_was_weakened_after_onboarding_is_not_used_any_more()
    {
        var (tenant, app, externalId) = await RegisterAsync();
        var open = TrustPolicies.Open["a second statement without condition"].Policy(externalId);
        await lab.Aws.PutRoleAsync(app.Role(), open, Token);

        (await tenant.VerifyAsync(app.Id())).Is(200).Json.Status().Should().Be("failed");

        var issued = Sessions(app.Role());
        (await tenant.CredentialsAsync(app.Id())).IsProblem(409, "app_not_verified");
        Sessions(app.Role()).Should().Be(issued);
    }

    /// <summary>More: <see cref="Sessions.StsFaultTests"/>.</summary>
    [Fact]
    public async Task Mode_15_retries_do_not_multiply()
    {
        var (tenant, app, _) = await RegisterAsync();
        foreach (
            var (fault, issuing) in new (StsReply, int)[]
            {
                (new StsReply.Fault("Throttling", 400), 3),
                (new StsReply.Fault("InternalFailure", 500), 3),
                (new StsReply.Fault("AccessDenied", 403), 1),
                (new StsReply.Drop(), 3),
            }
        )
        {
            lab.Sts.Answer(app.Role(), _ => fault);
            var before = lab.Sts.Calls(app.Role()).Count;
            (await tenant.CredentialsAsync(app.Id())).Status.Should().BeOneOf(409, 503);
            (lab.Sts.Calls(app.Role()).Count - before).Should().Be(issuing, fault.ToString());
        }

        // A proof is tried again by its schedule only, and then from its beginning.
        foreach (
            var fault in new StsReply[]
            {
                new StsReply.Fault("Throttling", 400),
                new StsReply.Drop(),
            }
        )
        {
            lab.Sts.Answer(app.Role(), _ => fault);
            var before = lab.Sts.Calls(app.Role()).Count;
            (await tenant.VerifyAsync(app.Id())).Is(200);
            (lab.Sts.Calls(app.Role()).Count - before).Should().Be(1, fault.ToString());
        }
    }

    private async Task<(Tenant Tenant, JsonObject App, string ExternalId)> RegisterAsync()
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var externalId = await tenant.NewExternalIdAsync(Token);
        var app = await tenant.RegisterAsync(Token, externalId: externalId);
        app.Status().Should().Be("verified");
        return (tenant, app, externalId);
    }

    private async Task<(Tenant Tenant, JsonObject Body)> OpenAsync(string policy)
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var (role, externalId) = (Tenant.NewRoleArn(), await tenant.NewExternalIdAsync(Token));
        await lab.Aws.PutRoleAsync(role, TrustPolicies.Open[policy].Policy(externalId), Token);
        return (tenant, Tenant.Registration(role, externalId));
    }

    private static async Task<JsonArray> AppsAsync(Tenant tenant) =>
        (await tenant.Deployment.GetAnswerAsync("/v1/apps", Token)).Is(200).Json[
            "items"
        ]!.AsArray();

    private static async Task<string> KeyIdAsync(
        Tenant tenant,
        JsonObject app,
        bool localDevelopment = false
    ) =>
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Post,
                $"{tenant.Root}/apps/{app.Id()}/credentials",
                new { localDevelopment },
                Token
            )
        )
            .Is(200)
            .Json["credentials"]!["accessKeyId"]!.GetValue<string>();

    private StsCall LastSession(string role) => SessionCalls(role).Last();

    private int Sessions(string role) => SessionCalls(role).Count();

    private IEnumerable<StsCall> SessionCalls(string role) =>
        lab
            .Sts.Calls(role)
            .Where(c =>
                !c.Form["RoleSessionName"].StartsWith("btnz__trust", StringComparison.Ordinal)
            );
}
