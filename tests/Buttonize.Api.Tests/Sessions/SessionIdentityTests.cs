using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Buttonize.Api.Access;
using Buttonize.Api.Sessions;
using CsCheck;
using AppId = Buttonize.Api.Id<Buttonize.Api.Apps.App>;
using OrganizationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Organization>;
using UserId = Buttonize.Api.Id<Buttonize.Api.Access.Person>;

namespace Buttonize.Api.Tests.Sessions;

/// <summary>Whom AWS sees: whatever a name holds, STS takes it, and nobody can look like somebody else.</summary>
public sealed partial class SessionIdentityTests(Services services)
{
    private const int PropertyTries = 3000;

    /// <summary>Where the name begins: 4, 2, 21 and 2 characters come before it.</summary>
    private const int NameStart = 29;

    private static readonly Gen<string> Piece = Gen.OneOf(
        OneOf(
            "José",
            "e\u0301",
            "a\u0327\u0301\u0308",
            "\u0301",
            "李雷",
            "山田太郎",
            "Ольга",
            "محمد",
            "शर्मा",
            "\u0e17\u0e35\u0e48",
            "😀",
            "👨‍👩‍👧",
            "𝒜𝓃𝓃",
            "\U00020000",
            "__",
            "_",
            "___\u0301_",
            "-",
            "--",
            " ",
            "  ",
            "\u00a0",
            "\u2028",
            "\t",
            "\0",
            "\u007f",
            "\r\n",
            "\u200f",
            "\u202e",
            "\ufeff",
            "\ud800",
            "\udc00",
            "auth0|5f7c8ec7c33c6c004bbafe82",
            "ＡＢＣ",
            "＿＿",
            "－",
            "＠",
            "ß",
            "Æ",
            "ﬁ",
            "½",
            "…",
            "@",
            "+",
            "=",
            ",",
            ".",
            ":",
            "/",
            "|",
            "*",
            "btnz__",
            "!?#",
            new string('x', 300),
            "😀" + new string('ä', 255)
        ),
        Gen.Char.Select(c => c.ToString()),
        Gen.Char.AlphaNumeric.Select(c => c.ToString())
    );

    private static readonly Gen<string> Name = Piece
        .Array[0, 12]
        .Select(pieces => string.Concat(pieces));

    private static readonly Gen<string> AnyId = Gen.OneOf(
        Gen.Int.Select(_ => UserId.New().Value),
        OneOf(new string('_', 21), new string('-', 21), "__-__A__-__b__-__0__-")
    );

    private static Gen<string> OneOf(params string[] texts) =>
        Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_session_name_is_one_that_STS_takes() =>
        Gen.Select(AnyId, Name)
            .Sample(
                (id, name) => SessionName().IsMatch(Identity(name, id).SessionName),
                iter: PropertyTries
            );

    [Fact]
    public void The_user_id_stands_whole_in_its_place() =>
        Gen.Select(AnyId, Name)
            .Sample(
                (id, name) =>
                    Identity(name, id)
                        .SessionName.StartsWith($"btnz__{id}__", StringComparison.Ordinal),
                iter: PropertyTries
            );

    [Fact]
    public void The_name_part_holds_no_separator_and_no_loose_ends() =>
        Name.Sample(
            name =>
            {
                var part = NamePart(name);
                return part.Length > 0
                    && !part.Contains("__", StringComparison.Ordinal)
                    && part[0] is not ('-' or '_')
                    && part[^1] is not ('-' or '_');
            },
            iter: PropertyTries
        );

    [Fact]
    public void A_name_part_is_its_own_name_part() =>
        Name.Sample(name => NamePart(NamePart(name)) == NamePart(name), iter: PropertyTries);

    [Fact]
    public void The_name_tag_keeps_what_STS_takes_and_nothing_else() =>
        Name.Sample(
            name =>
            {
                var (was, now) = (Runes(name), Runes(NameTag(name)));
                return was.Zip(now).All(p => p.Second == (IsTaken(p.First) ? p.First : Dash))
                    && now.Length <= was.Length;
            },
            iter: PropertyTries
        );

    [Fact]
    public void The_name_tag_has_at_most_256_characters_and_is_cut_only_where_it_must() =>
        Name.Sample(
            name =>
            {
                var (was, tag) = (Runes(name), NameTag(name));
                var kept = Runes(tag).Length;
                return tag.Length <= 256
                    && (kept == was.Length || tag.Length + was[kept].Utf16SequenceLength > 256);
            },
            iter: PropertyTries
        );

    [Fact]
    public void A_name_tag_is_its_own_name_tag() =>
        Name.Sample(name => NameTag(NameTag(name)) == NameTag(name), iter: PropertyTries);

    [Theory]
    [InlineData("José", "Jose")]
    [InlineData("Jose\u0301", "Jose")]
    [InlineData("Łukasz", "Lukasz")]
    [InlineData("Müller", "Muller")]
    [InlineData("Straße", "Strasse")]
    [InlineData("Ærøskøbing", "AEroskobing")]
    [InlineData("李雷", "user")]
    [InlineData("Ольга", "user")]
    [InlineData("李雷 Li Lei", "Li-Lei")]
    [InlineData("a  b", "a-b")]
    [InlineData("a \t\u00a0b", "a-b")]
    [InlineData("a😀👍b", "a-b")]
    [InlineData("auth0|5f7c8ec7c33c6c004bbafe82", "auth0-5f7c8ec7c33c6c004bbafe82")]
    [InlineData("__x__", "x")]
    [InlineData("a__b", "a_b")]
    [InlineData("a＿＿b", "a_b")]
    [InlineData("a_\u0301_b", "a_b")]
    [InlineData("-_-a-_-", "a")]
    [InlineData("Ｊａｎｅ", "Jane")]
    [InlineData("ﬁn", "fin")]
    [InlineData("jane@example.com", "jane@example.com")]
    [InlineData("a+b=c,d.e@f-g", "a+b=c,d.e@f-g")]
    [InlineData("jane\u202eenoj", "jane-enoj")]
    [InlineData("a\u0000b", "a-b")]
    [InlineData("jane\uFFFEdoe\uFFFF", "jane-doe")]
    [InlineData("!?#", "user")]
    [InlineData("__--__", "user")]
    [InlineData("", "user")]
    [InlineData("abcdefghijklmnopqrstuvwxyz0123456789", "abcdefghijklmnopqrstuvwxyz012345678")]
    [InlineData("abcdefghijklmnopqrstuvwxyz0123 _-_ 6789", "abcdefghijklmnopqrstuvwxyz0123")]
    public void A_name_is_folded(string name, string expected) =>
        NamePart(name).Should().Be(expected);

    [Theory]
    [InlineData("José", "José")]
    [InlineData("李雷", "李雷")]
    [InlineData("a  b", "a  b")]
    [InlineData("a__b", "a__b")]
    [InlineData("auth0|5f7", "auth0-5f7")]
    [InlineData("😀 Zoë", "- Zoë")]
    [InlineData("\U00020000", "\U00020000")]
    [InlineData("a:b/c=d+e-f@g.h_i", "a:b/c=d+e-f@g.h_i")]
    [InlineData("½ ²", "½ ²")]
    public void A_name_stands_in_its_tag_as_it_is(string name, string expected) =>
        NameTag(name).Should().Be(expected);

    [Fact]
    public void Half_a_character_is_none()
    {
        // Not as inline data: the test runner would make a whole character of it.
        const string half = "x\ud800y";

        NamePart(half).Should().Be("x-y");
        NameTag(half).Should().Be("x-y");
    }

    [Fact]
    public void A_cut_never_halves_a_character() =>
        NameTag(new string('x', 255) + "\U00020000y").Should().Be(new string('x', 255));

    [Fact]
    public void People_of_one_name_have_different_session_names() =>
        Identity("jane", UserId.New().Value)
            .SessionName.Should()
            .NotBe(Identity("jane", UserId.New().Value).SessionName);

    [Theory]
    [InlineData("José 李雷 😀")]
    [InlineData("\u202eanna\u200f مُحَمَّد")]
    [InlineData("e\u0301e\u0301 | __x__ \u0007")]
    [InlineData("!?#")]
    public async Task AWS_takes_every_name(string name)
    {
        await using var controlPlane = ControlPlane.Start(services);
        var tenant = await Tenant.CreateAsync(controlPlane, Token, name: name);
        var app = await tenant.RegisterAsync(Token);

        using var response = await tenant.Owner.PostAsync(
            $"{tenant.Root}/apps/{app["appId"]}/credentials",
            null,
            Token
        );

        response
            .StatusCode.Should()
            .Be(HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Token));
        var answer = await response.Content.ReadFromJsonAsync<JsonObject>(Token);
        answer!["sourceIdentity"]!.GetValue<string>()[NameStart..].Should().Be(NamePart(name));
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_+=,.@-]{2,64}\z")]
    private static partial Regex SessionName();

    private static readonly Rune Dash = new('-');

    private static Rune[] Runes(string text) => [.. text.EnumerateRunes()];

    /// <summary>STS API reference, Tag, Value: <c>[\p{L}\p{Z}\p{N}_.:/=+\-@]*</c>.</summary>
    private static bool IsTaken(Rune rune) =>
        Rune.IsLetter(rune)
        || Rune.IsSeparator(rune)
        || Rune.IsNumber(rune)
        || "_.:/=+-@".EnumerateRunes().Contains(rune);

    private static string NamePart(string name) =>
        Identity(name, UserId.New().Value).SessionName[NameStart..];

    private static string NameTag(string name) =>
        Identity(name, UserId.New().Value)
            .Tags.Single(tag => tag.Key == "buttonize-user-name")
            .Value;

    private static SessionIdentity Identity(string name, string userId) =>
        SessionIdentity.For(
            new Person(UserId.Parse(userId), name, null, false),
            OrganizationId.New(),
            AppId.New(),
            localDevelopment: false
        );
}
