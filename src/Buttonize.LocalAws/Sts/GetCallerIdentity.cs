using Buttonize.LocalAws.CloudTrail;

namespace Buttonize.LocalAws.Sts;

/// <summary>Tells whoever signed who they are; needs no permission, and none can be denied (GetCallerIdentity).</summary>
internal static class GetCallerIdentity
{
    public static StsOutcome Run(AwsCall call, QueryParameters parameters)
    {
        var trail = new TrailEvent(
            call,
            "sts.amazonaws.com",
            "GetCallerIdentity",
            ReadOnly: true,
            EventCategory.Management
        );
        return parameters.Untaken is [var unknown, ..]
            ? new StsOutcome(trail with { Error = StsErrors.Unsupported(unknown) }, null)
            : new StsOutcome(
                trail,
                [
                    StsXml.Element("Arn", call.Caller.Arn.Text),
                    StsXml.Element("UserId", call.Caller.UserId),
                    StsXml.Element("Account", call.Caller.AccountId),
                ]
            );
    }
}
