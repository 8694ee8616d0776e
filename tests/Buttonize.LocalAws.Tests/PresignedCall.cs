namespace Buttonize.LocalAws.Tests;

/// <summary>The presigned call that others prove an identity with: GetCallerIdentity by GET.</summary>
internal static class PresignedCall
{
    public const string WhoAmI = "/?Action=GetCallerIdentity&Version=2011-06-15";

    public static AwsRequest Request(LocalAws aws) =>
        new("sts", WhoAmI, [])
        {
            Method = "GET",
            Credentials = LocalAws.Caller,
            SignedAt = aws.Clock.GetUtcNow(),
            ContentType = null,
        };

    public static Task<AwsAnswer> SendAsync(
        LocalAws aws,
        Func<AwsRequest, AwsRequest>? change = null
    )
    {
        var request = Request(aws);
        return aws.SendAsync((change?.Invoke(request) ?? request).Presign(aws.Address));
    }
}
