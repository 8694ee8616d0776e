using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace Buttonize.Api.Aws;

/// <summary>Whose AWS credentials the program has.</summary>
internal sealed class CallerAccount(IAmazonSecurityTokenService sts)
{
    /// <summary>The account, 12 digits; null where STS does not take the credentials, or does not answer.</summary>
    public async Task<string?> FindAsync(CancellationToken cancellationToken)
    {
        try
        {
            var identity = await sts.GetCallerIdentityAsync(
                    new GetCallerIdentityRequest(),
                    cancellationToken
                )
                .WaitAsync(cancellationToken);
            return identity.Account;
        }
        catch (Exception fault)
            when (fault is AmazonServiceException || StsErrors.Classify(fault) is not null)
        {
            return null;
        }
    }
}
