using Buttonize.Api.Access;
using Buttonize.Api.Apps;
using Buttonize.Api.Organizations;
using Microsoft.Extensions.DependencyInjection;
using AppId = Buttonize.Api.Id<Buttonize.Api.Apps.App>;
using OrganizationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Organization>;
using UserId = Buttonize.Api.Id<Buttonize.Api.Access.Person>;

namespace Buttonize.Api.Tests.Access;

/// <summary>
/// While the operator has an organization suspended, nobody in it gets anything, and nothing of it changes: not by calls that come, nor by
/// those that were let in before. Which routes there are is asked of the program; see also <see cref="AccessTableTests"/>.
/// </summary>
public sealed class SuspendedOrganizationTests(TrustLab lab, Services services)
    : IClassFixture<TrustLab>
{
    private const string Reason = "Abuse report 4711";
    private const string Code = "organization_suspended";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_next_call_is_refused_on_every_instance_and_served_again_when_it_is_lifted()
    {
        await using var second = ControlPlane.Start(services, lab.ControlPlane.SharedSettings());
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        var member = await JoinedMember.JoinAsync(
            tenant,
            [await tenant.GroupIdAsync("Users", Token)],
            Token
        );
        var path = $"{tenant.Root}/apps/{app["appId"]}/credentials";
        HttpClient[] people =
        [
            tenant.Owner,
            member.Client,
            Elsewhere(tenant.Owner),
            Elsewhere(member.Client),
        ];
        HttpClient[] deployments = [tenant.Deployment, Elsewhere(tenant.Deployment)];
        for (var round = 0; round < 3; round++)
        {
            await AllAsync(answer => answer.Is(200));
            await tenant.SuspendAsync(Reason, Token);
            await AllAsync(answer =>
            {
                answer.IsProblem(403, Code);
                answer["detail"].Should().Contain(Reason);
            });
            await tenant.SuspendAsync(null, Token);
        }

        await AllAsync(answer => answer.Is(200));

        HttpClient Elsewhere(HttpClient client) =>
            second.WithToken(client.DefaultRequestHeaders.Authorization!.Parameter!);

        async Task AllAsync(Action<ApiAnswer> check)
        {
            foreach (var person in people)
            {
                check(await person.CallAsync(HttpMethod.Post, path, null, Token));
            }

            foreach (var deployment in deployments)
            {
                check(await deployment.GetAnswerAsync("/v1/apps", Token));
            }
        }
    }

    [Fact]
    public async Task Its_people_still_see_its_name_and_have_their_other_organizations()
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var other = await Tenant.CreateAsync(lab.ControlPlane, tenant.Owner, Token);

        await tenant.SuspendAsync(Reason, Token);

        foreach (var path in (string[])["/v1/me", "/v1/organizations"])
        {
            (await tenant.Owner.GetAnswerAsync(path, Token))
                .Is(200)
                .Text.Should()
                .Contain(tenant.OrganizationId)
                .And.NotContain(Reason);
        }

        (await tenant.Owner.GetAnswerAsync(tenant.Root, Token)).IsProblem(403, Code);
        (await tenant.Owner.GetAnswerAsync(other.Root, Token)).Is(200);
        (await other.Deployment.GetAnswerAsync("/v1/apps", Token)).Is(200);
    }

    [Fact]
    public async Task To_others_it_looks_like_what_does_not_exist_and_nobody_joins_it()
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var invited = await JoinedMember.SignInAsync(lab.ControlPlane, Token);
        var invitation = await Tenant.PostAsync(
            tenant.Owner,
            $"{tenant.Root}/invitations",
            new { email = invited.Email },
            Token
        );
        await tenant.SuspendAsync(Reason, Token);
        var path = $"/v1/invitations/{invitation["invitationId"]}/acceptance";

        (await invited.Client.GetAnswerAsync(tenant.Root, Token)).IsProblem(404, "not_found");
        var refused = await invited.Client.CallAsync(HttpMethod.Post, path, null, Token);
        refused.IsProblem(403, "forbidden")["detail"].Should().NotContain(Reason);

        await tenant.SuspendAsync(null, Token);
        (await invited.Client.CallAsync(HttpMethod.Post, path, null, Token)).Is(200);
    }

    [Theory]
    [InlineData("registration")]
    [InlineData("registration with a key")]
    [InlineData("replacement")]
    [InlineData("replacement of a role that refuses")]
    public async Task What_was_let_in_before_is_not_written_after(string what)
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var app = (await tenant.RegisterAsync(Token))["appId"]!.GetValue<string>();
        var body = await tenant.DeployAsync(Token);
        var role = body["executionRoleArn"]!.GetValue<string>();
        if (what.EndsWith("refuses", StringComparison.Ordinal))
        {
            await lab.Aws.RefuseAsync(role, Token);
        }

        // In the middle of the proof: the call was let in, and what it writes is still to come.
        lab.Sts.Answer(
            role,
            call =>
            {
                if (call.Index == 0)
                {
                    tenant.SuspendAsync(Reason, Token).GetAwaiter().GetResult();
                }

                return null;
            }
        );
        var before = await StoredAsync();

        var answer = what.StartsWith("registration", StringComparison.Ordinal)
            ? await RegisterAsync()
            : await tenant.Deployment.CallAsync(HttpMethod.Put, $"/v1/apps/{app}", body, Token);

        lab.Sts.Calls(role).Should().NotBeEmpty();
        answer.IsProblem(403, Code)["detail"].Should().Contain(Reason);
        (await StoredAsync()).Should().Equal(before);

        await tenant.SuspendAsync(null, Token);
        await lab.Aws.TrustAsync(role, body["externalId"]!.GetValue<string>(), Token);
        (await RegisterAsync()).Is(201);

        Task<ApiAnswer> RegisterAsync() =>
            tenant.Deployment.CallAsync(
                HttpMethod.Post,
                "/v1/apps",
                body,
                Token,
                what.EndsWith("key", StringComparison.Ordinal) ? [("Idempotency-Key", role)] : []
            );

        async Task<List<string>> StoredAsync() =>
            [
                .. (
                    await lab.Table.FindAsync(
                        $"ORGANIZATION#{tenant.OrganizationId}",
                        Token,
                        "APP#"
                    )
                )
                    .Select(i =>
                        $"{i["sk"].S} {i["executionRoleArn"].S} {i.ContainsKey("pendingReplacement")}"
                    )
                    .Order(StringComparer.Ordinal),
                .. (await lab.Table.RoleClaimAsync(role, Token)) is { } claim
                    ? [$"{claim}"]
                    : Array.Empty<string>(),
            ];
    }

    [Fact]
    public async Task Nor_is_a_deletion_or_what_people_change()
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var app = AppId.Parse((await tenant.RegisterAsync(Token))["appId"]!.GetValue<string>());
        var organization = OrganizationId.Parse(tenant.OrganizationId);
        var owner = UserId.Parse(
            (await tenant.Owner.GetAnswerAsync("/v1/me", Token)).Is(200)["userId"]
        );
        var inside = lab.ControlPlane.Services;
        var standing = await inside
            .GetRequiredService<AccessReader>()
            .ReadAsync(owner, organization, Token);
        await tenant.SuspendAsync(Reason, Token);

        var deleted = await inside
            .GetRequiredService<AppChanges>()
            .DeleteAsync(organization, app, _ => true, Token);
        var renamed = await inside
            .GetRequiredService<OrganizationChanges>()
            .RenameAsync(standing!, "Renamed", _ => true, Token);
        var made = await inside
            .GetRequiredService<ApiKeys>()
            .CreateAsync(standing!, "Another", null, Token);
        var suspended = await inside
            .GetRequiredService<AppSuspension>()
            .SuspendAsync(standing!, app, "because", _ => true, Token);

        deleted.Should().Be(new ChangeOutcome.OrganizationSuspended(Reason));
        Refusal?[] refusals = [renamed.Refusal, made.Refusal, suspended.Refusal];
        refusals.Should().AllBeEquivalentTo(new Refusal.OrganizationSuspended(Reason));
        await tenant.SuspendAsync(null, Token);
        (await tenant.Deployment.GetAnswerAsync($"/v1/apps/{app}", Token)).Is(200);
        (await tenant.Owner.GetAnswerAsync(tenant.Root, Token))
            .Is(200)["name"]
            .Should()
            .Be("Example");
    }

    [Fact]
    public async Task A_role_that_is_found_open_meanwhile_is_not_used_when_it_is_lifted()
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var body = await tenant.DeployAsync(Token);
        var app = await Tenant.PostAsync(tenant.Deployment, "/v1/apps", body, Token);
        await tenant.SuspendAsync(Reason, Token);
        await lab.Aws.PutRoleAsync(
            body["executionRoleArn"]!.GetValue<string>(),
            new
            {
                Version = "2012-10-17",
                Statement = new[]
                {
                    new
                    {
                        Effect = "Allow",
                        Principal = new
                        {
                            AWS = $"arn:aws:iam::{Services.ControlPlaneAccount}:root",
                        },
                        Action = new[]
                        {
                            "sts:AssumeRole",
                            "sts:TagSession",
                            "sts:SetSourceIdentity",
                        },
                    },
                },
            },
            Token
        );

        await lab.AdvanceToCheckAsync(
            app["appId"]!.GetValue<string>(),
            TimeSpan.FromDays(1),
            Token
        );
        await tenant.SuspendAsync(null, Token);

        (
            await tenant.Owner.CallAsync(
                HttpMethod.Post,
                $"{tenant.Root}/apps/{app["appId"]}/credentials",
                null,
                Token
            )
        ).IsProblem(409, "app_not_verified");
    }

    [Fact]
    public async Task The_suspension_is_one_attribute_of_the_organization()
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        await tenant.SuspendAsync(Reason, Token);

        var items = await lab.Table.FindAsync(
            $"ORGANIZATION#{tenant.OrganizationId}",
            Token,
            "ORGANIZATION"
        );

        var suspension = items.Single()["suspension"].M;
        suspension.Keys.Should().BeEquivalentTo("reason", "at", "by");
        suspension["reason"].S.Should().Be(Reason);
        suspension["by"].S.Should().Be("operator");
    }
}
