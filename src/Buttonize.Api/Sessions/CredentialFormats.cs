using System.Reflection;
using System.Text.Json.Serialization;
using Buttonize.Api.Hosting;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;

namespace Buttonize.Api.Sessions;

/// <summary>The body of the main call; all of it is optional.</summary>
internal sealed record CredentialsRequest(bool? LocalDevelopment = null);

/// <summary>The query of the other two formats: <c>?localDevelopment=true</c>.</summary>
internal sealed record LocalDevelopmentQuery(bool LocalDevelopment)
    : IBindableFromHttpContext<LocalDevelopmentQuery>,
        IEndpointParameterMetadataProvider
{
    /// <inheritdoc/>
    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(
            new DescribedParameter(
                "localDevelopment",
                ParameterLocation.Query,
                JsonSchemaType.Boolean,
                "Marks the session as one of local development (default false)."
            )
        );
    }

    /// <inheritdoc/>
    public static ValueTask<LocalDevelopmentQuery?> BindAsync(
        HttpContext context,
        ParameterInfo parameter
    ) =>
        context.Request.Query["localDevelopment"] switch
        {
            [] or ["false"] => ValueTask.FromResult<LocalDevelopmentQuery?>(new(false)),
            ["true"] => ValueTask.FromResult<LocalDevelopmentQuery?>(new(true)),
            _ => throw new RefusedException(
                Problems.ValidationFailed(
                    "localDevelopment",
                    "'localDevelopment' must be 'true' or 'false', once."
                )
            ),
        };
}

/// <summary>The answer of the main call.</summary>
internal sealed record CredentialsResponse(
    CredentialsMembers Credentials,
    string Region,
    string AccountId,
    string AssumedRoleArn,
    string SourceIdentity,
    DateTimeOffset ServerTime
)
{
    /// <summary>The session as it goes over the wire; <paramref name="now"/> lets a browser with a wrong clock sign rightly.</summary>
    public static CredentialsResponse Of(Session session, DateTimeOffset now) =>
        new(
            new CredentialsMembers(
                session.Credentials.AccessKeyId,
                session.Credentials.SecretAccessKey,
                session.Credentials.SessionToken,
                session.Credentials.Expiration
            ),
            session.Region,
            session.AccountId,
            session.AssumedRoleArn,
            session.SourceIdentity,
            now
        );
}

/// <summary>A session's credentials on the wire.</summary>
internal sealed record CredentialsMembers(
    string AccessKeyId,
    string SecretAccessKey,
    string SessionToken,
    DateTimeOffset Expiration
)
{
    /// <summary>Never the credentials.</summary>
    public override string ToString() => "[redacted session credentials]";
}

/// <summary>The document that a <c>credential_process</c> writes (AWS SDKs and Tools Reference Guide, Process credential provider).</summary>
internal sealed record ProcessCredentialsResponse(
    [property: JsonPropertyName("Version")] int Version,
    [property: JsonPropertyName("AccessKeyId")] string AccessKeyId,
    [property: JsonPropertyName("SecretAccessKey")] string SecretAccessKey,
    [property: JsonPropertyName("SessionToken")] string SessionToken,
    [property: JsonPropertyName("Expiration")] DateTimeOffset Expiration
)
{
    /// <summary>The session in this format.</summary>
    public static ProcessCredentialsResponse Of(Session session) =>
        new(
            1,
            session.Credentials.AccessKeyId,
            session.Credentials.SecretAccessKey,
            session.Credentials.SessionToken,
            session.Credentials.Expiration
        );

    /// <summary>Never the credentials.</summary>
    public override string ToString() => "[redacted session credentials]";
}

/// <summary>The container credential provider's document (AWS SDKs and Tools Reference Guide, Container credential provider).</summary>
internal sealed record ContainerCredentialsResponse(
    [property: JsonPropertyName("AccessKeyId")] string AccessKeyId,
    [property: JsonPropertyName("SecretAccessKey")] string SecretAccessKey,
    [property: JsonPropertyName("Token")] string Token,
    [property: JsonPropertyName("Expiration")] DateTimeOffset Expiration,
    [property: JsonPropertyName("AccountId")] string AccountId
)
{
    /// <summary>The session in this format.</summary>
    public static ContainerCredentialsResponse Of(Session session) =>
        new(
            session.Credentials.AccessKeyId,
            session.Credentials.SecretAccessKey,
            session.Credentials.SessionToken,
            session.Credentials.Expiration,
            session.AccountId
        );

    /// <summary>Never the credentials.</summary>
    public override string ToString() => "[redacted session credentials]";
}
