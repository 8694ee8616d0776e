using System.Security.Cryptography;

namespace Buttonize.Local.Aws;

/// <summary>AWS keys. The secret ones never show in <see cref="ToString"/>.</summary>
internal sealed record AwsKeys(
    string AccessKeyId,
    string SecretAccessKey,
    string? SessionToken = null
)
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>New keys of an IAM user. Letters and digits only, since DynamoDB Local accepts no others.</summary>
    public static AwsKeys NewLongLived() =>
        new(
            "AKIA" + RandomNumberGenerator.GetString(Alphabet, 16),
            RandomNumberGenerator.GetString(Alphabet, 40)
        );

    public override string ToString() => AccessKeyId;
}
