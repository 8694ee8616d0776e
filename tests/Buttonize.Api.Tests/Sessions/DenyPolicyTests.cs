using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using Buttonize.Api.Access;
using Buttonize.Api.Apps;
using Buttonize.Api.Aws;
using Buttonize.Api.Sessions;
using AppId = Buttonize.Api.Id<Buttonize.Api.Apps.App>;
using OrganizationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Organization>;
using UserId = Buttonize.Api.Id<Buttonize.Api.Access.Person>;

namespace Buttonize.Api.Tests.Sessions;

/// <summary>
/// The policy that suspending a member answers with, attached to roles at local AWS: whose sessions it ends. Sessions of the owner come
/// from the control plane. Nobody else may use apps yet, so that theirs are got with the very request that the control plane sends.
/// </summary>
public sealed class DenyPolicyTests(SharedControlPlane shared, Services services)
    : IClassFixture<SharedControlPlane>,
        IAsyncLifetime
{
    private const string Account = "123456789012";
    private const string Function =
        $"arn:aws:lambda:eu-central-1:{Account}:function:discounts-deny";

    private static readonly HttpClient Http = new();

    private readonly string role = Tenant.NewRoleArn();
    private readonly string secondRole = Tenant.NewRoleArn();
    private string externalId = null!;
    private Tenant tenant = null!;
    private string appId = null!;

    /// <summary>The member who is to be suspended.</summary>
    private JoinedMember member = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        externalId = await tenant.NewExternalIdAsync(Token);
        await shared.ControlPlane.Aws.PutFunctionAsync(Function, Token);
        await PutRolesAsync(denyFirst: null, denySecond: null);
        var app = await Tenant.PostAsync(
            tenant.Deployment,
            "/v1/apps",
            Tenant.Registration(role, externalId),
            Token
        );
        app["verification"]!["status"]!.GetValue<string>().Should().Be("verified");
        appId = app["appId"]!.GetValue<string>();
        member = await JoinedMember.JoinAsync(tenant, Token);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("Zoë")]
    [InlineData("Somebody with a name so long that it is cut where the session's name has to end")]
    [InlineData("😀")]
    [InlineData("btnz__AAAAAAAAAAAAAAAAAAAAA__owner")]
    public async Task It_ends_the_persons_sessions_under_whatever_name(string name)
    {
        var now = await SessionOfAsync(member.UserId, "Present name");
        var older = await SessionOfAsync(member.UserId, name);
        (await InvokesAsync(now, older)).Should().Equal(true, true);

        await PutRolesAsync(await SuspendAsync(), denySecond: null);

        (await InvokesAsync(now, older)).Should().Equal(false, false);
    }

    [Fact]
    public async Task It_ends_sessions_that_were_chained_from_theirs_where_it_is_attached()
    {
        var first = await SessionOfAsync(member.UserId, "Member");
        var chained = await ChainAsync(first);
        var owners = await OwnersSessionAsync();
        var chainedByOwner = await ChainAsync(owners);
        (await InvokesAsync(first, chained, owners, chainedByOwner))
            .Should()
            .Equal(true, true, true, true);

        var deny = await SuspendAsync();
        await PutRolesAsync(deny, denySecond: null);

        // It holds for the role that it is attached to: what was chained before goes on, and nothing more is.
        (await InvokesAsync(first, chained, owners, chainedByOwner))
            .Should()
            .Equal(false, true, true, true);
        await ShouldNotChainAsync(first);

        await PutRolesAsync(deny, deny);

        (await InvokesAsync(first, chained, owners, chainedByOwner))
            .Should()
            .Equal(false, false, true, true);
        (await InvokesAsync(await ChainAsync(owners))).Should().Equal(true);
    }

    [Fact]
    public async Task It_touches_nobody_elses_sessions()
    {
        var id = member.UserId;
        (string Id, string Name)[] others =
        [
            (UserId.New().Value, "Anybody"),
            // Ids that are as near to the member's as can be.
            (id[..^1] + Other(id[^1]), "Same beginning"),
            (Other(id[0]) + id[1..], "Same end"),
            (id[1..] + id[0], "Moved by one"),
            (SwappedCase(id), "Other letter case"),
            // Names that hold the member's id, or the whole beginning of their sessions' names.
            (UserId.New().Value, id),
            (UserId.New().Value, $"btnz__{id}__x"),
            (UserId.New().Value, $"__{id}__"),
            (UserId.New().Value, member.Subject),
        ];
        others.Select(o => o.Id).Should().NotContain(id);
        var sessions = new List<AwsSession> { await OwnersSessionAsync() };
        foreach (var (otherId, name) in others)
        {
            sessions.Add(await SessionOfAsync(otherId, name));
        }

        var members = await SessionOfAsync(id, "Member");
        (await InvokesAsync([members, .. sessions])).Should().OnlyContain(may => may);

        var deny = await SuspendAsync();
        await PutRolesAsync(deny, deny);

        (await InvokesAsync(members)).Should().Equal(false);
        (await InvokesAsync([.. sessions])).Should().OnlyContain(may => may);
        (await InvokesAsync(await OwnersSessionAsync())).Should().Equal(true);
        var verification = await tenant.Deployment.CallAsync(
            HttpMethod.Post,
            $"/v1/apps/{appId}/verification",
            null,
            Token
        );
        verification.Is(200).Json["verification"]!["status"]!
            .GetValue<string>()
            .Should()
            .Be("verified");
    }

    private static char Other(char c) => c == 'x' ? 'y' : 'x';

    private static string SwappedCase(string id)
    {
        var swapped = string.Concat(
            id.Select(c => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c))
        );
        return swapped == id ? UserId.New().Value : swapped;
    }

    private async Task<JsonNode> SuspendAsync() =>
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Put,
                $"{tenant.Root}/members/{member.UserId}/suspension",
                new { reason = "Laptop stolen" },
                Token
            )
        )
            .Is(200)
            .Json["denyPolicy"]!;

    /// <summary>The owner's session, as their browser gets it.</summary>
    private async Task<AwsSession> OwnersSessionAsync()
    {
        var answer = await tenant.Owner.CallAsync(
            HttpMethod.Post,
            $"{tenant.Root}/apps/{appId}/credentials",
            null,
            Token
        );
        var keys = answer.Is(200).Json["credentials"]!;
        return new AwsSession(
            services.Aws,
            keys["accessKeyId"]!.GetValue<string>(),
            keys["secretAccessKey"]!.GetValue<string>(),
            keys["sessionToken"]!.GetValue<string>()
        );
    }

    /// <summary>Anybody's session, with the request that the control plane sends for them.</summary>
    private Task<AwsSession> SessionOfAsync(string userId, string name)
    {
        var identity = SessionIdentity.For(
            new Person(UserId.Parse(userId), name, Email: null, IsEmailVerified: false),
            OrganizationId.Parse(tenant.OrganizationId),
            AppId.Parse(appId),
            localDevelopment: false
        );
        return AwsSession
            .OfControlPlane(services.Aws)
            .AssumeAsync(
                AssumeRoleRequests.Of(
                    RoleArn.Parse(role),
                    ExternalId.Parse(externalId),
                    identity,
                    sessionPolicy: null
                ),
                Token
            );
    }

    /// <summary>A session of the second role, from one of the first: it inherits source identity and tags.</summary>
    private Task<AwsSession> ChainAsync(AwsSession session) =>
        session.AssumeAsync(
            new AssumeRoleRequest { RoleArn = secondRole, RoleSessionName = "chained" },
            Token
        );

    private async Task ShouldNotChainAsync(AwsSession session)
    {
        var chaining = async () => await ChainAsync(session);
        (await chaining.Should().ThrowAsync<AmazonSecurityTokenServiceException>())
            .Which.ErrorCode.Should()
            .Be("AccessDenied");
    }

    private static async Task<IReadOnlyList<bool>> InvokesAsync(params AwsSession[] sessions) =>
        await Task.WhenAll(sessions.Select(s => s.MayInvokeAsync(Function, Token)));

    /// <summary>Both roles may invoke the function, and the first may go on to the second; unless a policy denies it.</summary>
    private async Task PutRolesAsync(JsonNode? denyFirst, JsonNode? denySecond)
    {
        await PutRoleAsync(
            role,
            LocalAwsClient.TrustPolicy([externalId]),
            [
                Allow(["lambda:InvokeFunction"], Function),
                Allow(Chaining, secondRole),
                .. Attached(denyFirst),
            ]
        );
        await PutRoleAsync(
            secondRole,
            new
            {
                Version = "2012-10-17",
                Statement = new
                {
                    Effect = "Allow",
                    Principal = new { AWS = $"arn:aws:iam::{Account}:root" },
                    Action = Chaining,
                },
            },
            [Allow(["lambda:InvokeFunction"], Function), .. Attached(denySecond)]
        );
    }

    private static readonly string[] Chaining =
    [
        "sts:AssumeRole",
        "sts:TagSession",
        "sts:SetSourceIdentity",
    ];

    private static IEnumerable<object> Attached(JsonNode? policy) => policy is null ? [] : [policy];

    private static object Allow(string[] actions, string resource) =>
        new
        {
            Version = "2012-10-17",
            Statement = new
            {
                Effect = "Allow",
                Action = actions,
                Resource = resource,
            },
        };

    private async Task PutRoleAsync(string roleArn, object trustPolicy, object[] policies)
    {
        using var response = await Http.PutAsJsonAsync(
            new Uri(services.Aws, "_local/roles"),
            new
            {
                roleArn,
                trustPolicy,
                policies,
            },
            System.Text.Json.JsonSerializerOptions.Default,
            Token
        );
        response
            .IsSuccessStatusCode.Should()
            .BeTrue(await response.Content.ReadAsStringAsync(Token));
    }
}
