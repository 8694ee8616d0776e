using Buttonize.Local.Aws;

namespace Buttonize.Faults.Stage;

/// <summary>Somebody who signs in.</summary>
/// <param name="UserId">Who they are to the control plane.</param>
/// <param name="Token">Their access token.</param>
internal sealed record Person(string UserId, string Token)
{
    public override string ToString() => UserId;
}

/// <summary>An app that an organization has registered, whose role is verified.</summary>
/// <param name="AppId">Its id.</param>
/// <param name="RoleArn">The role that its sessions are of.</param>
/// <param name="FunctionArn">What that role may invoke.</param>
internal sealed record RegisteredApp(string AppId, string RoleArn, string FunctionArn);

/// <summary>An organization. All look alike: the same names of people, apps, roles and functions, each in an account of its own.</summary>
/// <param name="OrganizationId">Its id.</param>
/// <param name="AccountId">Its AWS account.</param>
/// <param name="ApiKey">What its deployments authenticate with.</param>
/// <param name="People">Its owner first; the last one is a member of all.</param>
internal sealed record Tenant(
    string OrganizationId,
    string AccountId,
    string ApiKey,
    IReadOnlyList<Person> People
)
{
    /// <summary>Its apps.</summary>
    public IReadOnlyList<RegisteredApp> Apps { get; init; } = [];

    public Person Owner => People[0];

    public string Root => $"/v1/organizations/{OrganizationId}";

    public override string ToString() => OrganizationId;
}

/// <summary>A session as a client received it.</summary>
/// <param name="Tenant">Whose app was asked for.</param>
/// <param name="Person">Who asked.</param>
/// <param name="App">What for.</param>
/// <param name="Keys">What came.</param>
internal sealed record Received(Tenant Tenant, Person Person, RegisteredApp App, AwsKeys Keys);
