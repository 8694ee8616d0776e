namespace Buttonize.LocalAws;

/// <summary>A refusal as AWS words it: status, code and message. A value, not an exception.</summary>
internal sealed record AwsError(int Status, string Code, string Message);
