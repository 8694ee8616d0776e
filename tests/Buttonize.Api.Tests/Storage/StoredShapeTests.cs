using Amazon.DynamoDBv2.Model;

namespace Buttonize.Api.Tests.Storage;

/// <summary>
/// What is stored, attribute by attribute. Older and newer instances read each other's items: a change here is a change of the schema,
/// and needs a new version in <c>v</c> or has to be readable both ways.
/// </summary>
public sealed class StoredShapeTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private const string Definition =
        "description:S executionRoleArn:S externalId:B functionArns:L name:S region:S restrictSessionToFunctions:BOOL stage:S tags:L";

    private const string App =
        $"appId:S organizationId:S createdAt:S updatedAt:S version:N holdsRole:BOOL checkAt:S checkQueue:S pk:S sk:S v:N {Definition} "
        + $"verification:M({Verification} packedPolicyPercent:N since:S status:S)";

    private const string Verification =
        "checkedAt:S checks:L misses:N missingActions:L nextCheckAt:S";

    private const string PendingReplacement =
        $"pendingReplacement:M({Definition} verification:M({Verification} since:S status:S))";

    private const string Suspension = "suspension:M(at:S by:S reason:S)";

    private const string Invitation =
        "createdAt:S email:S expires:S expiresAt:N groups:L invitationId:S invitedBy:S organizationId:S pk:S sk:S v:N";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_kind_of_item_has_exactly_its_attributes()
    {
        var expected = new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            ["ORGANIZATION/ORGANIZATION"] =
            [
                "apps:N createdAt:S groupVersion:N name:S organizationId:S ownerId:S pk:S sk:S v:N version:N",
                $"apps:N createdAt:S groupVersion:N name:S organizationId:S ownerId:S pk:S sk:S {Suspension} v:N version:N",
            ],
            ["ORGANIZATION/MEMBER"] =
            [
                "groups:L invitedAs:L joinedAt:S pk:S sk:S userId:S v:N version:N",
                $"groups:L invitedAs:L joinedAt:S pk:S sk:S {Suspension} userId:S v:N version:N",
            ],
            ["ORGANIZATION/GROUP"] =
            [
                "appTags:L groupId:S isDefault:BOOL name:S permissions:L pk:S sk:S v:N version:N",
            ],
            ["ORGANIZATION/GROUP_NAME"] = ["groupId:S pk:S sk:S v:N"],
            ["ORGANIZATION/INVITATION"] = [Invitation],
            ["INVITED/INVITATION"] = [Invitation],
            ["USER/MEMBERSHIP"] = ["organizationId:S pk:S sk:S v:N"],
            ["USER/PERSON"] =
            [
                "createdAt:S creations:N email:S issuer:S pk:S seenIssuedAt:N sk:S subject:S userId:S userName:S v:N",
            ],
            ["SUBJECT/SUBJECT"] = ["pk:S sk:S userId:S v:N"],
            ["ORGANIZATION/API_KEY"] =
            [
                "createdAt:S createdBy:S hash:S keyId:S lastUsedAt:S name:S pk:S preview:S sk:S v:N",
                "createdAt:S createdBy:S expires:S expiresAt:N hash:S keyId:S name:S pk:S preview:S sk:S v:N",
            ],
            ["API_KEY_SECRET/API_KEY_SECRET"] =
            [
                "keyId:S organizationId:S pk:S sk:S v:N",
                "expires:S expiresAt:N keyId:S organizationId:S pk:S sk:S v:N",
            ],
            ["ORGANIZATION/APP"] =
            [
                Sorted(App),
                Sorted($"{App} {PendingReplacement}"),
                Sorted($"{App} {Suspension}"),
            ],
            ["LEASE/LEASE"] = ["holder:S pk:S sk:S until:S v:N"],
            ["ORGANIZATION/IDEMPOTENCY"] = ["appId:S bodyHash:S expiresAt:N pk:S sk:S v:N"],
            ["ROLE/ROLE"] = ["apps:N organizationId:S pk:S sk:S v:N"],
            ["EXTERNAL_ID/EXTERNAL_ID"] =
            [
                "organizationId:S pk:S sk:S v:N",
                "expiresAt:N organizationId:S pk:S sk:S v:N",
            ],
            ["LEDGER/ISSUANCE"] =
            [
                "accessKeyId:S appId:S assumedRoleArn:S assumedRoleId:S expiration:S expiresAt:N issuedForApp:S issuedToPerson:S local:BOOL pk:S region:S roleArn:S sk:S sourceIdentity:S sourceIp:S stsRegion:S stsRequestId:S userAgent:S userId:S userName:S v:N",
            ],
            ["DATA_KEYS/KEY"] = ["createdAt:S pk:S sk:S v:N wrapped:B"],
            ["USAGE/INSTANCE"] = ["expiresAt:N pk:S sequence:N sk:S used:L v:N"],
        };
        await MakeOneOfEachAsync();

        // So is what was used of the limits, each second.
        await Eventually.HoldsAsync(
            () => shared.Table.FindAsync("USAGE", Token),
            told => told.Count > 0,
            TimeSpan.FromSeconds(10),
            Token
        );

        // A key's use is noted beside the call that made it.
        await Eventually.HoldsAsync(
            () => shared.Table.FindAsync("ORGANIZATION#", Token, "API_KEY#"),
            keys => keys.Count(k => k.ContainsKey("lastUsedAt")) == 2,
            TimeSpan.FromSeconds(10),
            Token
        );

        var found = (await shared.Table.ScanAsync(Token))
            .GroupBy(Kind)
            .ToDictionary(g => g.Key, g => g.Select(Shape).Distinct().ToArray());

        found.Keys.Should().BeEquivalentTo(expected.Keys);
        foreach (var (kind, shapes) in expected)
        {
            found[kind].Should().BeEquivalentTo(shapes, kind);
        }
    }

    private async Task MakeOneOfEachAsync()
    {
        var person = shared.ControlPlane.Provider.Token(
            "shaped",
            claims: c => c["email"] = "shaped@example.com"
        );
        var client = shared.ControlPlane.WithToken(person);
        var organization = await Tenant.PostAsync(
            client,
            "/v1/organizations",
            new { name = "Shaped" },
            Token
        );
        var keys = $"/v1/organizations/{organization["organizationId"]}/api-keys";
        await Tenant.PostAsync(
            client,
            keys,
            new { name = "Expiring", expiresAt = "2099-01-01T00:00:00Z" },
            Token
        );
        var key = await Tenant.PostAsync(client, keys, new { name = "CI" }, Token);
        var deployment = shared.ControlPlane.WithToken(key["apiKey"]!.GetValue<string>());
        var other = await Tenant.PostAsync(
            client,
            "/v1/organizations",
            new { name = "Other" },
            Token
        );
        var otherKey = await Tenant.PostAsync(
            client,
            $"/v1/organizations/{other["organizationId"]}/api-keys",
            new { name = "CI" },
            Token
        );
        var (own, held) = (Tenant.NewRoleArn(), Tenant.NewRoleArn());
        var (externalId, otherId) = ($"shaped-{Guid.NewGuid()}", $"other-{Guid.NewGuid()}");
        var aws = shared.ControlPlane.Aws;
        await aws.TrustAsync(held, otherId, Token);
        await aws.TrustAsync(held, externalId, Token);
        await aws.TrustAsync(own, externalId, Token);
        var otherDeployment = shared.ControlPlane.WithToken(otherKey["apiKey"]!.GetValue<string>());
        var taken = Tenant.Registration(held, otherId);
        await Tenant.PostAsync(otherDeployment, "/v1/apps", taken, Token);
        var suspended = await Tenant.PostAsync(otherDeployment, "/v1/apps", taken, Token);
        var organizationId = other["organizationId"]!.GetValue<string>();
        var member = await JoinedMember.JoinAsync(
            shared.ControlPlane,
            client,
            $"/v1/organizations/{organizationId}",
            [],
            Token
        );
        await Tenant.PostAsync(
            client,
            $"/v1/organizations/{organizationId}/invitations",
            new { email = "invited@example.com" },
            Token
        );
        foreach (var path in (string[])[$"apps/{suspended["appId"]}", $"members/{member.UserId}"])
        {
            (
                await client.CallAsync(
                    HttpMethod.Put,
                    $"/v1/organizations/{organizationId}/{path}/suspension",
                    new { reason = "Shaped" },
                    Token
                )
            ).Is(200);
        }

        await Tenant.PostAsync(deployment, "/v1/external-ids", null, Token);
        var app = await deployment.CallAsync(
            HttpMethod.Post,
            "/v1/apps",
            Tenant.Registration(own, externalId),
            Token,
            ("Idempotency-Key", "key")
        );
        (
            await client.CallAsync(
                HttpMethod.Post,
                $"/v1/organizations/{organization["organizationId"]}/apps/{app.Is(201)["appId"]}/credentials",
                null,
                Token,
                ("User-Agent", "shaped/1.0")
            )
        ).Is(200);
        (
            await deployment.CallAsync(
                HttpMethod.Put,
                $"/v1/apps/{app["appId"]}",
                Tenant.Registration(held, externalId),
                Token
            )
        ).Is(200);
        await shared.ControlPlane.SuspendAsync(organizationId, "Shaped", Token);
    }

    private static string Kind(Dictionary<string, AttributeValue> item) =>
        $"{item["pk"].S.Split('#')[0]}/{item["sk"].S.Split('#')[0]}" switch
        {
            // Its sort key begins with its time.
            ['L', 'E', 'D', 'G', 'E', 'R', ..] => "LEDGER/ISSUANCE",
            var kind => kind,
        };

    private static string Shape(Dictionary<string, AttributeValue> attributes) =>
        string.Join(
            ' ',
            attributes
                .OrderBy(a => a.Key, StringComparer.Ordinal)
                .Select(a => $"{a.Key}:{TypeOf(a.Value)}")
        );

    private static string TypeOf(AttributeValue value) =>
        value switch
        {
            { M: { } map } => $"M({Shape(map)})",
            { L: not null } => "L",
            { B: not null } => "B",
            { BOOL: not null } => "BOOL",
            { N: not null } => "N",
            _ => "S",
        };

    private static string Sorted(string shape)
    {
        // Attributes within brackets stay with their own.
        var parts = new List<string>();
        var depth = 0;
        foreach (var part in shape.Split(' '))
        {
            if (depth > 0)
            {
                parts[^1] += " " + part;
            }
            else
            {
                parts.Add(part);
            }

            depth += part.Count(c => c == '(') - part.Count(c => c == ')');
        }

        return string.Join(' ', parts.Order(StringComparer.Ordinal));
    }
}
