namespace Buttonize.LocalAws.Tests;

internal sealed record Credentials(
    string AccessKeyId,
    string SecretAccessKey,
    string? SessionToken = null
);
