using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Buttonize.Api.Tests.Access;

/// <summary>Members who try to get, or to give, what they do not have.</summary>
public sealed class EscalationTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private static readonly string[] Permissions =
    [
        "liveLocalDevelopment",
        "manageApiKeys",
        "manageApps",
        "manageMembers",
        "managePermissions",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_only_manages_members_gives_nobody_what_they_lack_by_assignment_or_invitation()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var manager = await InNewAsync(tenant, ["red"], "manageMembers");
        var accomplice = await JoinedMember.JoinAsync(tenant, Token);
        List<string> beyond =
        [
            await tenant.GroupIdAsync("Admins", Token),
            await tenant.GroupIdAsync("Developers", Token),
            await tenant.GroupIdAsync("Users", Token),
            await tenant.MakeGroupAsync("Other tag", ["red", "blue"], Token),
        ];
        foreach (var permission in Permissions.Except(["manageMembers"]))
        {
            beyond.Add(
                await tenant.MakeGroupAsync($"Gives {permission}", ["red"], Token, permission)
            );
        }

        foreach (var group in beyond)
        {
            foreach (var member in (string[])[manager.UserId, accomplice.UserId])
            {
                (await AssignAsync(manager.Client, tenant, member, group)).IsProblem(
                    403,
                    "forbidden"
                );
            }

            (await InviteAsync(manager.Client, tenant, "accomplice@example.com", group)).IsProblem(
                403,
                "forbidden"
            );
        }

        var within = await tenant.MakeGroupAsync("Within", ["red"], Token, "manageMembers");
        (await AssignAsync(manager.Client, tenant, accomplice.UserId, within)).Is(200);
        (await InviteAsync(manager.Client, tenant, "accomplice@example.com", within)).Is(201);
        (await accomplice.Client.GetAnswerAsync($"{tenant.Root}/api-keys", Token)).IsProblem(
            403,
            "forbidden"
        );
    }

    [Fact]
    public async Task Who_only_manages_permissions_makes_no_group_that_gives_what_they_lack()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var group = await tenant.MakeGroupAsync("Editors", ["red"], Token, "managePermissions");
        var editor = await JoinedMember.JoinAsync(tenant, [group], Token);
        var rich = await tenant.MakeGroupAsync("Rich", ["*"], Token, Permissions);
        (string[] Tags, string[] Permissions)[] beyond =
        [
            (["*"], []),
            (["blue"], []),
            (["red", "blue"], []),
            .. Permissions
                .Except(["managePermissions"])
                .Select(p => (Array.Empty<string>(), new[] { p })),
        ];

        foreach (var (tags, permissions) in beyond)
        {
            var gives = permissions.ToDictionary(p => p, _ => true);
            (
                await editor.Client.CallAsync(
                    HttpMethod.Post,
                    $"{tenant.Root}/groups",
                    new
                    {
                        name = $"{Guid.NewGuid()}",
                        appTags = tags,
                        permissions = gives,
                    },
                    Token
                )
            ).IsProblem(403, "forbidden");

            // Not even the group they are in.
            gives["managePermissions"] = true;
            (
                await editor.Client.CallAsync(
                    HttpMethod.Put,
                    $"{tenant.Root}/groups/{group}",
                    new
                    {
                        name = "Editors",
                        appTags = tags,
                        permissions = gives,
                    },
                    Token
                )
            ).IsProblem(403, "forbidden");
        }

        // What they take away they cannot give back.
        (
            await editor.Client.CallAsync(
                HttpMethod.Put,
                $"{tenant.Root}/groups/{rich}",
                new { name = "Rich no more", appTags = new[] { "red" } },
                Token
            )
        ).Is(200);
        (
            await editor.Client.CallAsync(
                HttpMethod.Put,
                $"{tenant.Root}/groups/{rich}",
                new { name = "Rich again", appTags = new[] { "*" } },
                Token
            )
        ).IsProblem(403, "forbidden");
        (await editor.Client.GetAnswerAsync($"{tenant.Root}/members", Token)).Is(200);
        (await editor.Client.GetAnswerAsync($"{tenant.Root}/api-keys", Token)).IsProblem(
            403,
            "forbidden"
        );
    }

    [Fact]
    public async Task Nobody_but_the_owner_touches_the_owner()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var admins = await tenant.GroupIdAsync("Admins", Token);
        var admin = await JoinedMember.JoinAsync(tenant, [admins], Token);
        var owner = (await tenant.Owner.GetAnswerAsync("/v1/me", Token))["userId"];

        (await AssignAsync(admin.Client, tenant, owner, admins)).IsProblem(403, "forbidden");
        (await AssignAsync(admin.Client, tenant, owner)).IsProblem(403, "forbidden");
        (await SuspendAsync(admin.Client, tenant, owner)).IsProblem(403, "forbidden");
        (await RemoveAsync(admin.Client, tenant, owner)).IsProblem(403, "forbidden");
        (
            await admin.Client.CallAsync(
                HttpMethod.Post,
                $"{tenant.Root}/ownership-transfer",
                new { userId = admin.UserId },
                Token
            )
        ).IsProblem(403, "forbidden");
        (await admin.Client.CallAsync(HttpMethod.Delete, tenant.Root, null, Token)).IsProblem(
            403,
            "forbidden"
        );

        (await tenant.Owner.GetAnswerAsync(tenant.Root, Token))
            .Is(200)["ownerId"]
            .Should()
            .Be(owner);
        (await AssignAsync(tenant.Owner, tenant, owner, admins)).Is(200);
    }

    [Theory]
    [InlineData("removed")]
    [InlineData("suspended")]
    [InlineData("demoted")]
    [InlineData("left")]
    [InlineData("group widened")]
    public async Task An_invitation_holds_only_while_its_maker_could_make_it(string what)
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var inviter = await InNewAsync(tenant, ["red"], "manageMembers");
        var group = await tenant.MakeGroupAsync("Invited", ["red"], Token);
        var invited = await JoinedMember.SignInAsync(shared.ControlPlane, Token);
        var invitation = (await InviteAsync(inviter.Client, tenant, invited.Email, group)).Is(201)[
            "invitationId"
        ];

        (
            what switch
            {
                "removed" => await RemoveAsync(tenant.Owner, tenant, inviter.UserId),
                "suspended" => await SuspendAsync(tenant.Owner, tenant, inviter.UserId),
                "demoted" => await AssignAsync(tenant.Owner, tenant, inviter.UserId),
                "left" => await RemoveAsync(inviter.Client, tenant, inviter.UserId),
                _ => await tenant.Owner.CallAsync(
                    HttpMethod.Put,
                    $"{tenant.Root}/groups/{group}",
                    new { name = "Invited", appTags = new[] { "*" } },
                    Token
                ),
            }
        )
            .Status.Should()
            .BeOneOf(200, 204);

        (await AcceptAsync(invited, invitation)).IsProblem(403, "forbidden");
        (await invited.Client.GetAnswerAsync(tenant.Root, Token)).IsProblem(404, "not_found");
    }

    [Theory]
    [InlineData("removed")]
    [InlineData("left")]
    [InlineData("demoted")]
    [InlineData("demoted and erased")]
    public async Task Nobody_comes_back_by_an_invitation_that_they_kept(string what)
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var admins = await tenant.GroupIdAsync("Admins", Token);
        var member = await JoinedMember.SignInAsync(shared.ControlPlane, Token);
        var first = (await InviteAsync(tenant.Owner, tenant, member.Email, admins)).Is(201)[
            "invitationId"
        ];
        var kept = (await InviteAsync(tenant.Owner, tenant, member.Email, admins)).Is(201)[
            "invitationId"
        ];
        (await AcceptAsync(member, first)).Is(200);
        (await member.Client.GetAnswerAsync($"{tenant.Root}/api-keys", Token)).Is(200);

        (
            what switch
            {
                "removed" => await RemoveAsync(tenant.Owner, tenant, member.UserId),
                "left" => await RemoveAsync(member.Client, tenant, member.UserId),
                _ => await AssignAsync(tenant.Owner, tenant, member.UserId),
            }
        )
            .Status.Should()
            .BeOneOf(200, 204);

        if (what == "demoted and erased")
        {
            (
                await member.Client.CallAsync(
                    HttpMethod.Post,
                    "/v1/me/erasure",
                    new { userId = member.UserId },
                    Token
                )
            ).Is(204);
        }

        (await AcceptAsync(member, kept)).IsProblem(403, "forbidden");
        (await member.Client.GetAnswerAsync($"{tenant.Root}/api-keys", Token))
            .Status.Should()
            .BeOneOf(403, 404);

        // A new one is a new word.
        var anew = (await InviteAsync(tenant.Owner, tenant, member.Email, admins)).Is(201)[
            "invitationId"
        ];
        (await AcceptAsync(member, anew)).Is(200);
        (await member.Client.GetAnswerAsync($"{tenant.Root}/api-keys", Token)).Is(200);
    }

    [Fact]
    public async Task A_body_that_trickles_in_does_not_carry_rights_beyond_their_loss()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var admins = await tenant.GroupIdAsync("Admins", Token);
        var users = await tenant.GroupIdAsync("Users", Token);
        var admin = await JoinedMember.JoinAsync(tenant, [admins], Token);
        var app = await tenant.RegisterAsync(Token);

        // Begun as an admin; while the body is on its way, the owner demotes them.
        var undo = await HeldRequest.BeginAsync(
            admin.Client,
            HttpMethod.Put,
            $"{tenant.Root}/members/{admin.UserId}",
            $$"""{"groups":["{{admins}}"]}""",
            Token
        );
        var suspend = await HeldRequest.BeginAsync(
            admin.Client,
            HttpMethod.Put,
            $"{tenant.Root}/apps/{app["appId"]}/suspension",
            """{"reason":"because"}""",
            Token
        );
        (await AssignAsync(tenant.Owner, tenant, admin.UserId, users)).Is(200);
        (await undo.EndAsync(Token)).Should().Be(HttpStatusCode.Forbidden);
        (await suspend.EndAsync(Token)).Should().Be(HttpStatusCode.Forbidden);
        (await admin.Client.GetAnswerAsync($"{tenant.Root}/api-keys", Token)).IsProblem(
            403,
            "forbidden"
        );

        // And the main call, where they are removed altogether.
        var session = await HeldRequest.BeginAsync(
            admin.Client,
            HttpMethod.Post,
            $"{tenant.Root}/apps/{app["appId"]}/credentials",
            """{"localDevelopment":false}""",
            Token
        );
        (await RemoveAsync(tenant.Owner, tenant, admin.UserId)).Is(204);
        await Eventually.HoldsAsync(
            () => Task.FromResult(session.Age),
            age => age > TimeSpan.FromMilliseconds(300),
            TimeSpan.FromSeconds(2),
            Token
        );
        (await session.EndAsync(Token)).Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_manager_does_not_lift_their_own_suspension_at_the_moment_it_is_made()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var manager = await InNewAsync(tenant, [], "manageMembers");
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var lifting = Enumerable
            .Range(0, 6)
            .Select(async _ =>
            {
                while (!end.IsCancellationRequested)
                {
                    await manager.Client.CallAsync(
                        HttpMethod.Delete,
                        $"{tenant.Root}/members/{manager.UserId}/suspension",
                        null,
                        Token
                    );
                }
            })
            .ToList();
        for (var round = 0; round < 10; round++)
        {
            (await SuspendAsync(tenant.Owner, tenant, manager.UserId))
                .Status.Should()
                .BeOneOf(200, 503);
            (await tenant.Owner.GetAnswerAsync($"{tenant.Root}/members/{manager.UserId}", Token))
                .Is(200)
                .Json["suspension"]
                .Should()
                .NotBeNull();
            (await manager.Client.GetAnswerAsync(tenant.Root, Token)).IsProblem(
                403,
                "member_suspended"
            );
            (
                await tenant.Owner.CallAsync(
                    HttpMethod.Delete,
                    $"{tenant.Root}/members/{manager.UserId}/suspension",
                    null,
                    Token
                )
            ).Is(204);
        }

        await end.CancelAsync();
        await Task.WhenAll(lifting);
    }

    [Fact]
    public async Task Lifting_gives_rights_back_so_it_takes_them_or_having_suspended()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var manager = await InNewAsync(tenant, [], "manageMembers");
        var admin = await JoinedMember.JoinAsync(
            tenant,
            [await tenant.GroupIdAsync("Admins", Token)],
            Token
        );
        (await SuspendAsync(tenant.Owner, tenant, admin.UserId)).Is(200);

        (await LiftAsync(manager, tenant, admin)).IsProblem(403, "forbidden");

        // Nor is it theirs where they were first, and the owner suspended for another reason after.
        var second = await JoinedMember.JoinAsync(
            tenant,
            [await tenant.GroupIdAsync("Admins", Token)],
            Token
        );
        (await SuspendAsync(manager.Client, tenant, second.UserId)).Is(200);
        (await SuspendAsync(tenant.Owner, tenant, second.UserId)).Is(200);
        (await LiftAsync(manager, tenant, second)).IsProblem(403, "forbidden");

        // Suspending once more does not make it theirs to lift.
        (await SuspendAsync(manager.Client, tenant, admin.UserId)).Is(200);
        (await LiftAsync(manager, tenant, admin)).IsProblem(403, "forbidden");
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Delete,
                $"{tenant.Root}/members/{admin.UserId}/suspension",
                null,
                Token
            )
        ).Is(204);
        (await SuspendAsync(manager.Client, tenant, admin.UserId)).Is(200);
        (await LiftAsync(manager, tenant, admin)).Is(204);
    }

    [Fact]
    public async Task A_manager_who_is_being_removed_grants_nothing_after_that_is_acknowledged()
    {
        for (var round = 0; round < 15; round++)
        {
            var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
            var admins = await tenant.GroupIdAsync("Admins", Token);
            var manager = await JoinedMember.JoinAsync(tenant, [admins], Token);
            var accomplice = await JoinedMember.JoinAsync(tenant, Token);

            var removal = RemoveAsync(tenant.Owner, tenant, manager.UserId);
            var grant = AssignAsync(manager.Client, tenant, accomplice.UserId, admins);
            await Task.WhenAll(removal, grant);

            (await removal).Is(204);
            (await grant).Status.Should().BeOneOf(200, 404);
            var rights = await accomplice.Client.GetAnswerAsync($"{tenant.Root}/api-keys", Token);
            rights.Status.Should().Be((await grant).Status == 200 ? 200 : 403);
            (await AssignAsync(manager.Client, tenant, accomplice.UserId, admins)).IsProblem(
                404,
                "not_found"
            );
        }
    }

    private static async Task<JoinedMember> InNewAsync(
        Tenant tenant,
        string[] tags,
        params string[] permissions
    ) =>
        await JoinedMember.JoinAsync(
            tenant,
            [await tenant.MakeGroupAsync($"{Guid.NewGuid():N}", tags, Token, permissions)],
            Token
        );

    private static Task<ApiAnswer> AssignAsync(
        HttpClient by,
        Tenant tenant,
        string userId,
        params string[] groups
    ) => by.CallAsync(HttpMethod.Put, $"{tenant.Root}/members/{userId}", new { groups }, Token);

    private static Task<ApiAnswer> InviteAsync(
        HttpClient by,
        Tenant tenant,
        string email,
        params string[] groups
    ) => by.CallAsync(HttpMethod.Post, $"{tenant.Root}/invitations", new { email, groups }, Token);

    private static Task<ApiAnswer> AcceptAsync(JoinedMember by, string invitation) =>
        by.Client.CallAsync(
            HttpMethod.Post,
            $"/v1/invitations/{invitation}/acceptance",
            null,
            Token
        );

    private static Task<ApiAnswer> SuspendAsync(HttpClient by, Tenant tenant, string userId) =>
        by.CallAsync(
            HttpMethod.Put,
            $"{tenant.Root}/members/{userId}/suspension",
            new { reason = "because" },
            Token
        );

    private static Task<ApiAnswer> LiftAsync(JoinedMember by, Tenant tenant, JoinedMember member) =>
        by.Client.CallAsync(
            HttpMethod.Delete,
            $"{tenant.Root}/members/{member.UserId}/suspension",
            null,
            Token
        );

    private static Task<ApiAnswer> RemoveAsync(HttpClient by, Tenant tenant, string userId) =>
        by.CallAsync(HttpMethod.Delete, $"{tenant.Root}/members/{userId}", null, Token);

    /// <summary>A request whose head is sent, and of its body all but the end.</summary>
    private sealed class HeldRequest(TcpClient connection, string rest, TimeProvider time)
    {
        private readonly DateTimeOffset begun = time.GetUtcNow();

        public TimeSpan Age => time.GetUtcNow() - begun;

        public static async Task<HeldRequest> BeginAsync(
            HttpClient by,
            HttpMethod method,
            string path,
            string body,
            CancellationToken cancellationToken
        )
        {
            var address = by.BaseAddress!;
            var connection = new TcpClient { NoDelay = true };
            await connection.ConnectAsync(address.Host, address.Port, cancellationToken);
            var head =
                $"{method} {path} HTTP/1.1\r\nHost: {address.Authority}\r\nAuthorization: {by.DefaultRequestHeaders.Authorization}\r\n"
                + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n";
            await connection
                .GetStream()
                .WriteAsync(Encoding.ASCII.GetBytes(head), cancellationToken);

            // The server asks for the body once it has decided: from here on the call has its grant.
            var buffer = new byte[1024];
            var read = await connection.GetStream().ReadAsync(buffer, cancellationToken);
            Encoding.ASCII.GetString(buffer, 0, read).Should().StartWith("HTTP/1.1 100");
            return new HeldRequest(connection, body, TimeProvider.System);
        }

        public async Task<HttpStatusCode> EndAsync(CancellationToken cancellationToken)
        {
            using (connection)
            {
                await connection
                    .GetStream()
                    .WriteAsync(Encoding.ASCII.GetBytes(rest), cancellationToken);
                using var reader = new StreamReader(connection.GetStream());
                var answer = await reader.ReadToEndAsync(cancellationToken);
                return (HttpStatusCode)
                    int.Parse(
                        answer.Split(' ')[1],
                        System.Globalization.CultureInfo.InvariantCulture
                    );
            }
        }
    }
}
