using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Organizations;

/// <summary>What those who invite and those who are invited call.</summary>
internal static class InvitationCalls
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The owner invites an address.</summary>
    /// <returns>The invitation's id.</returns>
    public static async Task<string> InviteAsync(
        this Tenant tenant,
        string email,
        params string[] groups
    ) =>
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Post,
                $"{tenant.Root}/invitations",
                new { email, groups },
                Token
            )
        ).Is(201)["invitationId"];

    public static Task<ApiAnswer> WithdrawAsync(this Tenant tenant, string invitation) =>
        tenant.Owner.CallAsync(
            HttpMethod.Delete,
            $"{tenant.Root}/invitations/{invitation}",
            null,
            Token
        );

    public static Task<ApiAnswer> AcceptAsync(this HttpClient person, string invitation) =>
        person.CallAsync(HttpMethod.Post, $"/v1/invitations/{invitation}/acceptance", null, Token);

    /// <summary>The invitations that somebody sees as theirs.</summary>
    public static Task<IReadOnlyList<JsonObject>> ReceivedAsync(this HttpClient person) =>
        person.ListAsync("/v1/invitations", Token);

    /// <summary>The open invitations of an organization.</summary>
    public static Task<IReadOnlyList<JsonObject>> MadeAsync(this Tenant tenant) =>
        tenant.Owner.ListAsync($"{tenant.Root}/invitations", Token);

    /// <summary>The groups that a member is in.</summary>
    public static async Task<IEnumerable<string>> GroupsOfAsync(
        this Tenant tenant,
        JoinedMember member
    ) =>
        (await tenant.Owner.GetAnswerAsync($"{tenant.Root}/members/{member.UserId}", Token))
            .Is(200)
            .Json.Texts("groups");
}
