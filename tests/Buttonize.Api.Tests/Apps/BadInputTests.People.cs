using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Apps;

/// <summary>The bodies of organizations, groups, members and invitations.</summary>
public sealed partial class BadInputTests
{
    /// <summary>Members of those bodies: value as JSON, and the member that <c>errors</c> names.</summary>
    public static TheoryData<Operation, string, string, string> BadPeopleMembers()
    {
        var data = new TheoryData<Operation, string, string, string>();
        foreach (var call in (Operation[])[Operation.CreateGroup, Operation.ReplaceGroup])
        {
            foreach (var (json, named) in BadLists("appTags"))
            {
                data.Add(call, "appTags", json, named);
            }

            foreach (var (json, named) in BadTags())
            {
                data.Add(call, "appTags", json, named);
            }

            foreach (
                var json in (string[])["1", "true", "\"manageApps\"", "[]", "[\"manageApps\"]"]
            )
            {
                data.Add(call, "permissions", json, "permissions");
            }

            foreach (var json in (string[])["null", "1", "\"true\"", "{}", "[]"])
            {
                data.Add(
                    call,
                    "permissions",
                    $$"""{"manageApps":{{json}}}""",
                    "permissions.manageApps"
                );
            }

            foreach (var unknown in (string[])["ManageApps", "manageEverything", "all", "owner"])
            {
                data.Add(
                    call,
                    "permissions",
                    $$"""{"{{unknown}}":true}""",
                    $"permissions.{unknown}"
                );
            }

            AddUnknown(call, "groupId", "isDefault", "tags", "Name", "members", "version");
        }

        foreach (var call in (Operation[])[Operation.AssignGroups, Operation.Invite])
        {
            foreach (var (json, named) in BadLists("groups"))
            {
                data.Add(call, "groups", json, named);
            }

            foreach (
                var id in (string[])
                    [
                        "",
                        "Admins",
                        "*",
                        Access.Route.NoId[1..],
                        Access.Route.NoId + "A",
                        Access.Route.NoId[1..] + "\n",
                        Access.Route.NoId[1..] + "#",
                        Access.Route.NoId[1..] + "\u0410",
                        // As it should be, but made by nobody.
                        Access.Route.NoId,
                    ]
            )
            {
                data.Add(call, "groups", $"[{Json(id)}]", "groups");
            }

            data.Add(call, "groups", "[null]", "groups");
            data.Add(call, "groups", JsonList(51, i => $"{i:000000000000000000000}"), "groups");
            AddUnknown(call, "Groups", "userId", "owner", "suspension", "permissions");
        }

        foreach (
            var email in (string[])
                [
                    "",
                    " ",
                    "x",
                    "@",
                    "a@",
                    "@b",
                    "a@@b",
                    "a@b@c",
                    "a b@example.com",
                    "a@exam ple.com",
                    " a@example.com",
                    "a@example.com ",
                    "a@example.com\n",
                    "a@example.com\r\nBcc: b@example.com",
                    "a\0@example.com",
                    "a\u0085@example.com",
                    "a\u00a0@example.com",
                    "a\u2028@example.com",
                    "a\u007f@example.com",
                    $"a@{Long(253)}",
                ]
        )
        {
            data.Add(Operation.Invite, "email", Json(email), "email");
        }

        foreach (var json in (string[])["null", "1", "true", "{}", "[]", "[\"a@example.com\"]"])
        {
            data.Add(Operation.Invite, "email", json, "email");
        }

        AddUnknown(Operation.Invite, "Email", "expiresAt", "invitedBy", "invitationId");
        foreach (var call in (Operation[])[Operation.TransferOwnership, Operation.Erase])
        {
            foreach (
                var json in (string[])
                    [
                        "null",
                        "1",
                        "{}",
                        "[]",
                        "\"\"",
                        "\"owner\"",
                        Json(Access.Route.NoId),
                        Json(Access.Route.NoId + "A"),
                    ]
            )
            {
                data.Add(call, "userId", json, "userId");
            }

            AddUnknown(call, "ownerId", "UserId", "force");
        }

        AddUnknown(Operation.RenameOrganization, "ownerId", "organizationId", "createdAt", "Name");
        return data;

        void AddUnknown(Operation call, params string[] members)
        {
            foreach (var member in members)
            {
                data.Add(call, member, "\"x\"", member);
            }
        }
    }

    private static IEnumerable<(string Json, string Named)> BadLists(string member) =>
        [
            ("1", member),
            ("true", member),
            ("{}", member),
            ("\"support\"", member),
            ("[1]", $"{member}[0]"),
            ("[\"a\",true]", $"{member}[1]"),
            ("[[\"a\"]]", $"{member}[0]"),
            ("[{}]", $"{member}[0]"),
        ];

    private static IEnumerable<(string Json, string Named)> BadTags() =>
        [
            ("[null]", "appTags[0]"),
            ("[\"a\",\"\"]", "appTags[1]"),
            ("[\"  \"]", "appTags[0]"),
            ("[\"a\\u0000\"]", "appTags[0]"),
            ("[\"a\\n\"]", "appTags[0]"),
            ($"[{Json(Long(65))}]", "appTags[0]"),
            ($"[{Json(Emoji(65))}]", "appTags[0]"),
            ("[\"a\",\"b\",\"a\"]", "appTags"),
            ("[\"*\",\"a\"]", "appTags"),
            ("[\"a\",\"*\"]", "appTags"),
            ("[\"*\",\"*\"]", "appTags"),
            (JsonList(51, i => $"tag-{i}"), "appTags"),
        ];

    [Theory]
    [MemberData(nameof(BadPeopleMembers), DisableDiscoveryEnumeration = true)]
    public async Task A_bad_member_of_a_body_about_people_is_named_and_nothing_is_stored(
        Operation call,
        string member,
        string json,
        string named
    )
    {
        var body = GoodBody(call);
        body[member] = JsonNode.Parse(json);

        (await RefusedAsync(call, Raw(body.ToJsonString()))).IsProblem(
            400,
            "validation_failed",
            named
        );
    }

    [Fact]
    public async Task What_is_required_of_people_is_named_where_it_is_missing()
    {
        foreach (
            var (call, member) in new[]
            {
                (Operation.RenameOrganization, "name"),
                (Operation.TransferOwnership, "userId"),
                (Operation.Erase, "userId"),
                (Operation.CreateGroup, "name"),
                (Operation.ReplaceGroup, "name"),
                (Operation.Invite, "email"),
            }
        )
        {
            (await RefusedAsync(call, null)).IsProblem(400, "validation_failed", member);
        }
    }

    [Fact]
    public async Task Accepting_takes_no_members()
    {
        var member = place.Member.Client;
        var path = $"/v1/invitations/{Access.Route.NoId}/acceptance";

        foreach (var json in (string[])["""{"groups":[]}""", """{"email":"a@example.com"}"""])
        {
            (await member.CallAsync(HttpMethod.Post, path, Raw(json), Token)).IsProblem(
                400,
                "validation_failed"
            );
        }

        (await member.CallAsync(HttpMethod.Post, path, Raw("{}"), Token)).IsProblem(
            404,
            "not_found"
        );
    }

    [Fact]
    public async Task Everything_about_people_at_its_limit_is_taken()
    {
        var tenant = await Tenant.CreateAsync(place.ControlPlane, Token);
        var member = await JoinedMember.JoinAsync(tenant, Token);
        var group = (
            await tenant.Owner.CallAsync(
                HttpMethod.Post,
                $"{tenant.Root}/groups",
                // Written with every character escaped: the largest body that is legal.
                Raw(
                    new JsonObject
                    {
                        ["name"] = Emoji(100),
                        ["appTags"] = JsonNode.Parse(JsonList(50, i => $"{i:00}{Emoji(62)}")),
                        ["permissions"] = new JsonObject { ["manageApps"] = true },
                    }.ToJsonString()
                ),
                Token
            )
        ).Is(201);
        group["name"].Should().Be(Emoji(100));
        group.Json["appTags"]!.AsArray().Should().HaveCount(50);
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Put,
                $"{tenant.Root}/groups/{group["groupId"]}",
                new
                {
                    name = "*",
                    appTags = new[] { "*" },
                    permissions = (object?)null,
                },
                Token
            )
        ).Is(200);

        List<string> groups = [];
        for (var i = 0; i < 50; i++)
        {
            groups.Add(await tenant.MakeGroupAsync($"Group {i}", [], Token));
        }

        var email = $"{Long(241)}@example.com";
        email.Should().HaveLength(253);
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Post,
                $"{tenant.Root}/invitations",
                new { email = $"x{email}", groups },
                Token
            )
        ).Is(201);
        var assigned = await tenant.Owner.CallAsync(
            HttpMethod.Put,
            $"{tenant.Root}/members/{member.UserId}",
            new { groups },
            Token
        );
        assigned.Is(200).Json["groups"]!.AsArray().Should().HaveCount(50);
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Patch,
                tenant.Root,
                new { name = Emoji(100) },
                Token
            )
        ).Is(200);
    }
}
