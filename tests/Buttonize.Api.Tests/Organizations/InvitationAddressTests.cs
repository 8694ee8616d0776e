using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Organizations;

/// <summary>An invitation is for whoever a trusted provider says holds the address, and for nobody whose address only looks like it.</summary>
public sealed class InvitationAddressTests(SharedControlPlane shared)
    : IClassFixture<SharedControlPlane>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"email":"@"}""")]
    [InlineData("""{"email":"@","email_verified":false}""")]
    [InlineData("""{"email":"@","email_verified":"false"}""")]
    [InlineData("""{"email":"@","email_verified":null}""")]
    [InlineData("""{"email":"@","email_verified":1}""")]
    [InlineData("""{"email":"@","email_verified":"yes"}""")]
    [InlineData("""{"email_verified":true}""")]
    [InlineData("""{"email":"","email_verified":true}""")]
    [InlineData("""{"email":"nobody","email_verified":true}""")]
    [InlineData("""{"preferred_username":"@","upn":"@","email_verified":true}""")]
    [InlineData("""{"verified_email":"@","emails":["@"],"email_verified":true}""")]
    public async Task Without_a_verified_address_there_are_no_invitations(string claims)
    {
        var (tenant, email) = await MakeAsync();
        var invitation = await tenant.InviteAsync(email);
        var person = SignIn(
            JsonNode.Parse(claims.Replace("\"@\"", $"\"{email}\"", StringComparison.Ordinal))!
        );

        (await person.ReceivedAsync()).Should().BeEmpty();
        (await person.AcceptAsync(invitation))
            .IsProblem(403, "forbidden")["detail"]
            .Should()
            .Contain("verified");

        (await person.GetAnswerAsync(tenant.Root, Token)).IsProblem(404, "not_found");
        (await Holder(email).AcceptAsync(invitation)).Is(200);
    }

    [Fact]
    public async Task Whoever_holds_another_address_sees_nothing_and_cannot_take_it()
    {
        var (tenant, email) = await MakeAsync();
        var invitation = await tenant.InviteAsync(email);
        HttpClient[] others =
        [
            Holder($"x{email}"),
            Holder($"{email}.example"),
            Holder(email.Replace("@", "+tag@", StringComparison.Ordinal)),
            Holder(email.Replace("example.com", "example.org", StringComparison.Ordinal)),
            Holder($"{email} "),
            Holder($"<{email}>"),
            Holder($"other@example.com,{email}"),
            tenant.Owner,
        ];

        foreach (var other in others)
        {
            (await other.ReceivedAsync()).Should().BeEmpty();
            (await other.AcceptAsync(invitation)).Status.Should().BeOneOf(403, 404);
        }

        (await others[0].AcceptAsync(invitation)).IsProblem(404, "not_found");
        (await tenant.MadeAsync()).Texts("invitationId").Should().Equal(invitation);
        (await Holder(email).AcceptAsync(invitation)).Is(200);
    }

    [Theory]
    [InlineData("Jane.Doe@Example.COM", "jane.doe@example.com")]
    [InlineData("jane.doe@example.com", "JANE.DOE@EXAMPLE.COM")]
    [InlineData("jané@example.com", "JANé@example.com")]
    public async Task The_case_of_ASCII_letters_does_not_count(string invited, string held)
    {
        var (tenant, _) = await MakeAsync();
        var prefix = $"{Guid.NewGuid():N}";
        var invitation = await tenant.InviteAsync($"{prefix}.{invited}");
        var person = Holder($"{prefix}.{held}");

        var received = (await person.ReceivedAsync()).Single();

        // It shows as whoever invited wrote it.
        ((string)received["email"]!)
            .Should()
            .Be($"{prefix}.{invited}");
        (await person.AcceptAsync(invitation)).Is(200);
    }

    /// <summary>By the case mappings and normal forms of Unicode these are equal; to a mail server they are different people.</summary>
    [Theory]
    [InlineData("kelvin@example.com", "\u212Aelvin@example.com")]
    [InlineData("\u212Aelvin@example.com", "kelvin@example.com")]
    [InlineData("kim@example.com", "k\u0130m@example.com")]
    [InlineData("kim@example.com", "k\u0131m@example.com")]
    [InlineData("KIM@EXAMPLE.COM", "k\u0131m@example.com")]
    [InlineData("sue@example.com", "\u017Fue@example.com")]
    [InlineData("strasse@example.com", "straße@example.com")]
    [InlineData("jane@example.com", "ｊane@example.com")]
    [InlineData("jan\u00E9@example.com", "jane\u0301@example.com")]
    [InlineData("jan\u00E9@example.com", "jan\u00C9@example.com")]
    [InlineData("jane@example.com", "jane@example\u3002com")]
    [InlineData("jane@example.com", "ja\u200Bne@example.com")]
    public async Task Addresses_that_only_look_alike_are_different(string invited, string held)
    {
        var (tenant, _) = await MakeAsync();
        var prefix = $"{Guid.NewGuid():N}";
        var invitation = await tenant.InviteAsync($"{prefix}.{invited}");
        var person = Holder($"{prefix}.{held}");

        (await person.ReceivedAsync()).Should().BeEmpty();
        (await person.AcceptAsync(invitation)).IsProblem(404, "not_found");

        (await person.GetAnswerAsync(tenant.Root, Token)).IsProblem(404, "not_found");
        (await Holder($"{prefix}.{invited}").AcceptAsync(invitation)).Is(200);
    }

    [Fact]
    public async Task The_address_that_counts_is_the_one_in_the_token()
    {
        var (tenant, email) = await MakeAsync();
        var before = await tenant.InviteAsync(email);
        var after = await tenant.InviteAsync($"new.{email}");
        var subject = $"{Guid.NewGuid():N}";
        (await Holder(email, subject).ReceivedAsync()).Texts("invitationId").Should().Equal(before);

        var renamed = Holder($"new.{email}", subject);

        (await renamed.ReceivedAsync()).Texts("invitationId").Should().Equal(after);
        (await renamed.AcceptAsync(before)).IsProblem(404, "not_found");
        (await renamed.AcceptAsync(after)).Is(200);
    }

    private async Task<(Tenant Tenant, string Email)> MakeAsync() =>
        (await Tenant.CreateAsync(shared.ControlPlane, Token), $"{Guid.NewGuid():N}@example.com");

    /// <summary>Somebody who holds an address, verified.</summary>
    private HttpClient Holder(string email, string? subject = null) =>
        SignIn(new JsonObject { ["email"] = email, ["email_verified"] = true }, subject);

    private HttpClient SignIn(JsonNode claims, string? subject = null) =>
        shared.ControlPlane.WithToken(
            shared.ControlPlane.Provider.Token(
                subject ?? $"{Guid.NewGuid():N}",
                claims: token =>
                {
                    foreach (var (name, value) in claims.AsObject())
                    {
                        token[name] = value?.DeepClone();
                    }
                }
            )
        );
}
