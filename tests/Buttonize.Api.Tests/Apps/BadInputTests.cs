using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Apps;

/// <summary>
/// Everything that is wrong with a request is refused by a problem document that names the member, and nothing of it is stored.
/// </summary>
public sealed partial class BadInputTests(BadInputTests.Place place)
    : IClassFixture<BadInputTests.Place>
{
    private const string Role = "arn:aws:iam::123456789012:role/Demo";
    private const string Function = "arn:aws:lambda:eu-central-1:123456789012:function:";
    private const string GoodExternalId = "0123456789-0123456789";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A tenant with one app, for all tests of the class: they change nothing.</summary>
    public sealed class Place : IAsyncLifetime
    {
        private readonly Services services;

        public Place(Services services)
            : this(services, null) { }

        private Place(Services services, Dictionary<string, string?>? settings) =>
            (this.services, ControlPlane) = (services, ControlPlane.Start(services, settings));

        public ControlPlane ControlPlane { get; }

        public StoredTable Table { get; private set; } = null!;

        public Tenant Tenant { get; private set; } = null!;

        public string AppId { get; private set; } = null!;

        public string OwnerId { get; private set; } = null!;

        public JoinedMember Member { get; private set; } = null!;

        public string GroupId { get; private set; } = null!;

        public string RoleArn { get; } = Tenant.NewRoleArn();

        public async ValueTask InitializeAsync()
        {
            Table = new StoredTable(services.DynamoDb, ControlPlane.TableName);
            Tenant = await Tenant.CreateAsync(ControlPlane, Token);
            AppId = (await Tenant.RegisterAsync(Token, RoleArn))["appId"]!.GetValue<string>();
            OwnerId = (await Tenant.Owner.GetAnswerAsync("/v1/me", Token)).Is(200)["userId"];
            Member = await JoinedMember.JoinAsync(Tenant, Token);
            GroupId = await Tenant.MakeGroupAsync("Support", ["support"], Token, "manageApps");

            // What is good of the bodies is proven at once, and not tried again while other tests look at the table.
            await Tenant.DeployAsync(Token, RoleArn, GoodExternalId);
            await Tenant.DeployAsync(Token, Role, GoodExternalId);
        }

        /// <summary>
        /// One like it, for a test that does change something, and often: apps whose role is not there are tried again, while other tests look
        /// at their table.
        /// </summary>
        public async Task<Place> AnotherAsync()
        {
            const string Often = "100000";
            var another = new Place(
                services,
                new Dictionary<string, string?>
                {
                    ["Buttonize:Limits:RegistrationsPerOrganizationPerMinute"] = Often,
                    ["Buttonize:Limits:OrganizationsPerUser"] = Often,
                    ["Buttonize:Limits:CredentialsPerUserPerMinute"] = Often,
                }
            );
            await another.InitializeAsync();
            return another;
        }

        public ValueTask DisposeAsync()
        {
            Table.Dispose();
            return ControlPlane.DisposeAsync();
        }
    }

    /// <summary>The calls that take a body.</summary>
    public enum Operation
    {
        Register,
        Replace,
        CreateOrganization,
        CreateApiKey,
        Credentials,
        SuspendApp,
        SuspendMember,
        RenameOrganization,
        TransferOwnership,
        Erase,
        CreateGroup,
        ReplaceGroup,
        AssignGroups,
        Invite,
    }

    /// <summary>Members of the app's body: member, value as JSON, and the member that <c>errors</c> names where it is another.</summary>
    public static TheoryData<string, string, string> BadAppMembers()
    {
        var data = new TheoryData<string, string, string>();
        void Add(string member, string json, string? named = null) =>
            data.Add(member, json, named ?? member);
        void AddTexts(string member, params string[] values)
        {
            foreach (var value in values)
            {
                Add(member, Json(value));
            }
        }

        string[] wrongTypes = ["1", "1.5", "true", "{}", "[]", "[\"x\"]"];
        foreach (
            var member in (string[])
                ["name", "description", "stage", "executionRoleArn", "externalId", "region"]
        )
        {
            foreach (var json in wrongTypes)
            {
                Add(member, json);
            }
        }

        foreach (var member in (string[])["name", "executionRoleArn", "region"])
        {
            Add(member, "null");
        }

        foreach (var member in (string[])["name", "stage"])
        {
            AddTexts(member, "", " ", "\t", "\u00a0\u3000", "a\nb", "a\0b", "\u0085x", "a\u007f");
        }

        AddTexts("name", Long(101), Emoji(101));
        AddTexts("stage", Long(33), Emoji(33));
        AddTexts("description", Long(1001), Emoji(1001), "a\0b", "\u001b[31m", "\u0085");

        foreach (var json in (string[])["1", "true", "{}", "\"support\""])
        {
            Add("tags", json);
            Add("functionArns", json);
        }

        Add("tags", "[null]", "tags[0]");
        Add("tags", "[\"a\",1]", "tags[1]");
        Add("tags", "[[\"a\"]]", "tags[0]");
        Add("tags", "[\"a\",\"\"]", "tags[1]");
        Add("tags", "[\"  \"]", "tags[0]");
        Add("tags", $"[{Json(Long(65))}]", "tags[0]");
        Add("tags", $"[{Json(Emoji(65))}]", "tags[0]");
        Add("tags", "[\"a\\u0000\"]", "tags[0]");
        Add("tags", "[\"a\",\"b\",\"a\"]");
        Add("tags", JsonList(51, i => $"tag-{i}"));

        Add("functionArns", "[null]", "functionArns[0]");
        Add("functionArns", "[1]", "functionArns[0]");
        Add("functionArns", JsonList(101, i => $"{Function}f{i}"));
        Add("functionArns", $"[{Json(Function + "f")},{Json(Function + "f")}]");
        foreach (
            var arn in (string[])
                [
                    "",
                    "f",
                    Function,
                    Function + "*",
                    Function + "f?",
                    Function + "f:*",
                    Function + "f:",
                    Function + "f:1:2",
                    Function + "f\n",
                    Function + "f ",
                    " " + Function + "f",
                    Function + "é",
                    Function + Long(65),
                    Function + "f:" + Long(129),
                    "arn:aws:lambda:eu-central-1:12345678901:function:f",
                    "arn:aws:lambda:eu-central-1:1234567890123:function:f",
                    "arn:aws:lambda:eu-central-1:١٢٣٤٥٦٧٨٩٠١٢:function:f",
                    "arn:aws:lambda::123456789012:function:f",
                    "arn:aws:lambda:*:123456789012:function:f",
                    "arn:aws-cn:lambda:cn-north-1:123456789012:function:f",
                    "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f",
                    "arn:aws:lambda:eu-central-1:123456789012:layer:f",
                    "arn:aws:s3:::bucket",
                    Role,
                ]
        )
        {
            Add("functionArns", $"[{Json(arn)}]", "functionArns[0]");
        }

        foreach (
            var arn in (string[])
                [
                    "",
                    "role",
                    Role + "\n",
                    Role + " ",
                    " " + Role,
                    Role + "\0",
                    Role + "*",
                    Role + "?",
                    "arn:aws:iam::123456789012:role/*",
                    "arn:aws:iam::123456789012:role/a*/Demo",
                    "arn:aws:iam::123456789012:role/",
                    "arn:aws:iam::123456789012:role",
                    "arn:aws:iam::123456789012:role/path/",
                    "arn:aws:iam::123456789012:role/Démo",
                    "arn:aws:iam::123456789012:role/pàth/Demo",
                    "arn:aws:iam::123456789012:role/a b/Demo",
                    "arn:aws:iam::123456789012:role/De mo",
                    "arn:aws:iam::123456789012:role/Dem:o",
                    "arn:aws:iam::123456789012:role/" + Long(65),
                    $"arn:aws:iam::123456789012:role/{Long(511)}/Demo",
                    Role + "/" + Long(2048),
                    "arn:aws:iam::12345678901:role/Demo",
                    "arn:aws:iam::1234567890123:role/Demo",
                    "arn:aws:iam::12345678901x:role/Demo",
                    "arn:aws:iam::١٢٣٤٥٦٧٨٩٠١٢:role/Demo",
                    "arn:aws:iam::*:role/Demo",
                    "arn:aws:iam:::role/Demo",
                    "arn:aws:iam:eu-central-1:123456789012:role/Demo",
                    "arn:aws:iam::123456789012:user/Demo",
                    "arn:aws:iam::123456789012:group/Demo",
                    "arn:aws:iam::123456789012:policy/Demo",
                    "arn:aws:iam::123456789012:root",
                    "arn:aws:iam::123456789012:Role/Demo",
                    "arn:aws:sts::123456789012:assumed-role/Demo/session",
                    "arn:aws:sts::123456789012:role/Demo",
                    "arn:AWS:iam::123456789012:role/Demo",
                    "ARN:aws:iam::123456789012:role/Demo",
                    "arn:*:iam::123456789012:role/Demo",
                    "arn:aws-x:iam::123456789012:role/Demo",
                    "arn:aws-cn:iam::123456789012:role/Demo",
                    "arn:aws-us-gov:iam::123456789012:role/Demo",
                    $"arn:aws:iam::{Services.ControlPlaneAccount}:role/Demo",
                    $"arn:aws:iam::{Services.ControlPlaneAccount}:role/path/Demo",
                ]
        )
        {
            Add("executionRoleArn", Json(arn));
        }

        AddTexts(
            "externalId",
            "",
            " ",
            "x",
            "0123456789-01234567",
            "01234560123456012345601234560123456",
            Long(1225, "0123456789"),
            "0123456789 0123456789",
            "0123456789-0123456789\n",
            "0123456789-012345678é",
            "0123456789*0123456789",
            "0123456789#0123456789",
            "٠١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦٧٨٩"
        );
        AddTexts(
            "region",
            "",
            " ",
            "eu",
            "eu-central",
            "EU-CENTRAL-1",
            "eu-central-1\n",
            "eu-central-1 ",
            "eu-central-1.example.com",
            "*",
            "eu-central-*",
            "cn-north-1",
            "us-gov-west-1",
            "eu-central-١",
            "eu_central_1"
        );
        Add("restrictSessionToFunctions", "\"true\"");
        Add("restrictSessionToFunctions", "1");
        Add("restrictSessionToFunctions", "[]");
        Add("restrictSessionToFunctions", "true");
        foreach (
            var unknown in (string[])
                [
                    "Name",
                    "nickname",
                    "appId",
                    "organizationId",
                    "verification",
                    "suspension",
                    "$type",
                    "__proto__",
                    "",
                    "a.b",
                    "a b",
                    "é'[]\"",
                ]
        )
        {
            Add(unknown, "\"verified\"");
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(BadAppMembers), DisableDiscoveryEnumeration = true)]
    public async Task A_bad_member_of_an_app_is_named_and_nothing_is_stored(
        string member,
        string json,
        string named
    )
    {
        foreach (var call in (Operation[])[Operation.Register, Operation.Replace])
        {
            var body = GoodBody(call);
            body[member] = JsonNode.Parse(json);

            var answer = await RefusedAsync(call, Raw(body.ToJsonString()));

            answer.IsProblem(400, "validation_failed", named);
            if (member == "externalId" && json[0] == '"')
            {
                var detail = string.Join(' ', answer.Json["errors"]![named]!.AsArray());
                detail.Should().Contain("POST /v1/external-ids");
                (
                    Text(json) is { Length: > 8 } sent
                    && detail.Contains(sent, StringComparison.Ordinal)
                )
                    .Should()
                    .BeFalse("it is a secret");
            }
        }
    }

    [Fact]
    public async Task A_registration_needs_its_four_members()
    {
        foreach (var member in (string[])["name", "executionRoleArn", "externalId", "region"])
        {
            var body = GoodBody(Operation.Register);
            body.Remove(member);
            (await RefusedAsync(Operation.Register, Raw(body.ToJsonString()))).IsProblem(
                400,
                "validation_failed",
                member
            );
        }

        var nothing = await RefusedAsync(Operation.Register, null);
        nothing.IsProblem(400, "validation_failed");
        nothing
            .Json["errors"]
            .Members()
            .Should()
            .BeEquivalentTo("name", "executionRoleArn", "externalId", "region");
    }

    [Fact]
    public async Task A_session_policy_must_have_functions()
    {
        foreach (var functions in (JsonNode?[])[null, new JsonArray()])
        {
            var body = GoodBody(Operation.Register);
            body["restrictSessionToFunctions"] = true;
            body["functionArns"] = functions;

            (await RefusedAsync(Operation.Register, Raw(body.ToJsonString()))).IsProblem(
                400,
                "validation_failed",
                "restrictSessionToFunctions"
            );
        }
    }

    [Fact]
    public async Task A_session_policy_must_fit_into_what_STS_takes()
    {
        const string Policy =
            """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":[]}]}""";
        string[] functions = [.. Enumerable.Range(0, 29).Select(i => $"{Function}function-{i:00}")];
        var rest = 2048 - Policy.Length - functions.Sum(f => f.Length + 3) - 2 - Function.Length;
        var body = await place.Tenant.DeployAsync(Token, externalId: GoodExternalId);
        body["restrictSessionToFunctions"] = true;

        body["functionArns"] = With(rest + 1);
        (await RefusedAsync(Operation.Register, Raw(body.ToJsonString()))).IsProblem(
            400,
            "validation_failed",
            "restrictSessionToFunctions"
        );
        body["functionArns"] = With(rest);
        (await SendAsync(Operation.Register, Raw(body.ToJsonString()))).Is(201);

        JsonArray With(int last) =>
            new([.. functions.Append(Function + Long(last)).Select(f => (JsonNode)f)]);
    }

    /// <summary>Members of the other bodies.</summary>
    public static TheoryData<Operation, string, string> OtherBadMembers()
    {
        var data = new TheoryData<Operation, string, string>();
        foreach (
            var (call, member, most) in new[]
            {
                (Operation.CreateOrganization, "name", 100),
                (Operation.CreateApiKey, "name", 100),
                (Operation.SuspendApp, "reason", 500),
                (Operation.SuspendMember, "reason", 500),
                (Operation.RenameOrganization, "name", 100),
                (Operation.CreateGroup, "name", 100),
                (Operation.ReplaceGroup, "name", 100),
            }
        )
        {
            string[] texts =
            [
                "null",
                "1",
                "true",
                "{}",
                "[]",
                "\"\"",
                "\" \"",
                "\"\\u0007\"",
                Json(Long(most + 1)),
                Json(Emoji(most + 1)),
            ];
            foreach (var json in texts)
            {
                data.Add(call, member, json);
            }
        }

        string[] times =
        [
            "\"\"",
            "\"tomorrow\"",
            "\"2020-01-01T00:00:00Z\"",
            "\"0001-01-01T00:00:00+14:00\"",
            "\"9999-12-31T23:59:59-14:00\"",
            "\"2099-01-01\"",
            "\"2099-01-01T00:00:00\"",
            "\"2099-02-30T00:00:00Z\"",
            "\"2099-01-01T00:00:00Z\\n\"",
            "4070908800",
            "true",
            "{}",
            "[]",
        ];
        foreach (var json in times)
        {
            data.Add(Operation.CreateApiKey, "expiresAt", json);
        }

        data.Add(Operation.CreateApiKey, "apiKey", "\"btnz_\"");
        data.Add(Operation.CreateOrganization, "ownerId", "\"x\"");
        data.Add(Operation.SuspendApp, "by", "\"x\"");
        data.Add(Operation.SuspendMember, "until", "\"2099-01-01T00:00:00Z\"");
        foreach (var json in (string[])["\"true\"", "1", "{}", "[]"])
        {
            data.Add(Operation.Credentials, "localDevelopment", json);
        }

        foreach (var member in (string[])["userName", "durationSeconds", "LocalDevelopment"])
        {
            data.Add(Operation.Credentials, member, "true");
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(OtherBadMembers), DisableDiscoveryEnumeration = true)]
    public async Task A_bad_member_of_any_other_body_is_named_and_nothing_is_stored(
        Operation call,
        string member,
        string json
    )
    {
        var body = GoodBody(call);
        body[member] = JsonNode.Parse(json);

        (await RefusedAsync(call, Raw(body.ToJsonString()))).IsProblem(
            400,
            "validation_failed",
            member
        );
    }

    [Theory]
    [InlineData(Operation.Register)]
    [InlineData(Operation.Replace)]
    [InlineData(Operation.CreateOrganization)]
    [InlineData(Operation.CreateApiKey)]
    [InlineData(Operation.Credentials)]
    [InlineData(Operation.SuspendApp)]
    [InlineData(Operation.SuspendMember)]
    [InlineData(Operation.RenameOrganization)]
    [InlineData(Operation.TransferOwnership)]
    [InlineData(Operation.Erase)]
    [InlineData(Operation.CreateGroup)]
    [InlineData(Operation.ReplaceGroup)]
    [InlineData(Operation.AssignGroups)]
    [InlineData(Operation.Invite)]
    public async Task What_is_no_json_object_is_refused(Operation call)
    {
        var good = GoodBody(call).ToJsonString();
        string[] texts =
        [
            "null",
            "[]",
            "[{}]",
            "\"text\"",
            "1",
            "true",
            " ",
            "{",
            "}",
            "{]",
            "nonsense",
            good + "x",
            good + good,
            good[..^1],
            good[..^1] + ",}",
            good[..^1] + ",\"x\"}",
            "/* comment */" + good,
            good + "// comment",
            good.Replace('"', '\''),
            "{\"name\": NaN}",
            "{\"name\": Infinity}",
            "{\"name\": +1}",
            "{\"name\": 01}",
            "{\"name\": \"\u0001\"}",
            "{\"name\": \"\\x\"}",
            "{\"name\": \"\\ud800\"}",
            "{\"localDevelopment\": \"\\ud800\"}",
            "{\"\\ud800\": 1}",
            new string('[', 5000),
            new string('[', 5000) + new string(']', 5000),
            string.Concat(Enumerable.Repeat("{\"name\":", 5000)),
            "{\"name\":" + new string('[', 100) + new string(']', 100) + "}",
            "{\"name\":\"a\",\"name\":\"a\"}",
            "{\"name\":\"a\",\"n\\u0061me\":\"b\"}",
            "{\"localDevelopment\":true,\"localDevelopment\":true}",
        ];
        List<byte[]> bodies =
        [
            .. texts.Select(Encoding.UTF8.GetBytes),
            [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(good)],
            [.. Encoding.UTF8.GetBytes("{\"name\":\""), 0xC3, 0x28, .. "\"}"u8],
            [.. Encoding.UTF8.GetBytes("{\"name\":\""), 0xED, 0xA0, 0x80, .. "\"}"u8],
            [0xFF],
            [0],
            Encoding.Unicode.GetBytes(good),
            Encoding.UTF32.GetBytes(good),
        ];
        var before = await place.Table.SnapshotAsync(Token);
        foreach (var body in bodies)
        {
            var answer = await SendAsync(call, ApiCalls.Raw(body));

            answer.Status.Should().Be(400, Encoding.UTF8.GetString(body));
            answer.IsProblem(400, answer.Code);
            answer.Code.Should().BeOneOf("malformed_json", "validation_failed");
        }

        (await place.Table.SnapshotAsync(Token)).Should().Equal(before);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/merge-patch+json")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=iso-8859-1")]
    [InlineData("application")]
    [InlineData("*/*")]
    public async Task Any_content_but_json_in_utf_8_is_refused(string? contentType)
    {
        foreach (var call in Enum.GetValues<Operation>())
        {
            var body = ApiCalls.Raw(GoodBody(call).ToJsonString(), contentType);
            (await RefusedAsync(call, body)).IsProblem(415, "unsupported_media_type");
        }
    }

    [Theory]
    [InlineData("application/json; charset=\"utf-8\"")]
    [InlineData("Application/JSON;charset=UTF-8")]
    public async Task Json_in_utf_8_is_taken_however_it_is_announced(string contentType)
    {
        var body = new JsonObject { ["name"] = "" };
        var answer = await RefusedAsync(
            Operation.CreateOrganization,
            ApiCalls.Raw(body.ToJsonString(), contentType)
        );
        answer.IsProblem(400, "validation_failed", "name");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_of_a_megabyte_is_refused(bool chunked)
    {
        foreach (var call in Enum.GetValues<Operation>())
        {
            var json = Encoding.UTF8.GetBytes($"{{\"name\":{Json(Long(1_000_000))}}}");
            HttpContent content = chunked ? new StreamContent(new MemoryStream(json)) : Raw(json);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var request = new HttpRequestMessage(Method(call), Path(call))
            {
                Content = content,
            };
            request.Headers.TransferEncodingChunked = chunked;

            using var response = await Client(call).SendAsync(request, Token);

            new ApiAnswer(
                (int)response.StatusCode,
                await response.Content.ReadAsStringAsync(Token),
                response.Headers,
                response.Content.Headers.ContentType
            ).IsProblem(413, "payload_too_large");
        }
    }

    [Theory]
    [InlineData("limit", "0")]
    [InlineData("limit", "201")]
    [InlineData("limit", "-1")]
    [InlineData("limit", "")]
    [InlineData("limit", " 1")]
    [InlineData("limit", "%2B1")]
    [InlineData("limit", "1.0")]
    [InlineData("limit", "1e1")]
    [InlineData("limit", "0x1")]
    [InlineData("limit", "%D9%A1")]
    [InlineData("limit", "99999999999999999999")]
    [InlineData("limit", "5&limit=5")]
    [InlineData("cursor", "")]
    [InlineData("cursor", "x")]
    [InlineData("cursor", ".")]
    [InlineData("cursor", "%00")]
    [InlineData("cursor", "QVBQIw.x&cursor=QVBQIw.x")]
    public async Task An_illegal_query_of_a_list_is_refused(string parameter, string value)
    {
        (HttpClient Client, string Path)[] lists =
        [
            (place.Tenant.Deployment, "/v1/apps"),
            (place.Tenant.Owner, $"{place.Tenant.Root}/apps"),
            (place.Tenant.Owner, $"{place.Tenant.Root}/api-keys"),
            (place.Tenant.Owner, "/v1/organizations"),
            (place.Tenant.Owner, $"{place.Tenant.Root}/groups"),
            (place.Tenant.Owner, $"{place.Tenant.Root}/members"),
            (place.Tenant.Owner, $"{place.Tenant.Root}/invitations"),
            (place.Member.Client, "/v1/invitations"),
        ];
        foreach (var (client, path) in lists)
        {
            var answer = await client.GetAnswerAsync($"{path}?{parameter}={value}", Token);
            answer.IsProblem(400, "validation_failed", parameter);
        }
    }

    [Theory]
    [InlineData("tag=a&tag=b", "tag")]
    [InlineData("stage=a&stage=b", "stage")]
    public async Task A_filter_is_given_once(string query, string parameter) =>
        (
            await place.Tenant.Owner.GetAnswerAsync($"{place.Tenant.Root}/apps?{query}", Token)
        ).IsProblem(400, "validation_failed", parameter);

    [Theory]
    [InlineData("-1")]
    [InlineData("21")]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("1.5")]
    [InlineData("5&wait=5")]
    public async Task An_illegal_wait_is_refused(string wait)
    {
        foreach (var call in (Operation[])[Operation.Register, Operation.Replace])
        {
            var before = await place.Table.SnapshotAsync(Token);
            var answer = await Client(call)
                .CallAsync(Method(call), $"{Path(call)}?wait={wait}", GoodBody(call), Token);
            answer.IsProblem(400, "validation_failed", "wait");
            (await place.Table.SnapshotAsync(Token)).Should().Equal(before);
        }
    }

    [Fact]
    public async Task Everything_at_its_limit_is_taken()
    {
        var tenant = await Tenant.CreateAsync(place.ControlPlane, Token);
        var path = $"arn:aws:iam::123456789012:role/{Long(510)}/";
        JsonObject[] bodies =
        [
            new()
            {
                ["name"] = Emoji(100),
                ["description"] = Emoji(999) + "\n",
                ["stage"] = Emoji(32),
                ["tags"] = JsonNode.Parse(JsonList(50, i => $"{i:00}{Emoji(62)}")),
                ["executionRoleArn"] = path + "_+=,.@-" + Guid.NewGuid().ToString("N") + Long(25),
                ["externalId"] =
                    Long(1203, "0123456789_+=,.@:/-") + Guid.NewGuid().ToString("N")[..21],
                ["region"] = "us-east-1",
                ["functionArns"] = JsonNode.Parse(
                    JsonList(100, i => $"{Function}{i:000}{Long(61)}:{Long(128)}")
                ),
                ["restrictSessionToFunctions"] = false,
            },
            new()
            {
                ["name"] = "n",
                ["description"] = null,
                ["stage"] = "s",
                ["tags"] = null,
                ["executionRoleArn"] = $"arn:aws:iam::123456789012:role/{Guid.NewGuid():N}",
                ["externalId"] = Guid.NewGuid().ToString("N")[..13] + "ghijklm",
                ["region"] = "ap-southeast-4",
                ["functionArns"] = new JsonArray(Function + "f:$LATEST"),
                ["restrictSessionToFunctions"] = true,
            },
        ];
        foreach (var body in bodies)
        {
            await tenant.DeployAsync(
                Token,
                body["executionRoleArn"]!.GetValue<string>(),
                body["externalId"]!.GetValue<string>()
            );
            var made = await tenant.Deployment.CallAsync(
                HttpMethod.Post,
                "/v1/apps",
                // Written with every character escaped: the largest body that is legal.
                Raw(body.ToJsonString()),
                Token
            );
            made.Is(201)["name"].Should().Be(body["name"]!.GetValue<string>());
            (
                await tenant.Deployment.CallAsync(
                    HttpMethod.Put,
                    $"/v1/apps/{made["appId"]}?wait=20",
                    body,
                    Token
                )
            ).Is(200);
            (
                await tenant.Owner.CallAsync(
                    HttpMethod.Put,
                    $"{tenant.Root}/apps/{made["appId"]}/suspension",
                    new JsonObject { ["reason"] = Emoji(500) },
                    Token
                )
            ).Is(200);
        }

        (
            await tenant.Owner.CallAsync(
                HttpMethod.Post,
                "/v1/organizations",
                new JsonObject { ["name"] = Emoji(100) },
                Token
            )
        ).Is(201);
    }

    [Fact]
    public async Task No_route_and_no_method_but_the_known_ones_are_served()
    {
        var owner = place.Tenant.Owner;
        (await owner.GetAnswerAsync("/v1/nothing", Token)).IsProblem(404, "not_found");
        (await owner.GetAnswerAsync("/", Token)).IsProblem(404, "not_found");
        (await owner.GetAnswerAsync("/v1/organizations/x", Token)).IsProblem(404, "not_found");
        (
            await owner.CallAsync(HttpMethod.Put, "/v1/organizations", new JsonObject(), Token)
        ).IsProblem(405, "method_not_allowed");
        (await owner.CallAsync(HttpMethod.Delete, "/v1/me", null, Token)).IsProblem(
            405,
            "method_not_allowed"
        );
    }

    private async Task<ApiAnswer> RefusedAsync(Operation call, HttpContent? content)
    {
        var before = await place.Table.SnapshotAsync(Token);
        var answer = await SendAsync(call, content);
        (await place.Table.SnapshotAsync(Token)).Should().Equal(before, "nothing is stored");
        return answer;
    }

    private Task<ApiAnswer> SendAsync(Operation call, HttpContent? content) =>
        Client(call).CallAsync(Method(call), Path(call), content, Token);

    private HttpClient Client(Operation call) =>
        call is Operation.Register or Operation.Replace
            ? place.Tenant.Deployment
            : place.Tenant.Owner;

    private static HttpMethod Method(Operation call) =>
        call switch
        {
            Operation.Replace
            or Operation.SuspendApp
            or Operation.SuspendMember
            or Operation.ReplaceGroup
            or Operation.AssignGroups => HttpMethod.Put,
            Operation.RenameOrganization => HttpMethod.Patch,
            _ => HttpMethod.Post,
        };

    private string Path(Operation call) =>
        call switch
        {
            Operation.Register => "/v1/apps",
            Operation.Replace => $"/v1/apps/{place.AppId}",
            Operation.CreateOrganization => "/v1/organizations",
            Operation.CreateApiKey => $"{place.Tenant.Root}/api-keys",
            Operation.SuspendApp => $"{place.Tenant.Root}/apps/{place.AppId}/suspension",
            Operation.SuspendMember =>
                $"{place.Tenant.Root}/members/{place.Member.UserId}/suspension",
            Operation.RenameOrganization => place.Tenant.Root,
            Operation.TransferOwnership => $"{place.Tenant.Root}/ownership-transfer",
            Operation.Erase => "/v1/me/erasure",
            Operation.CreateGroup => $"{place.Tenant.Root}/groups",
            Operation.ReplaceGroup => $"{place.Tenant.Root}/groups/{place.GroupId}",
            Operation.AssignGroups => $"{place.Tenant.Root}/members/{place.Member.UserId}",
            Operation.Invite => $"{place.Tenant.Root}/invitations",
            _ => $"{place.Tenant.Root}/apps/{place.AppId}/credentials",
        };

    private JsonObject GoodBody(Operation call) =>
        call switch
        {
            Operation.Register => Tenant.Registration(Role, GoodExternalId),
            Operation.Replace => Tenant.Registration(place.RoleArn, GoodExternalId),
            Operation.Credentials => new JsonObject { ["localDevelopment"] = false },
            Operation.SuspendApp or Operation.SuspendMember => new JsonObject
            {
                ["reason"] = "Example",
            },
            // Neither changes anything: the owner stays the owner, and cannot be erased.
            Operation.TransferOwnership or Operation.Erase => new JsonObject
            {
                ["userId"] = place.OwnerId,
            },
            Operation.AssignGroups => new JsonObject { ["groups"] = new JsonArray(place.GroupId) },
            Operation.Invite => new JsonObject
            {
                ["email"] = "invited@example.com",
                ["groups"] = new JsonArray(place.GroupId),
            },
            _ => new JsonObject { ["name"] = "Example" },
        };

    private static HttpContent Raw(string json) => ApiCalls.Raw(json);

    private static HttpContent Raw(byte[] json) => ApiCalls.Raw(json);

    private static string Long(int length, string of = "x") =>
        string.Concat(Enumerable.Range(0, length).Select(i => of[i % of.Length]));

    /// <summary>Characters of two UTF-16 units each: limits count characters.</summary>
    private static string Emoji(int count) => string.Concat(Enumerable.Repeat("🎉", count));

    private static string Json(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    private static string? Text(string json) =>
        JsonNode.Parse(json) is JsonValue value && value.TryGetValue<string>(out var text)
            ? text
            : null;

    private static string JsonList(int count, Func<int, string> entry) =>
        $"[{string.Join(',', Enumerable.Range(0, count).Select(entry).Select(Json))}]";
}
