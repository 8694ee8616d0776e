using System.Xml.Linq;
using Buttonize.LocalAws.CloudTrail;

namespace Buttonize.LocalAws.Sts;

/// <summary>What an operation answers, and what the trail says about it.</summary>
/// <param name="Result">The content of the operation's Result element; null when it is refused.</param>
internal sealed record StsOutcome(TrailEvent Trail, IReadOnlyList<XElement>? Result)
{
    public AwsError? Error => Trail.Error;
}
