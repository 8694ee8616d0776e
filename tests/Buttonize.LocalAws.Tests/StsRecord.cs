using System.Text.Json;

namespace Buttonize.LocalAws.Tests;

/// <summary>A whole record of an STS call as JSON, for <see cref="TrailShape.ShouldLookLike"/>.</summary>
/// <param name="UserIdentity">A JSON object.</param>
internal sealed record StsRecord(string EventName, string UserIdentity, string RecipientAccountId)
{
    public const string UserAgent = "aws-cli/2.0 md/test";

    /// <summary>Of the first of January 2026.</summary>
    public string Time { get; init; } = "12:00:00";

    /// <summary>Code and message; null for a call that succeeded.</summary>
    public (string Code, string Message)? Error { get; init; }
    public string RequestParameters { get; init; } = "null";
    public string ResponseElements { get; init; } = "null";

    /// <summary>The role that is the record's resource; null: it names none.</summary>
    public string? Role { get; init; }

    /// <summary>Lets a call say who sends it, as <see cref="UserAgent"/>.</summary>
    public static AwsRequest WithUserAgent(AwsRequest request) =>
        request with
        {
            Tamper = message => message.Headers.TryAddWithoutValidation("User-Agent", UserAgent),
        };

    public string ToJson()
    {
        var error = Error is var (code, message)
            ? $"""
                "errorCode": "{code}",
                "errorMessage": {JsonSerializer.Serialize(message)},
                """
            : "";
        var resources = Role is null
            ? ""
            : $$"""
                "resources": [
                  { "accountId": "{{Role.Split(':')[
                    4
                ]}}", "type": "AWS::IAM::Role", "ARN": "{{Role}}" }
                ],
                """;
        return $$"""
            {
              "eventVersion": "1.08",
              "userIdentity": {{UserIdentity}},
              "eventTime": "2026-01-01T{{Time}}Z",
              "eventSource": "sts.amazonaws.com",
              "eventName": "{{EventName}}",
              "awsRegion": "eu-central-1",
              "sourceIPAddress": "127.0.0.1",
              "userAgent": "{{UserAgent}}",
              {{error}}
              "requestParameters": {{RequestParameters}},
              "responseElements": {{ResponseElements}},
              "requestID": "*",
              "eventID": "*",
              "readOnly": true,
              {{resources}}
              "eventType": "AwsApiCall",
              "managementEvent": true,
              "recipientAccountId": "{{RecipientAccountId}}",
              "eventCategory": "Management",
              "tlsDetails": { "clientProvidedHostHeader": "*" }
            }
            """;
    }
}
