using Buttonize.Api.Hosting;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Aws;

/// <summary>The Regions whose STS is asked: the control plane's own first, then <c>Buttonize:Sts:FallbackRegions</c> in their order.</summary>
internal sealed class StsRegions : IDisposable
{
    public StsRegions(
        IServiceProvider services,
        IOptions<ButtonizeOptions> options,
        AwsRegion own,
        TimeProvider time,
        ILogger<StsRegion> logger
    )
    {
        string[] names = [own.Name, .. options.Value.Sts.FallbackRegions];
        All =
        [
            .. names.Select(
                (name, place) =>
                    new StsRegion(
                        AwsClients.ConfigureSts(services, name),
                        name,
                        isLast: place == names.Length - 1,
                        time,
                        logger
                    )
            ),
        ];
    }

    /// <summary>At least the control plane's own.</summary>
    public IReadOnlyList<StsRegion> All { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var region in All)
        {
            region.Dispose();
        }
    }
}
