using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Trust;

/// <summary>What a proof asks of STS, call by call.</summary>
public sealed class ProofRequestTests(TrustLab lab) : IClassFixture<TrustLab>
{
    private static readonly string[] FunctionArns =
    [
        "arn:aws:lambda:eu-central-1:123456789012:function:discounts",
    ];

    private static readonly string[] TagKeys =
    [
        "buttonize-app-id",
        "buttonize-local-development",
        "buttonize-user-id",
        "buttonize-organization-id",
        "buttonize-user-name",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_asked_with_the_stored_External_ID_without_one_with_a_random_one_and_with_the_stored_one_again()
    {
        var (_, app, externalId) = await RegisterAsync();

        var calls = lab.Sts.Calls(app.Role());

        calls.Should().HaveCount(4);
        calls[0].ExternalId.Should().Be(externalId);
        calls[1].Form.Keys.Should().NotContain("ExternalId", "an empty one is not none");
        calls[2].ExternalId.Should().NotBeNullOrEmpty().And.NotBe(externalId);
        calls[3].ExternalId.Should().Be(externalId);
        calls.Select(c => c.Status).Should().Equal(200, 403, 403, 200);
    }

    [Fact]
    public async Task Only_the_External_ID_differs()
    {
        var (_, app, _) = await RegisterAsync();

        var calls = lab.Sts.Calls(app.Role());

        calls.Should().HaveCount(4);
        calls.Select(c => c.ButExternalId).Distinct().Should().ContainSingle();
    }

    [Fact]
    public async Task It_is_asked_in_the_name_of_the_proof_with_all_that_a_session_has()
    {
        var (tenant, app, _) = await RegisterAsync();
        var name = $"btnz__trust-probe__{app.Id()}";

        foreach (var call in lab.Sts.Calls(app.Role()))
        {
            call.Form["RoleSessionName"].Should().Be(name);
            call.Form["SourceIdentity"].Should().Be(name);
            call.Form["DurationSeconds"].Should().Be("900");
            call.Tags.Should()
                .BeEquivalentTo(
                    new Dictionary<string, string>(StringComparer.Ordinal)
                    {
                        ["buttonize-app-id"] = app.Id(),
                        ["buttonize-local-development"] = "false",
                        ["buttonize-user-id"] = "trust-probe",
                        ["buttonize-organization-id"] = tenant.OrganizationId,
                        ["buttonize-user-name"] = "trust-probe",
                    }
                );
            call.TransitiveTagKeys.Should().BeEquivalentTo(TagKeys);
            call.Policy.Should().BeNull();
        }
    }

    [Fact]
    public async Task A_restricted_session_is_proven_with_its_session_policy()
    {
        var (_, app, _) = await RegisterAsync(body =>
        {
            body["functionArns"] = new JsonArray([.. FunctionArns]);
            body["restrictSessionToFunctions"] = true;
        });

        var calls = lab.Sts.Calls(app.Role());

        calls.Should().HaveCount(4);
        foreach (var call in calls)
        {
            var statement = JsonNode.Parse(call.Policy!)!["Statement"]!.AsArray().Single()!;
            statement["Effect"]!.GetValue<string>().Should().Be("Allow");
            statement["Action"]!.GetValue<string>().Should().Be("lambda:InvokeFunction");
            statement["Resource"]!
                .AsArray()
                .Select(r => r!.GetValue<string>())
                .Should()
                .Equal(FunctionArns);
        }
    }

    [Fact]
    public async Task Each_proof_has_a_wrong_External_ID_of_its_own()
    {
        var (tenant, app, externalId) = await RegisterAsync();
        for (var i = 0; i < 4; i++)
        {
            (await tenant.VerifyAsync(app.Id())).Is(200);
        }

        var wrong = lab
            .Sts.Calls(app.Role())
            .Select(c => c.ExternalId)
            .Where(id => id is not null && id != externalId)
            .ToList();

        wrong.Should().HaveCount(5).And.OnlyHaveUniqueItems();
        wrong.Should().OnlyContain(id => id!.Length >= 27, "160 bits take 27 of 62 characters");
    }

    /// <summary>What the customer's own account sees of it: the sessions that were opened, under the name of the proof.</summary>
    [Fact]
    public async Task The_customers_trail_tells_proofs_from_people()
    {
        var (tenant, app, _) = await RegisterAsync();
        (await tenant.CredentialsAsync(app.Id())).Is(200);

        var names = (await lab.Aws.TrailAsync("AssumeRole", "123456789012", Token))
            .Where(e => (string?)e!["requestParameters"]?["roleArn"] == app.Role())
            .Select(e => (string)e!["requestParameters"]!["roleSessionName"]!)
            .ToList();

        names.Should().HaveCount(3);
        names.Count(n => n == $"btnz__trust-probe__{app.Id()}").Should().Be(2);
        names[0].Should().NotContain("trust-probe");
    }

    /// <summary>What a probe opens is dropped where it is received: only the main call's session ever leaves.</summary>
    [Fact]
    public async Task Nothing_of_the_proofs_sessions_is_answered_or_stored()
    {
        var (tenant, app, _) = await RegisterAsync();
        var verified = (await tenant.VerifyAsync(app.Id())).Is(200);

        var keyIds = (await lab.Aws.TrailAsync("AssumeRole", "123456789012", Token))
            .Where(e => (string?)e!["requestParameters"]?["roleArn"] == app.Role())
            .Select(e => (string)e!["responseElements"]!["credentials"]!["accessKeyId"]!)
            .ToList();

        keyIds.Should().HaveCount(4);
        var stored = string.Join('\n', await lab.Table.SnapshotAsync(Token));
        foreach (var keyId in keyIds)
        {
            verified.Text.Should().NotContain(keyId);
            stored.Should().NotContain(keyId);
            lab.ControlPlane.Watch.Log.Should()
                .NotContain(line => line.Contains(keyId, StringComparison.Ordinal));
        }
    }

    private async Task<(Tenant Tenant, JsonObject App, string ExternalId)> RegisterAsync(
        Action<JsonObject>? change = null
    )
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var externalId = await tenant.NewExternalIdAsync(Token);
        var app = await tenant.RegisterAsync(
            Token,
            externalId: externalId,
            change: change,
            functionArns: FunctionArns
        );
        app.Status().Should().Be("verified");
        return (tenant, app, externalId);
    }
}
