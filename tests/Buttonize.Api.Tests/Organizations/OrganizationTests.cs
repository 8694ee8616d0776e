using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Organizations;

/// <summary>People make organizations and see their own.</summary>
public sealed class OrganizationTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_organization_belongs_to_whoever_made_it()
    {
        var person = NewPerson();
        var me = (await person.GetAnswerAsync("/v1/me", Token)).Is(200).Json;

        var made = (await CreateAsync(person, "Größe & Söhne 🎉")).Is(201);

        var organization = made.Json;
        organization
            .Members()
            .Should()
            .BeEquivalentTo("organizationId", "name", "ownerId", "createdAt");
        organization["organizationId"]!
            .GetValue<string>()
            .Should()
            .MatchRegex(@"\A[A-Za-z0-9_-]{21}\z");
        organization["name"]!.GetValue<string>().Should().Be("Größe & Söhne 🎉");
        organization["ownerId"]!.GetValue<string>().Should().Be(me["userId"]!.GetValue<string>());
        organization["createdAt"]!
            .GetValue<string>()
            .Should()
            .MatchRegex(@"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\z");
        var path = made.Headers.Location!.ToString();
        path.Should().Be($"/v1/organizations/{organization["organizationId"]}");
        var read = (await person.GetAnswerAsync(path, Token)).Is(200);
        JsonNode.DeepEquals(read.Json, organization).Should().BeTrue();
        read.Headers.ETag!.IsWeak.Should().BeFalse();
    }

    [Fact]
    public async Task Whoever_was_there_before_organizations_were_counted_makes_one_as_well()
    {
        var person = NewPerson();
        var me = (await person.GetAnswerAsync("/v1/me", Token)).Is(200)["userId"];
        var stored = (await shared.Table.FindAsync($"USER#{me}", Token, "PERSON")).Single();
        stored.Remove("creations").Should().BeTrue();
        await shared.Table.PutAsync(stored, Token);

        (await CreateAsync(person, "First")).Is(201);
        (await CreateAsync(person, "Second")).Is(201);

        var now = (await shared.Table.FindAsync($"USER#{me}", Token, "PERSON")).Single();
        now["creations"].N.Should().Be("2");
    }

    [Fact]
    public async Task Me_is_the_person_with_their_organizations()
    {
        var person = shared.ControlPlane.WithToken(
            shared.ControlPlane.Provider.Token(
                $"me-{Guid.NewGuid():N}",
                "Zoë",
                claims => claims["email"] = "zoe@example.com"
            )
        );
        (await person.GetAnswerAsync("/v1/me", Token)).Is(200).Json["organizations"]!
            .AsArray()
            .Should()
            .BeEmpty();
        var first = (await CreateAsync(person, "First")).Is(201)["organizationId"];
        var second = (await CreateAsync(person, "Second")).Is(201)["organizationId"];

        var me = (await person.GetAnswerAsync("/v1/me", Token)).Is(200).Json;

        me.Members().Should().BeEquivalentTo("userId", "userName", "email", "organizations");
        me["userName"]!.GetValue<string>().Should().Be("Zoë");
        me["email"]!.GetValue<string>().Should().Be("zoe@example.com");
        var organizations = me["organizations"]!.AsArray();
        organizations
            .Should()
            .AllSatisfy(o => o.Members().Should().BeEquivalentTo("organizationId", "name"));
        organizations
            .Select(o => (o!["organizationId"]!.GetValue<string>(), o["name"]!.GetValue<string>()))
            .Should()
            .BeEquivalentTo([(first, "First"), (second, "Second")]);
    }

    [Fact]
    public async Task Who_has_no_address_has_none_in_me()
    {
        var me = (await NewPerson().GetAnswerAsync("/v1/me", Token)).Is(200).Json;

        me.Members().Should().Contain("email");
        me["email"].Should().BeNull();
    }

    [Fact]
    public async Task A_list_holds_the_callers_organizations_only()
    {
        var (person, other) = (NewPerson(), NewPerson());
        await CreateAsync(other, "Other");
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add((await CreateAsync(person, "Same name")).Is(201)["organizationId"]);
        }

        var found = new List<string>();
        string? cursor = null;
        do
        {
            var page = (
                await person.GetAnswerAsync(
                    $"/v1/organizations?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}",
                    Token
                )
            )
                .Is(200)
                .Json;
            found.AddRange(
                page["items"]!.AsArray().Select(o => o!["organizationId"]!.GetValue<string>())
            );
            cursor = page["nextCursor"]?.GetValue<string>();
        } while (cursor is not null);

        found.Should().BeEquivalentTo(ids);
    }

    [Fact]
    public async Task To_whoever_is_no_member_an_organization_is_like_one_that_is_not_there()
    {
        var made = (await CreateAsync(NewPerson(), "Hidden")).Is(201);
        var stranger = NewPerson();

        var hidden = await stranger.GetAnswerAsync(made.Headers.Location!.ToString(), Token);
        var missing = await stranger.GetAnswerAsync(
            "/v1/organizations/aaaaaaaaaaaaaaaaaaaaa",
            Token
        );

        Without(hidden.IsProblem(404, "not_found"))
            .Should()
            .Be(Without(missing.IsProblem(404, "not_found")));

        static string Without(ApiAnswer answer)
        {
            var json = answer.Json;
            json.Remove("traceId");
            return json.ToJsonString();
        }
    }

    [Fact]
    public async Task A_person_keeps_their_user_id_however_they_are_called()
    {
        var subject = $"kept-{Guid.NewGuid():N}";
        var before = (
            await shared.ControlPlane.SignedIn(subject, "Before").GetAnswerAsync("/v1/me", Token)
        ).Is(200);
        var after = (
            await shared.ControlPlane.SignedIn(subject, "After").GetAnswerAsync("/v1/me", Token)
        ).Is(200);

        after["userId"].Should().Be(before["userId"]);
        after["userName"].Should().Be("After");
    }

    [Fact]
    public async Task Twenty_first_calls_at_once_make_one_person()
    {
        var subject = $"new-{Guid.NewGuid():N}";
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(_ =>
                    shared
                        .ControlPlane.SignedIn(subject)
                        .GetFromJsonAsync<JsonObject>("/v1/me", Token)
                )
        );

        answers.Select(a => a!["userId"]!.GetValue<string>()).Distinct().Should().ContainSingle();
    }

    private HttpClient NewPerson() => shared.ControlPlane.SignedIn($"person-{Guid.NewGuid():N}");

    private static Task<ApiAnswer> CreateAsync(HttpClient person, string name) =>
        person.CallAsync(
            HttpMethod.Post,
            "/v1/organizations",
            new JsonObject { ["name"] = name },
            Token
        );
}
