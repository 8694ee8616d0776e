namespace Buttonize.Api.Tests.Organizations;

/// <summary>Members go by the name and the address that their last token had.</summary>
public sealed class MemberNameTests(SharedControlPlane shared, Services services)
    : IClassFixture<SharedControlPlane>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_list_follows_the_last_token_through_every_instance()
    {
        await using var second = ControlPlane.Start(services, shared.ControlPlane.SharedSettings());
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var member = await JoinedMember.JoinAsync(tenant, Token);
        var issued = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var (maiden, married) = (
            SignIn("Jane Doe", "doe", issued + 1),
            SignIn("Jane Smith", "smith", issued + 2)
        );

        foreach (
            var (controlPlane, token, name, email) in new[]
            {
                (shared.ControlPlane, maiden, "Jane Doe", "doe@example.com"),
                (second, married, "Jane Smith", "smith@example.com"),
                // An older token that is still in use says nothing new.
                (shared.ControlPlane, maiden, "Jane Smith", "smith@example.com"),
            }
        )
        {
            (await controlPlane.WithToken(token).GetAnswerAsync("/v1/me", Token))
                .Is(200)["userId"]
                .Should()
                .Be(member.UserId);

            foreach (var reader in (ControlPlane[])[shared.ControlPlane, second])
            {
                var listed = (
                    await reader
                        .WithToken(tenant.Owner.DefaultRequestHeaders.Authorization!.Parameter!)
                        .ListAsync($"{tenant.Root}/members", Token)
                ).Single(m => (string)m["userId"]! == member.UserId);
                ((string)listed["userName"]!).Should().Be(name);
                ((string)listed["email"]!).Should().Be(email);
            }
        }

        string SignIn(string name, string address, long at) =>
            shared.ControlPlane.Provider.Token(
                member.Subject,
                name,
                claims =>
                {
                    JoinedMember.Verified(claims, $"{address}@example.com");
                    claims["iat"] = at;
                }
            );
    }
}
