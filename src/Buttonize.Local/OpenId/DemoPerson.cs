namespace Buttonize.Local.OpenId;

/// <summary>Someone who can sign in at the local OpenID provider. Made up, and known to everyone.</summary>
/// <param name="Subject">The <c>sub</c> claim.</param>
/// <param name="UserName">What they sign in with; also the <c>preferred_username</c> claim.</param>
/// <param name="Name">The <c>name</c> claim.</param>
/// <param name="Email">The <c>email</c> claim, a verified one.</param>
public sealed record DemoPerson(string Subject, string UserName, string Name, string Email)
{
    /// <summary>The person who owns the demo organization.</summary>
    public static DemoPerson Ada { get; } =
        new("demo-person", "ada", "Ada Lovelace", "ada@example.com");

    /// <summary>Someone else, to be refused.</summary>
    public static DemoPerson Grace { get; } =
        new("another-demo-person", "grace", "Grace Hopper", "grace@example.com");

    /// <summary>Everyone who can sign in; the login page suggests the first.</summary>
    public static IReadOnlyList<DemoPerson> All { get; } = [Ada, Grace];

    /// <summary>The user name again: it protects nothing but a provider of made-up people on loopback.</summary>
    public string Password => UserName;

    /// <summary>The person with this user name and password, or null.</summary>
    public static DemoPerson? SignIn(string? userName, string? password) =>
        All.FirstOrDefault(person => person.UserName == userName && person.Password == password);
}
