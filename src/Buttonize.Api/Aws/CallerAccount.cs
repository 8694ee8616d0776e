using Amazon.Runtime;
using Amazon.SecurityToken.Model;

namespace Buttonize.Api.Aws;

/// <summary>Whose AWS credentials the program has.</summary>
internal sealed class CallerAccount(StsRegions regions)
{
    /// <summary>The account, 12 digits; null where the STS of no Region takes the credentials, or answers.</summary>
    public async Task<string?> FindAsync(CancellationToken cancellationToken)
    {
        foreach (var region in regions.All)
        {
            try
            {
                var identity = await region
                    .Client.GetCallerIdentityAsync(
                        new GetCallerIdentityRequest(),
                        cancellationToken
                    )
                    .WaitAsync(cancellationToken);
                return identity.Account;
            }
            catch (Exception fault)
                when (fault is AmazonServiceException || StsErrors.Classify(fault) is not null)
            {
                // The next one may answer.
            }
        }

        return null;
    }
}
