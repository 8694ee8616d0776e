using Buttonize.Api.Access;
using Buttonize.Api.Hosting;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Buttonize.Api.Organizations;

/// <summary>API keys, managed by people.</summary>
internal static class ApiKeyEndpoints
{
    /// <summary>Maps <c>/v1/organizations/{organizationId}/api-keys</c>.</summary>
    public static WebApplication MapApiKeys(this WebApplication app)
    {
        var keys = app.MapGroup("/v1/organizations/{organizationId:id}/api-keys")
            .RequirePerson()
            .RequirePermission(Permission.ManageApiKeys)
            .WithTags("API keys");
        keys.MapPost("", CreateAsync).WithSummary("Make an API key; it is shown once");
        keys.MapGet("", ListAsync).WithSummary("The organization's API keys");
        keys.MapDelete("/{keyId:id}", DeleteAsync).WithSummary("Delete an API key");
        return app;
    }

    private static async Task<Results<Created<NewApiKeyResponse>, Problem>> CreateAsync(
        AccessGrant grant,
        Body<ApiKeyRequest> body,
        ApiKeys keys,
        HttpResponse response,
        CancellationToken cancellationToken
    )
    {
        var outcome = await keys.CreateAsync(
            grant.Standing,
            body.Value.Name!,
            body.Value.ExpiresAt,
            cancellationToken
        );
        if (outcome.Value is not { Key: var key, Secret: var secret })
        {
            return outcome.Refusal!.ToProblem();
        }

        response.Headers.CacheControl = "no-store";
        return TypedResults.Created(
            $"/v1/organizations/{grant.Standing.Organization.Id}/api-keys/{key.Id}",
            new NewApiKeyResponse(
                key.Id.Value,
                key.Name,
                secret.Reveal(),
                key.ExpiresAt,
                key.CreatedBy.Value
            )
        );
    }

    private static async Task<Results<Ok<ListResponse<ApiKeyResponse>>, Problem>> ListAsync(
        AccessGrant grant,
        ListQuery query,
        ApiKeys keys,
        CancellationToken cancellationToken
    )
    {
        return
            await keys.ListAsync(grant.Standing.Organization.Id, query.Page, cancellationToken)
                is { } page
            ? TypedResults.Ok(ListResponse<ApiKeyResponse>.Of(page, ApiKeyResponse.Of))
            : Problems.InvalidCursor();
    }

    private static async Task<Results<NoContent, Problem>> DeleteAsync(
        AccessGrant grant,
        ApiKeyId keyId,
        ApiKeys keys,
        CancellationToken cancellationToken
    )
    {
        return await keys.DeleteAsync(grant.Standing.Organization.Id, keyId, cancellationToken)
            ? TypedResults.NoContent()
            : Problems.NotFound();
    }
}

/// <summary>The body of <c>POST …/api-keys</c>.</summary>
internal sealed record ApiKeyRequest(string? Name = null, DateTimeOffset? ExpiresAt = null);

/// <summary>Checks <see cref="ApiKeyRequest"/>.</summary>
internal sealed class ApiKeyRequestValidator : AbstractValidator<ApiKeyRequest>
{
    public ApiKeyRequestValidator(TimeProvider time)
    {
        RuleFor(r => r.Name).Required("name").Text("name", 100);
        RuleFor(r => r.ExpiresAt)
            .Must(at => at is null || at > time.GetUtcNow())
            .WithMessage(
                "'expiresAt' is in the past; send a time to come, or leave it out for a key that does not expire."
            );
    }
}

/// <summary>A new API key on the wire, the only answer that shows it.</summary>
internal sealed record NewApiKeyResponse(
    string KeyId,
    string Name,
    string ApiKey,
    DateTimeOffset? ExpiresAt,
    string CreatedBy
)
{
    /// <summary>Never the key.</summary>
    public override string ToString() => $"API key {KeyId}";
}

/// <summary>An API key in a list.</summary>
/// <param name="Prefix">Its first 9 characters.</param>
/// <param name="LastUsedAt">When it was last used, to about a minute; null where it never was.</param>
internal sealed record ApiKeyResponse(
    string KeyId,
    string Name,
    string Prefix,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset CreatedAt,
    string CreatedBy,
    DateTimeOffset? LastUsedAt
)
{
    /// <summary>The key as it goes over the wire.</summary>
    public static ApiKeyResponse Of(ApiKey key) =>
        new(
            key.Id.Value,
            key.Name,
            key.Preview,
            key.ExpiresAt,
            key.CreatedAt,
            key.CreatedBy.Value,
            key.LastUsedAt
        );
}
