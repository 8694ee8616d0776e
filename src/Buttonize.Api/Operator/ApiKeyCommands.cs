using System.CommandLine;
using Buttonize.Api.Organizations;

namespace Buttonize.Api.Operator;

/// <summary><c>api-keys list | revoke</c>.</summary>
internal static class ApiKeyCommands
{
    /// <summary>The noun with its verbs.</summary>
    public static Command Create(OperatorHost host) =>
        new("api-keys", "Look at an organization's API keys, and revoke them.")
        {
            List(host),
            Revoke(host),
        };

    private static Command List(OperatorHost host)
    {
        var organization = OperatorArguments.Organization();
        var command = new Command(
            "list",
            """
            List an organization's API keys: never the keys, but their first characters.

            Example:
              Buttonize.Api api-keys list V1StGXR8_Z5jdHi6B-myT
            """
        )
        {
            organization,
        };
        host.Does(
            command,
            async (session, cancellationToken) =>
            {
                var id = session.Arguments.GetValue(organization);
                if (!await session.HasOrganizationAsync(id, cancellationToken))
                {
                    return session.Terminal.NoOrganization();
                }

                var keys = session.Get<ApiKeys>();
                session.Terminal.List(
                    await OperatorSession
                        .AllAsync(page => keys.ListAsync(id, page, cancellationToken))
                        .Select(ApiKeyResponse.Of)
                        .ToListAsync(cancellationToken),
                    ("KEY", k => k.KeyId),
                    ("NAME", k => k.Name),
                    ("BEGINS", k => k.Prefix),
                    ("EXPIRES", k => k.ExpiresAt),
                    ("CREATED BY", k => k.CreatedBy),
                    ("LAST USED", k => k.LastUsedAt)
                );
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command Revoke(OperatorHost host)
    {
        var organization = OperatorArguments.Organization();
        var key = OperatorArguments.Id<ApiKey>("keyId", "The key's id.");
        var yes = OperatorArguments.Yes();
        var command = new Command(
            "revoke",
            """
            Revoke an API key, for good: from the next call on, on every instance, it is refused.

            Example:
              Buttonize.Api api-keys revoke V1StGXR8_Z5jdHi6B-myT 9fKx0a_Q2bLmN4oP6qR8s --yes
            """
        )
        {
            organization,
            key,
            yes,
        };
        host.Does(
            command,
            (session, cancellationToken) =>
                RevokeAsync(
                    session,
                    session.Arguments.GetValue(organization),
                    session.Arguments.GetValue(key),
                    session.Arguments.GetValue(yes),
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<int> RevokeAsync(
        OperatorSession session,
        OrganizationId organization,
        ApiKeyId id,
        bool yes,
        CancellationToken cancellationToken
    )
    {
        var (keys, terminal) = (session.Get<ApiKeys>(), session.Terminal);
        var key = await OperatorSession
            .AllAsync(page => keys.ListAsync(organization, page, cancellationToken))
            .FirstOrDefaultAsync(k => k.Id == id, cancellationToken);
        if (key is null)
        {
            return terminal.End(
                ExitCode.NotFound,
                "There is no such API key in this organization."
            );
        }

        if (
            !await terminal.ConfirmAsync(
                yes,
                $"This revokes the API key '{key.Name}' ({key.Preview}…), which cannot be undone: what deploys with it needs another.",
                id.Value,
                cancellationToken
            )
        )
        {
            return ExitCode.Refused;
        }

        await keys.DeleteAsync(organization, id, cancellationToken);
        session.Get<OperatorLog>().Note("api-keys revoke", organization, id.Value);
        terminal.Show(new { keyId = id.Value, revoked = true }, ("revoked", id));
        return ExitCode.Done;
    }
}
