using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Trust;

/// <content>Second, whose session it is, and what is in it: modes 8 to 13, and 15.</content>
public sealed partial class FailureModeTests
{
    private const string Function = "arn:aws:lambda:eu-central-1:123456789012:function:discounts";

    [Fact]
    public async Task Mode_08_nobody_gets_a_session_that_was_made_for_something_else()
    {
        var (tenant, app, externalId) = await RegisterAsync();
        var second = await tenant.RegisterAsync(Token, app.Role(), externalId);
        var (other, others, _) = await RegisterAsync();
        List<string> keyIds =
        [
            // Two apps of one role, two people, and two purposes.
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

    /// <summary>
    /// More: <see cref="Access.AccessTokenTests"/>, <see cref="Apps.AppSuspensionTests"/>, <see cref="Organizations.MemberSuspensionTests"/>.
    /// </summary>
    [Fact]
    public async Task Mode_11_an_expired_token_no_membership_and_a_suspended_or_deleted_app_give_no_session()
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
        await tenant.Owner.CallAsync(
            HttpMethod.Put,
            $"{tenant.Root}/apps/{app.Id()}/suspension",
            new { reason = "An audit." },
            Token
        );
        (await tenant.CredentialsAsync(app.Id())).IsProblem(409, "app_suspended");
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

    /// <summary>More: <see cref="Sessions.StsFaultTests"/>.</summary>
    [Fact]
    public async Task Mode_15_retries_do_not_multiply()
    {
        var (tenant, app, _) = await RegisterAsync();
        var began = lab.Sts.Calls(app.Role()).Count;
        foreach (
            var fault in new StsReply[]
            {
                new StsReply.Fault("Throttling", 400),
                new StsReply.Fault("InternalFailure", 500),
                new StsReply.Drop(),
            }
        )
        {
            lab.Sts.Answer(app.Role(), _ => fault);
            var before = lab.Sts.Calls(app.Role()).Count;
            (await tenant.CredentialsAsync(app.Id())).Status.Should().Be(503);
            (lab.Sts.Calls(app.Role()).Count - before).Should().BeInRange(1, 3, fault.ToString());
        }

        // Three requests, and the three further calls that the budget has at once.
        (lab.Sts.Calls(app.Role()).Count - began)
            .Should()
            .BeInRange(3, 6);

        // A role that refuses is not asked again at all.
        lab.Sts.Answer(app.Role(), _ => new StsReply.Fault("AccessDenied", 403));
        began = lab.Sts.Calls(app.Role()).Count;
        (await tenant.CredentialsAsync(app.Id())).IsProblem(409, "role_refused");
        (await tenant.CredentialsAsync(app.Id())).IsProblem(409, "role_refused");
        (lab.Sts.Calls(app.Role()).Count - began).Should().Be(1);

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
}
