using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Buttonize.EndToEnd.Tests.Deployment;

/// <summary>
/// A stack in local AWS: makes what a template says, in its order. Roles, policies and functions are put; custom resources are handled by the
/// handler that the template names, run for real.
/// </summary>
public sealed class StackInLocalAws(string assets, Uri localAws, CustomResources customResources)
    : IDisposable
{
    private const string Account = "123456789012";
    private const string Region = "eu-central-1";

    private readonly HttpClient aws = new() { BaseAddress = localAws };
    private readonly Dictionary<string, Made> made = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JsonObject> roles = new(StringComparer.Ordinal);
    private readonly Queue<(string LogicalId, Made Resource)> replaced = new();

    /// <summary>How long the handler of the custom resources has, in seconds.</summary>
    public int HandlerSeconds { get; init; } = 900;

    private readonly string unique = Guid.NewGuid().ToString("N")[..12];

    /// <summary>
    /// Makes or updates everything; stops at the first resource that fails, as CloudFormation does. At the end, what was replaced is deleted. To
    /// roll back, deploy the template from before: what was tried is then what is updated.
    /// </summary>
    /// <exception cref="DeploymentFailedException">A custom resource failed, with its reason.</exception>
    public async Task DeployAsync(Template template, CancellationToken cancellationToken)
    {
        foreach (var resource in template.InOrder())
        {
            await MakeAsync(resource, cancellationToken);
        }

        while (replaced.TryDequeue(out var former))
        {
            await DeleteAsync(former.LogicalId, former.Resource, cancellationToken);
        }
    }

    /// <summary>Deletes everything, what was made last first.</summary>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        foreach (var (logicalId, resource) in made.Reverse().ToList())
        {
            await DeleteAsync(logicalId, resource, cancellationToken);
            made.Remove(logicalId);
        }
    }

    /// <summary>The physical id of the resource of a type; there must be one.</summary>
    public string PhysicalId(string type) => made.Values.Single(m => m.Type == type).PhysicalId;

    /// <summary>An attribute of the resource of a type; there must be one.</summary>
    public string Attribute(string type, string name) =>
        made.Values.Single(m => m.Type == type).Attributes[name];

    /// <summary>Under which id CloudFormation asked for the resource of a type.</summary>
    public string RequestIdOf(string type) =>
        made.Values.Single(m => m.Type == type).Custom!.RequestId;

    /// <summary>The External IDs that handlers gave out.</summary>
    public IReadOnlyList<string> Secrets =>
        [
            .. made
                .Values.Select(m => m.Attributes.GetValueOrDefault("SecretValue"))
                .OfType<string>(),
        ];

    /// <summary>The event of a custom resource that was made, to be sent again.</summary>
    public (HandlerFunction Function, JsonObject Event) EventOf(string type, string requestType)
    {
        var (logicalId, resource) = made.Single(m => m.Value.Type == type);
        return (resource.Custom!.Function, Change(requestType, logicalId, resource.Custom));
    }

    public void Dispose() => aws.Dispose();

    private async Task MakeAsync(TemplateResource resource, CancellationToken cancellationToken)
    {
        var properties = Template
            .Resolve(resource.Properties, Reference, (id, name) => made[id].Attributes[name])!
            .AsObject();
        switch (resource.Type)
        {
            case "AWS::IAM::Role":
                await PutRoleAsync(resource, properties, cancellationToken);
                break;
            case "AWS::IAM::Policy":
                await AttachAsync(properties, cancellationToken);
                break;
            case "AWS::Lambda::Function":
                await PutFunctionAsync(resource, properties, cancellationToken);
                break;
            case var custom when custom.StartsWith("Custom::Buttonize", StringComparison.Ordinal):
                await HandleAsync(resource, properties, cancellationToken);
                break;
            case "AWS::Logs::LogGroup":
            case "AWS::Lambda::EventInvokeConfig":
            case "AWS::CDK::Metadata":
                made[resource.LogicalId] = new Made(
                    resource.Type,
                    resource.LogicalId,
                    new() { ["Arn"] = $"arn:aws:logs:{Region}:{Account}:log-group:{unique}:*" }
                );
                break;
            default:
                throw new NotSupportedException($"{resource.Type} is not known here.");
        }
    }

    private async Task DeleteAsync(
        string logicalId,
        Made resource,
        CancellationToken cancellationToken
    )
    {
        if (resource.Custom is not { } custom)
        {
            return;
        }

        var change = Change("Delete", logicalId, custom);
        change["PhysicalResourceId"] = resource.PhysicalId;
        Check(
            logicalId,
            await customResources.CallAsync(
                custom.Function,
                change,
                cancellationToken,
                HandlerSeconds
            )
        );
    }

    private string Reference(string name) =>
        name switch
        {
            "AWS::AccountId" => Account,
            "AWS::Region" => Region,
            "AWS::Partition" => "aws",
            "AWS::URLSuffix" => "amazonaws.com",
            "AWS::StackName" => "Example",
            "AWS::StackId" => CustomResources.StackId,
            _ => made[name].PhysicalId,
        };

    private async Task PutRoleAsync(
        TemplateResource resource,
        JsonObject properties,
        CancellationToken cancellationToken
    )
    {
        var name = $"{resource.LogicalId}-{unique}";
        var arn = $"arn:aws:iam::{Account}:role/{name}";
        made[resource.LogicalId] = new Made(resource.Type, name, new() { ["Arn"] = arn });
        if (IsForServices(properties["AssumeRolePolicyDocument"]!))
        {
            // Lambda's own role: local AWS runs functions without one.
            return;
        }

        roles[name] = new JsonObject
        {
            ["roleArn"] = arn,
            ["trustPolicy"] = properties["AssumeRolePolicyDocument"]!.DeepClone(),
            ["policies"] = new JsonArray([
                .. (properties["Policies"]?.AsArray() ?? []).Select(p =>
                    p!["PolicyDocument"]!.DeepClone()
                ),
            ]),
            ["maxSessionDuration"] = properties["MaxSessionDuration"]?.DeepClone() ?? 3600,
        };
        await PutAsync("roles", roles[name], cancellationToken);
    }

    private static bool IsForServices(JsonNode trustPolicy) =>
        trustPolicy["Statement"]!.AsArray().All(s => s!["Principal"]?["Service"] is not null);

    private async Task AttachAsync(JsonObject properties, CancellationToken cancellationToken)
    {
        foreach (var name in properties["Roles"]!.AsArray().Select(r => r!.GetValue<string>()))
        {
            if (roles.TryGetValue(name, out var role))
            {
                role["policies"]!.AsArray().Add(properties["PolicyDocument"]!.DeepClone());
                await PutAsync("roles", role, cancellationToken);
            }
        }
    }

    private async Task PutFunctionAsync(
        TemplateResource resource,
        JsonObject properties,
        CancellationToken cancellationToken
    )
    {
        var name = $"{resource.LogicalId}-{unique}";
        var arn = $"arn:aws:lambda:{Region}:{Account}:function:{name}";
        // Its code would be published under the hash of the folder that the synthesis made.
        var key = properties["Code"]!["S3Key"]!.GetValue<string>();
        var folder = Path.Join(assets, $"asset.{Path.GetFileNameWithoutExtension(key)}");
        var handler = properties["Handler"]!.GetValue<string>();
        made[resource.LogicalId] = new Made(resource.Type, name, new() { ["Arn"] = arn })
        {
            Function = new HandlerFunction(
                folder,
                handler,
                (properties["Environment"]?["Variables"]?.AsObject() ?? []).ToDictionary(
                    v => v.Key,
                    v => v.Value!.GetValue<string>()
                )
            ),
        };
        await PutAsync(
            "functions",
            new JsonObject
            {
                ["functionArn"] = arn,
                ["command"] = new JsonArray([
                    .. CustomResources.Command(folder, handler).Select(w => (JsonNode)w),
                ]),
            },
            cancellationToken
        );
    }

    private async Task HandleAsync(
        TemplateResource resource,
        JsonObject properties,
        CancellationToken cancellationToken
    )
    {
        var serviceToken = properties["ServiceToken"]!.GetValue<string>();
        var function = made.Values.Single(m =>
            m.Attributes.GetValueOrDefault("Arn") == serviceToken
        );
        var custom = new Custom(
            resource.Type,
            properties,
            function.Function!,
            Guid.NewGuid().ToString()
        );
        var before = made.GetValueOrDefault(resource.LogicalId);
        var last = before?.Tried ?? before?.Custom!.Properties;
        if (last is not null && JsonNode.DeepEquals(last, properties))
        {
            return;
        }

        var change = Change(before is null ? "Create" : "Update", resource.LogicalId, custom);
        change["RequestId"] = custom.RequestId;
        if (before is not null)
        {
            change["PhysicalResourceId"] = before.PhysicalId;
            change["OldResourceProperties"] = last!.DeepClone();
        }

        var answer = await customResources.CallAsync(
            custom.Function,
            change,
            cancellationToken,
            HandlerSeconds
        );
        if (before is not null && !answer.Succeeded)
        {
            made[resource.LogicalId] = before with { Tried = properties };
        }
        else
        {
            if (before is not null && before.PhysicalId != answer.PhysicalResourceId)
            {
                replaced.Enqueue((resource.LogicalId, before));
            }

            made[resource.LogicalId] = new Made(resource.Type, answer.PhysicalResourceId, new())
            {
                Custom = custom,
            };
        }

        Check(resource.LogicalId, answer);
        string[] attributes = resource.Type.EndsWith("App", StringComparison.Ordinal)
            ? ["AppId"]
            : ["SecretValue"];
        foreach (var name in attributes)
        {
            made[resource.LogicalId].Attributes[name] = answer.Attribute(name);
        }
    }

    private static JsonObject Change(string requestType, string logicalId, Custom custom) =>
        new()
        {
            ["RequestType"] = requestType,
            ["LogicalResourceId"] = logicalId,
            ["ResourceType"] = custom.Type,
            ["ResourceProperties"] = custom.Properties.DeepClone(),
        };

    private static void Check(string logicalId, CustomResourceAnswer answer)
    {
        if (!answer.Succeeded)
        {
            throw new DeploymentFailedException($"{logicalId}: {answer.Reason}");
        }
    }

    private async Task PutAsync(string what, JsonObject body, CancellationToken cancellationToken)
    {
        using var answer = await aws.PutAsJsonAsync($"_local/{what}", body, cancellationToken);
        answer
            .IsSuccessStatusCode.Should()
            .BeTrue(await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    private sealed record Made(
        string Type,
        string PhysicalId,
        Dictionary<string, string> Attributes
    )
    {
        public HandlerFunction? Function { get; init; }

        public Custom? Custom { get; init; }

        /// <summary>What an update asked for that failed: what a rollback begins with.</summary>
        public JsonObject? Tried { get; init; }
    }

    private sealed record Custom(
        string Type,
        JsonObject Properties,
        HandlerFunction Function,
        string RequestId
    );
}

/// <summary>What CloudFormation would show as the reason.</summary>
public sealed class DeploymentFailedException(string reason) : Exception(reason);
