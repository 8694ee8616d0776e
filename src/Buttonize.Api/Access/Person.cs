namespace Buttonize.Api.Access;

/// <summary>A signed-in person, from a verified access token and the stored record; never from anything else in the request.</summary>
/// <param name="Id">The Buttonize user id that the token's (issuer, subject) stands for, for good.</param>
/// <param name="Name">The current name at the provider: of the token, or else of UserInfo, or else <c>sub</c>; the last one known while UserInfo does not answer.</param>
/// <param name="Email">The e-mail, from the same places, or null.</param>
/// <param name="IsEmailVerified">Whether a provider that is trusted for it says that the address is the person's.</param>
internal sealed record Person(UserId Id, string Name, string? Email, bool IsEmailVerified)
    : IBindableFromHttpContext<Person>
{
    /// <summary>The person that calls a people's route.</summary>
    public static async ValueTask<Person?> BindAsync(
        HttpContext context,
        System.Reflection.ParameterInfo parameter
    ) =>
        await context
            .RequestServices.GetRequiredService<People>()
            .ResolveAsync(context, context.RequestAborted);
}
