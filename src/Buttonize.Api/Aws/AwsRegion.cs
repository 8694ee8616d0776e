using Amazon;

namespace Buttonize.Api.Aws;

/// <summary>The Region the control plane itself runs in, and the partition that follows from it.</summary>
/// <param name="Name">Such as <c>eu-central-1</c>.</param>
internal sealed record AwsRegion(string Name)
{
    /// <summary>
    /// The partition of <see cref="Name"/>: <c>aws</c>, <c>aws-cn</c>, <c>aws-us-gov</c>. <c>sts:AssumeRole</c> never crosses it.
    /// </summary>
    public string Partition => PartitionOf(Name);

    /// <summary>Whether it is in a partition that this program knows; isolated and sovereign ones have other rules.</summary>
    public bool IsSupported =>
        !Name.StartsWith("us-iso", StringComparison.Ordinal)
        && !Name.StartsWith("eu-iso", StringComparison.Ordinal)
        && !Name.StartsWith("eusc-", StringComparison.Ordinal);

    /// <summary>Reads what the AWS SDK reads: <c>AWS_REGION</c>, then <c>AWS_DEFAULT_REGION</c>; null where neither is set.</summary>
    public static AwsRegion? TryFind(IConfiguration configuration)
    {
        var name = configuration["AWS_REGION"] is { Length: > 0 } region
            ? region
            : configuration["AWS_DEFAULT_REGION"];
        return string.IsNullOrEmpty(name) ? null : new AwsRegion(name);
    }

    /// <summary>
    /// The addresses of Lambda in every Region of the partition, as the AWS SDK knows them; <c>AWS_ENDPOINT_URL_LAMBDA</c>, where it is
    /// set, instead.
    /// </summary>
    public IReadOnlyList<Uri> LambdaEndpoints(Uri? configured) =>
        configured is not null
            ? [configured]
            :
            [
                .. RegionEndpoint
                    // A Region's name ends with its number; the SDK knows pseudo-Regions beside them (aws-global).
                    .EnumerableAllRegions.Where(r =>
                        r.PartitionName == Partition && char.IsAsciiDigit(r.SystemName[^1])
                    )
                    .Select(r => new Uri($"https://lambda.{r.SystemName}.{r.PartitionDnsSuffix}")),
            ];

    /// <summary>The partition that a Region's name belongs to, by its prefix.</summary>
    public static string PartitionOf(string region) =>
        region switch
        {
            _ when region.StartsWith("cn-", StringComparison.Ordinal) => "aws-cn",
            _ when region.StartsWith("us-gov-", StringComparison.Ordinal) => "aws-us-gov",
            _ => "aws",
        };
}
