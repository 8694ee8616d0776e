using System.Globalization;
using System.Text.Json;
using Buttonize.LocalAws.Iam;

namespace Buttonize.LocalAws.Sts;

/// <summary>Turns AssumeRole's parameters into a request, or into the error that AWS would answer.</summary>
internal static class AssumeRoleParser
{
    private const string ReservedPrefix = "aws:";

    public static (AssumeRoleRequest? Request, AwsError? Error) Parse(QueryParameters parameters)
    {
        var sent = SentAssumeRole.Take(parameters);
        if (parameters.Untaken is [var unknown, ..])
        {
            return (null, StsErrors.Unsupported(unknown));
        }
        if (AssumeRoleConstraints.Check(sent) is { } broken)
        {
            return (null, broken);
        }
        if (RoleArn.TryParse(sent.RoleArn!) is not { } role)
        {
            return (null, StsErrors.Invalid($"{sent.RoleArn} is invalid"));
        }
        if (CheckReserved(sent) is { } reserved)
        {
            return (null, reserved);
        }
        var (policy, malformed) = ParsePolicy(sent.Policy);
        return malformed is null ? (Request(sent, role, policy), null) : (null, malformed);
    }

    private static AssumeRoleRequest Request(
        SentAssumeRole sent,
        RoleArn role,
        PolicyDocument? policy
    ) =>
        new(
            role,
            sent.RoleSessionName!,
            sent.DurationSeconds is null
                ? null
                : int.Parse(sent.DurationSeconds, CultureInfo.InvariantCulture),
            sent.ExternalId,
            sent.SourceIdentity,
            [.. sent.Tags.Select(tag => new SessionTag(tag.Key!, tag.Value!))],
            sent.TransitiveTagKeys,
            sent.Policy,
            policy
        );

    /// <summary>Rules that the API model's patterns do not tell: prefixes for AWS itself, and keys that differ only in case.</summary>
    private static AwsError? CheckReserved(SentAssumeRole sent)
    {
        if (IsReserved(sent.SourceIdentity))
        {
            return StsErrors.Invalid("Source identity must not start with 'aws:'.");
        }
        if (sent.Tags.Any(tag => IsReserved(tag.Key)))
        {
            return StsErrors.InvalidParameterValue(
                "Tag keys starting with 'aws:' are reserved for system use."
            );
        }
        return
            HasRepeats([.. sent.Tags.Select(tag => tag.Key!)]) || HasRepeats(sent.TransitiveTagKeys)
            ? StsErrors.InvalidParameterValue(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive."
            )
            : null;
    }

    private static bool IsReserved(string? text) =>
        text?.StartsWith(ReservedPrefix, StringComparison.OrdinalIgnoreCase) == true;

    private static bool HasRepeats(IReadOnlyList<string> keys) =>
        keys.Distinct(StringComparer.OrdinalIgnoreCase).Count() < keys.Count;

    private static (PolicyDocument?, AwsError?) ParsePolicy(string? text)
    {
        if (text is null)
        {
            return (null, null);
        }
        try
        {
            return (PolicyParser.ParseSessionPolicy(text), null);
        }
        catch (JsonException)
        {
            return (null, StsErrors.MalformedPolicy("The policy is not in the valid JSON format."));
        }
        catch (DocumentRefusedException refused)
        {
            return (null, StsErrors.MalformedPolicy(refused.Message));
        }
    }
}
