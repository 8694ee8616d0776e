using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>A member of an organization who does not own it: invited by its owner, and signed in.</summary>
public sealed record JoinedMember(string Subject, string UserId, string Email, HttpClient Client)
{
    /// <summary>Lets somebody join, by default somebody new, who is in no group.</summary>
    public static Task<JoinedMember> JoinAsync(
        Tenant tenant,
        CancellationToken cancellationToken,
        string? subject = null
    ) => JoinAsync(tenant, [], cancellationToken, subject);

    /// <summary>Lets somebody join the groups with these ids, by default somebody new.</summary>
    public static Task<JoinedMember> JoinAsync(
        Tenant tenant,
        IReadOnlyList<string> groups,
        CancellationToken cancellationToken,
        string? subject = null
    ) =>
        JoinAsync(
            tenant.ControlPlane,
            tenant.Owner,
            tenant.Root,
            groups,
            cancellationToken,
            subject
        );

    /// <summary>Lets somebody join the organization at <paramref name="root"/>.</summary>
    public static async Task<JoinedMember> JoinAsync(
        ControlPlane controlPlane,
        HttpClient owner,
        string root,
        IReadOnlyList<string> groups,
        CancellationToken cancellationToken,
        string? subject = null
    )
    {
        var member = await SignInAsync(controlPlane, cancellationToken, subject);
        var invitation = await Tenant.PostAsync(
            owner,
            $"{root}/invitations",
            new { email = member.Email, groups },
            cancellationToken
        );
        (
            await member.Client.CallAsync(
                HttpMethod.Post,
                $"/v1/invitations/{invitation["invitationId"]}/acceptance",
                null,
                cancellationToken
            )
        ).Is(200);
        return member;
    }

    /// <summary>Somebody with a verified e-mail address, by default somebody new, who is a member of nothing yet.</summary>
    public static async Task<JoinedMember> SignInAsync(
        ControlPlane controlPlane,
        CancellationToken cancellationToken,
        string? subject = null
    )
    {
        subject ??= $"member-{Guid.NewGuid():N}";
        var email = $"{subject}@example.com";
        var client = controlPlane.WithToken(
            controlPlane.Provider.Token(subject, claims: c => Verified(c, email))
        );
        var userId = (await client.GetAnswerAsync("/v1/me", cancellationToken)).Is(200)["userId"];
        return new JoinedMember(subject, userId, email, client);
    }

    /// <summary>Gives a token a verified e-mail address.</summary>
    public static void Verified(JsonObject claims, string email)
    {
        claims["email"] = email;
        claims["email_verified"] = true;
    }
}
