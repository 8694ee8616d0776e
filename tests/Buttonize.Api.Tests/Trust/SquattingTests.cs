using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Buttonize.Api.Tests.Trust;

/// <summary>One organization registers what is another's: it gets nothing, keeps nobody from anything, and learns nothing.</summary>
public sealed partial class SquattingTests(TrustLab lab) : IClassFixture<TrustLab>
{
    /// <summary>A proof of a role that refuses: three calls, and three that ask for less.</summary>
    private const int CallsOfARefusal = 6;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_registers_a_role_unproven_holds_nothing_and_its_owner_verifies_all_the_same()
    {
        var (a, b) = (await NewTenantAsync(), await NewTenantAsync());
        var body = await a.DeployAsync(Token);
        var guessed = Tenant.Registration(body.Role(), await b.NewExternalIdAsync(Token));

        var squatter = (await b.RegisterAnswerAsync(guessed)).Is(201).Json;
        squatter.Status().Should().Be("pending");
        (await lab.Table.RoleClaimAsync(body.Role(), Token)).Should().BeNull();

        var owner = (await a.RegisterAnswerAsync(body)).Is(201).Json;

        owner.Status().Should().Be("verified");
        (await lab.Table.RoleClaimAsync(body.Role(), Token)).Should().Be((a.OrganizationId, 1));
        (await a.CredentialsAsync(owner.Id())).Is(200);
        (await b.AppAsync(squatter.Id())).Status().Should().Be("pending");
        (await b.CredentialsAsync(squatter.Id())).IsProblem(409, "app_not_verified");
    }

    [Theory]
    [InlineData("")]
    [InlineData("?wait=2")]
    public async Task A_role_that_is_held_is_answered_like_one_that_refuses(string query)
    {
        var (a, b) = (await NewTenantAsync(), await NewTenantAsync());
        var held = await a.DeployAsync(Token);
        (await a.RegisterAnswerAsync(held)).Is(201).Json.Status().Should().Be("verified");
        var refusing = Tenant.Registration(Tenant.NewRoleArn(), await b.NewExternalIdAsync(Token));
        await lab.Aws.RefuseAsync(refusing.Role(), Token);

        // B knows everything of A's: the role and its External ID.
        var (ofHeld, ofRefusing) = (
            await RegisterAsync(b, held, query),
            await RegisterAsync(b, refusing, query)
        );
        Neutral(ofHeld.Json).Should().Be(Neutral(ofRefusing.Json));
        Names(ofHeld).Should().Equal(Names(ofRefusing));

        // Again, when asked for it, by reading and by the main call.
        foreach (
            var (first, second) in new[]
            {
                (await b.VerifyAsync(ofHeld.Json.Id()), await b.VerifyAsync(ofRefusing.Json.Id())),
                (
                    await b.Deployment.GetAnswerAsync($"/v1/apps/{ofHeld.Json.Id()}", Token),
                    await b.Deployment.GetAnswerAsync($"/v1/apps/{ofRefusing.Json.Id()}", Token)
                ),
            }
        )
        {
            Neutral(first.Is(200).Json).Should().Be(Neutral(second.Is(200).Json));
            Names(first).Should().Equal(Names(second));
        }

        var (refused, refusedToo) = (
            await b.CredentialsAsync(ofHeld.Json.Id()),
            await b.CredentialsAsync(ofRefusing.Json.Id())
        );
        refused.IsProblem(409, "app_not_verified");
        refusedToo.IsProblem(409, "app_not_verified");
        refused["detail"].Should().Be(refusedToo["detail"]);
    }

    [Fact]
    public async Task A_held_role_is_asked_for_as_a_refusing_one_is_and_never_assumed_for_another()
    {
        var (a, b) = (await NewTenantAsync(), await NewTenantAsync());
        var held = await a.DeployAsync(Token);
        (await a.RegisterAnswerAsync(held)).Is(201).Json.Status().Should().Be("verified");
        var before = lab.Sts.Calls(held.Role()).Count;
        var refusing = Tenant.Registration(Tenant.NewRoleArn(), await b.NewExternalIdAsync(Token));

        await b.RegisterAnswerAsync(held);
        await b.RegisterAnswerAsync(refusing);

        // Later tries can have begun since.
        var ofHeld = lab.Sts.Calls(held.Role()).Skip(before).ToList();
        var ofRefusing = lab.Sts.Calls(refusing.Role()).ToList();
        ofHeld.Count.Should().BeGreaterThanOrEqualTo(CallsOfARefusal);
        Shapes(ofHeld.Take(CallsOfARefusal))
            .Should()
            .Equal(Shapes(ofRefusing.Take(CallsOfARefusal)));
        ofHeld.Should().OnlyContain(c => c.Status == 403);
        ofHeld
            .Should()
            .NotContain(
                c => c.ExternalId == held["externalId"]!.GetValue<string>(),
                "A's External ID opens the role, and B is not A"
            );
    }

    [Fact]
    public async Task Another_organizations_External_ID_is_no_use_for_ones_own_role_either()
    {
        var (a, b) = (await NewTenantAsync(), await NewTenantAsync());
        var externalId = await a.NewExternalIdAsync(Token);
        (await a.RegisterAsync(Token, externalId: externalId)).Status().Should().Be("verified");
        var replayed = await b.DeployAsync(Token, externalId: externalId);

        var app = (await b.RegisterAnswerAsync(replayed)).Is(201).Json;

        app.Status().Should().Be("pending");
        lab.Sts.Calls(replayed.Role()).Should().NotContain(c => c.ExternalId == externalId);
        (await lab.Table.RoleClaimAsync(replayed.Role(), Token)).Should().BeNull();
    }

    [Fact]
    public async Task After_its_holder_has_left_a_role_is_had_under_ones_own_External_ID_only()
    {
        var (a, b) = (await NewTenantAsync(), await NewTenantAsync());
        var body = await a.DeployAsync(Token);
        var app = (await a.RegisterAnswerAsync(body)).Is(201).Json;
        await a.Deployment.CallAsync(HttpMethod.Delete, $"/v1/apps/{app.Id()}", null, Token);
        (await lab.Table.RoleClaimAsync(body.Role(), Token)).Should().BeNull();

        // The trust policy still stands as A left it.
        var replay = (await b.RegisterAnswerAsync(body)).Is(201).Json;
        replay.Status().Should().Be("pending");
        (await b.VerifyAsync(replay.Id())).Is(200).Json.Status().Should().Be("pending");
        (await b.CredentialsAsync(replay.Id())).IsProblem(409, "app_not_verified");
        (await lab.Table.RoleClaimAsync(body.Role(), Token)).Should().BeNull();

        // Whoever has the role now says so in its trust policy.
        var own = await b.RegisterAsync(Token, body.Role());
        own.Status().Should().Be("verified");
        (await lab.Table.RoleClaimAsync(body.Role(), Token)).Should().Be((b.OrganizationId, 1));
    }

    [Fact]
    public async Task A_replacement_by_a_held_role_is_answered_like_one_by_a_role_that_refuses()
    {
        var (a, b) = (await NewTenantAsync(), await NewTenantAsync());
        var held = await a.DeployAsync(Token);
        (await a.RegisterAnswerAsync(held)).Is(201).Json.Status().Should().Be("verified");
        var refusing = Tenant.Registration(Tenant.NewRoleArn(), await b.NewExternalIdAsync(Token));
        var (first, second) = (await b.RegisterAsync(Token), await b.RegisterAsync(Token));

        var ofHeld = (await b.ReplaceAnswerAsync(first.Id(), held)).Is(200).Json;
        var ofRefusing = (await b.ReplaceAnswerAsync(second.Id(), refusing)).Is(200).Json;

        Neutral(ofHeld).Should().Be(Neutral(ofRefusing));
        ofHeld["pendingReplacement"]!.Status().Should().Be("pending");
        (await b.CredentialsAsync(first.Id())).Is(200);
        (await lab.Table.RoleClaimAsync(held.Role(), Token)).Should().Be((a.OrganizationId, 1));
    }

    private Task<Tenant> NewTenantAsync() => Tenant.CreateAsync(lab.ControlPlane, Token);

    private static async Task<ApiAnswer> RegisterAsync(Tenant tenant, JsonObject body, string query)
    {
        var answer = (await tenant.RegisterAnswerAsync(body, query)).Is(201);
        answer.Json.Status().Should().Be("pending");
        return answer;
    }

    /// <summary>An app without what differs between any two: ids, role, times.</summary>
    private static string Neutral(JsonObject app)
    {
        var text = app.ToJsonString()
            .Replace(app.Id(), "id", StringComparison.Ordinal)
            .Replace(app.Role(), "role", StringComparison.Ordinal);
        if (app["pendingReplacement"] is JsonObject pending)
        {
            text = text.Replace(pending.Role(), "next", StringComparison.Ordinal);
        }

        return Time().Replace(text, "time");
    }

    private static IEnumerable<string> Names(ApiAnswer answer) =>
        answer.Headers.Select(h => h.Key).Order(StringComparer.Ordinal);

    /// <summary>The calls of one proof by what they have, with a letter for each External ID.</summary>
    private static IEnumerable<string> Shapes(IEnumerable<StsCall> calls)
    {
        var letters = new Dictionary<string, char>(StringComparer.Ordinal);
        foreach (var call in calls)
        {
            if (call.ExternalId is { } id)
            {
                letters.TryAdd(id, (char)('a' + letters.Count));
            }

            yield return string.Join(
                ' ',
                call.ExternalId is { } known ? $"{letters[known]}{known.Length}" : "none",
                call.Tags.Count,
                call.Form.ContainsKey("SourceIdentity"),
                call.Status,
                string.Join(',', call.Form.Keys.Order(StringComparer.Ordinal))
            );
        }
    }

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT[\d:.]+Z")]
    private static partial Regex Time();
}
