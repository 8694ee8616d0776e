namespace Buttonize.Api.Access;

/// <summary>The OpenID provider's discovery document or keys could not be fetched: a fault that passes, 503 to the caller.</summary>
internal sealed class IdentityProviderUnavailableException(Exception inner)
    : Exception("The OpenID provider's keys could not be fetched.", inner);
