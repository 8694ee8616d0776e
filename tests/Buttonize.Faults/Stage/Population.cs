using System.Globalization;
using System.Text.Json.Nodes;
using Buttonize.Local.Stack;
using Buttonize.Local.Tour;

namespace Buttonize.Faults.Stage;

/// <summary>Puts organizations, people, roles, functions and apps there, as their owners and deployments would.</summary>
internal static class Population
{
    private const string Everybody = "everybody";
    private static readonly string[] AppNames = ["discounts", "refunds"];

    public static async Task<IReadOnlyList<Tenant>> PutAsync(
        FaultStage stage,
        Setting setting,
        CancellationToken cancellationToken
    )
    {
        using var api = new ApiClient(stage.Instances[0].Address);
        var tenants = new List<Tenant>();
        for (var number = 0; number < setting.Tenants; number++)
        {
            var tenant = await PutTenantAsync(
                stage,
                api,
                number,
                setting.Members,
                cancellationToken
            );
            tenants.Add(tenant);
        }

        return tenants;
    }

    /// <summary>What a deployment puts into its account and registers: a role that trusts the control plane under a new External ID.</summary>
    /// <returns>The body of a registration.</returns>
    public static async Task<JsonObject> DeployAsync(
        FaultStage stage,
        string name,
        string roleArn,
        string externalId,
        CancellationToken cancellationToken
    )
    {
        var functionArn = FunctionArn(roleArn.Split(':')[4], name);
        await stage.Aws.PutAsync(
            "_local/roles",
            CustomerAccount.Role(roleArn, externalId, functionArn),
            cancellationToken
        );
        return new JsonObject
        {
            ["name"] = name,
            ["executionRoleArn"] = roleArn,
            ["externalId"] = externalId,
            ["region"] = LocalEnvironment.Region,
            ["functionArns"] = new JsonArray(functionArn),
        };
    }

    private static async Task<Tenant> PutTenantAsync(
        FaultStage stage,
        ApiClient api,
        int number,
        int members,
        CancellationToken cancellationToken
    )
    {
        var owner = await SignInAsync(stage, api, $"owner-{number}", "owner", cancellationToken);
        var organization = (
            await api.PostAsync(
                "/v1/organizations",
                owner.Token,
                new JsonObject { ["name"] = "Example" },
                cancellationToken
            )
        )["organizationId"];
        var root = $"/v1/organizations/{organization}";
        var key = await api.PostAsync(
            $"{root}/api-keys",
            owner.Token,
            new JsonObject { ["name"] = "CI" },
            cancellationToken
        );
        List<Person> people = [owner];
        for (var member = 1; member <= members; member++)
        {
            var subject = member == members ? Everybody : $"member-{number}-{member}";
            people.Add(
                await JoinAsync(stage, api, owner, root, subject, $"m{member}", cancellationToken)
            );
        }

        var account = (100_000_000_000 + number).ToString(CultureInfo.InvariantCulture);
        var tenant = new Tenant(organization, account, key["apiKey"], people);
        var apps = new List<RegisteredApp>();
        foreach (var name in AppNames)
        {
            apps.Add(await RegisterAsync(stage, api, tenant, name, cancellationToken));
        }

        return tenant with
        {
            Apps = apps,
        };
    }

    private static async Task<Person> SignInAsync(
        FaultStage stage,
        ApiClient api,
        string subject,
        string name,
        CancellationToken cancellationToken
    )
    {
        var token = stage.Provider.Token(
            subject,
            name,
            claims =>
            {
                claims["email"] = Email(subject);
                claims["email_verified"] = true;
            }
        );
        var me = await api.GetAsync("/v1/me", token, cancellationToken);
        return new Person(me["userId"], token);
    }

    private static async Task<Person> JoinAsync(
        FaultStage stage,
        ApiClient api,
        Person owner,
        string root,
        string subject,
        string name,
        CancellationToken cancellationToken
    )
    {
        var person = await SignInAsync(stage, api, subject, name, cancellationToken);
        var groups = (await api.GetAsync($"{root}/groups", owner.Token, cancellationToken)).Good();
        var users = groups.Body!["items"]!
            .AsArray()
            .Single(group => (string)group!["name"]! == "Users")!["groupId"]!;
        var invitation = await api.PostAsync(
            $"{root}/invitations",
            owner.Token,
            new JsonObject
            {
                ["email"] = Email(subject),
                ["groups"] = new JsonArray(users.DeepClone()),
            },
            cancellationToken
        );
        (
            await api.PostAsync(
                $"/v1/invitations/{invitation["invitationId"]}/acceptance",
                person.Token,
                body: null,
                cancellationToken
            )
        ).Good();
        return person;
    }

    private static async Task<RegisteredApp> RegisterAsync(
        FaultStage stage,
        ApiClient api,
        Tenant tenant,
        string name,
        CancellationToken cancellationToken
    )
    {
        var externalId = await api.PostAsync(
            "/v1/external-ids",
            tenant.ApiKey,
            body: null,
            cancellationToken
        );
        var role = RoleArn(tenant.AccountId, name);
        var body = await DeployAsync(
            stage,
            name,
            role,
            externalId["externalId"],
            cancellationToken
        );
        var function = FunctionArn(tenant.AccountId, name);
        await stage.Aws.PutAsync(
            "_local/functions",
            new JsonObject { ["functionArn"] = function, ["command"] = new JsonArray("cat") },
            cancellationToken
        );
        var app = await api.PostAsync("/v1/apps?wait=20", tenant.ApiKey, body, cancellationToken);
        var status = (string)app.Good().Body!["verification"]!["status"]!;
        return status == "verified"
            ? new RegisteredApp(app["appId"], role, function)
            : throw new InvalidOperationException(
                $"An app that should be verified is {status}: {app.Body!["verification"]}"
            );
    }

    private static string RoleArn(string account, string name) =>
        $"arn:aws:iam::{account}:role/{name}";

    private static string FunctionArn(string account, string name) =>
        $"arn:aws:lambda:{LocalEnvironment.Region}:{account}:function:{name}";

    private static string Email(string subject) => $"{subject}@example.com";
}
