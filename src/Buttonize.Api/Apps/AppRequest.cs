using System.Text;
using Buttonize.Api.Aws;
using Buttonize.Api.Hosting;
using Buttonize.Api.Sessions;
using FluentValidation;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Apps;

/// <summary>The body of <c>POST /v1/apps</c> and <c>PUT /v1/apps/{appId}</c>.</summary>
internal abstract record AppMembers
{
    public string? Name { get; init; }
    public string? Description { get; init; }
    public string? Stage { get; init; }
    public IReadOnlyList<string?>? Tags { get; init; }
    public string? ExecutionRoleArn { get; init; }
    public string? ExternalId { get; init; }
    public string? Region { get; init; }
    public IReadOnlyList<string?>? FunctionArns { get; init; }
    public bool? RestrictSessionToFunctions { get; init; }

    /// <summary>The definition, of members that were validated.</summary>
    public AppDefinition ToDefinition() =>
        new(
            Name!,
            Description ?? "",
            Stage ?? DefaultStage,
            [.. Tags?.OfType<string>() ?? []],
            RoleArn.Parse(ExecutionRoleArn!),
            Region!,
            [.. FunctionArns?.OfType<string>() ?? []],
            RestrictSessionToFunctions ?? false
        );

    /// <summary>Never the members: one of them is a secret.</summary>
    public sealed override string ToString() => GetType().Name;

    private const string DefaultStage = "production";
}

/// <summary>The body of <c>POST /v1/apps</c>.</summary>
internal sealed record AppRequest : AppMembers;

/// <summary>The body of <c>PUT /v1/apps/{appId}</c>: <c>externalId</c> may be left out while the role stays the same.</summary>
internal sealed record AppReplacementRequest : AppMembers;

/// <summary>Checks <see cref="AppRequest"/>.</summary>
internal sealed class AppRequestValidator : AbstractValidator<AppRequest>
{
    public AppRequestValidator(AppMembersValidator members)
    {
        Include(members);
        RuleFor(r => r.ExternalId).Required("externalId");
    }
}

/// <summary>Checks <see cref="AppReplacementRequest"/>.</summary>
internal sealed class AppReplacementRequestValidator : AbstractValidator<AppReplacementRequest>
{
    public AppReplacementRequestValidator(AppMembersValidator members) => Include(members);
}

/// <summary>The limits of every member of an app, in this one place. The messages name the member, the limit and the mend.</summary>
internal sealed class AppMembersValidator : AbstractValidator<AppMembers>
{
    private const int MaximumName = 100;
    private const int MaximumDescription = 1000;
    private const int MaximumStage = 32;
    private const int MaximumFunctions = 100;

    public AppMembersValidator(IOptions<ButtonizeOptions> options, IConfiguration configuration)
    {
        var partition = AwsRegion.TryFind(configuration)!.Partition;
        RuleFor(r => r.Name).Required("name").Text("name", MaximumName);
        RuleFor(r => r.Description)
            .Must(d =>
                d is null
                || (TextRules.Characters(d) <= MaximumDescription && !HasControlButLineBreaks(d))
            )
            .WithMessage(
                $"'description' must have at most {MaximumDescription} characters and no control characters but line breaks; shorten or mend it."
            );
        RuleFor(r => r.Stage).Text("stage", MaximumStage);
        Tags();
        Role(options.Value.AccountId, partition);
        RuleFor(r => r.ExternalId)
            .Must(id => id is null || Apps.ExternalId.TryParse(id, out _))
            .WithMessage(
                $"'externalId' must have {Apps.ExternalId.MinimumLength} to {Apps.ExternalId.MaximumLength} characters of A-Za-z0-9_+=,.@:/- "
                    + $"with at least {Apps.ExternalId.MinimumDifferent} different ones, so that nobody can guess it; get one from POST /v1/external-ids."
            );
        RuleFor(r => r.Region)
            .Required("region")
            .Must(region =>
                region is null
                || (ArnParts.IsRegion(region) && AwsRegion.PartitionOf(region) == partition)
            )
            .WithMessage(
                $"'region' must be an AWS Region of the partition '{partition}', such as eu-central-1."
            );
        Functions(partition);
    }

    private void Tags()
    {
        RuleFor(r => r.Tags).Tags("tags");
        RuleForEach(r => r.Tags).Required("tags").Text("tags", TagRules.Longest);
    }

    private void Role(string ownAccount, string partition) =>
        RuleFor(r => r.ExecutionRoleArn)
            .Required("executionRoleArn")
            .Must(arn => arn is null || RoleArn.TryParse(arn, out _))
            .WithMessage(
                "'executionRoleArn' must be the ARN of one IAM role without wildcards, such as arn:aws:iam::123456789012:role/Name."
            )
            .Must(arn => !RoleArn.TryParse(arn, out var role) || role.Partition == partition)
            .WithMessage(
                $"'executionRoleArn' must be in the control plane's partition '{partition}': AWS STS never crosses partitions."
            )
            .Must(arn => !RoleArn.TryParse(arn, out var role) || role.AccountId != ownAccount)
            .WithMessage(
                "'executionRoleArn' must not be in the control plane's own account; register a role of the customer's account."
            );

    private void Functions(string partition)
    {
        RuleFor(r => r.FunctionArns)
            .Must(arns => arns is null || arns.Count <= MaximumFunctions)
            .WithMessage(
                $"'functionArns' must have at most {MaximumFunctions} entries; take some out."
            )
            .Must(arns =>
                arns is null || arns.Distinct(StringComparer.Ordinal).Count() == arns.Count
            )
            .WithMessage("'functionArns' has the same ARN twice; send each once.");
        RuleForEach(r => r.FunctionArns)
            .Must(arn =>
                arn is not null && ArnParts.IsFunction(arn, out var its) && its == partition
            )
            .WithMessage(
                "'functionArns' must be ARNs of Lambda functions without wildcards in the control plane's partition, "
                    + "such as arn:aws:lambda:eu-central-1:123456789012:function:name."
            );
        RuleFor(r => r.RestrictSessionToFunctions)
            .Must(
                (request, restrict) =>
                    restrict is not true || request.FunctionArns is { Count: > 0 }
            )
            .WithMessage(
                "'restrictSessionToFunctions' needs 'functionArns' to restrict sessions to; name the functions, or turn it off."
            )
            .Must(
                (request, restrict) =>
                    restrict is not true
                    || SessionPolicyLength(request) <= SessionPolicy.MaximumLength
            )
            .WithMessage(request =>
                $"'restrictSessionToFunctions' with these 'functionArns' makes a session policy of {SessionPolicyLength(request)} characters, and "
                + $"AWS STS takes {SessionPolicy.MaximumLength} at most; name fewer functions, or turn it off."
            );
    }

    private static int SessionPolicyLength(AppMembers request) =>
        SessionPolicy.For([.. request.FunctionArns?.OfType<string>() ?? []]).Length;

    private static bool HasControlButLineBreaks(string text) =>
        text.EnumerateRunes()
            .Any(rune => Rune.IsControl(rune) && rune.Value is not ('\n' or '\r' or '\t'));
}
