using System.Text.Json.Nodes;
using Buttonize.Local.Aws;

namespace Buttonize.Local.Tour;

/// <summary>What the customer sees of one session in CloudTrail.</summary>
internal sealed class TrailView(LocalAwsClient aws, Transcript transcript)
{
    /// <summary>Shows who got the session, and what was called with it.</summary>
    /// <param name="sourceIdentity">Whom the session is for: it stands on every event of it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TourFailedException">The trail lacks one of the two events.</exception>
    public async Task ShowAsync(string sourceIdentity, CancellationToken cancellationToken)
    {
        transcript.Show(
            await FindAsync(
                "AssumeRole",
                record => (string?)record["requestParameters"]?["sourceIdentity"] == sourceIdentity,
                cancellationToken
            )
        );
        transcript.Say("And the call of the function, by that session:");
        var invoke = await FindAsync(
            "Invoke",
            record =>
                record["errorCode"] is null
                && (string?)record["userIdentity"]?["sessionContext"]?["sourceIdentity"]
                    == sourceIdentity,
            cancellationToken
        );
        transcript.Show(
            new JsonObject
            {
                ["eventName"] = invoke["eventName"]?.DeepClone(),
                ["userIdentity"] = invoke["userIdentity"]?.DeepClone(),
            }
        );
    }

    private async Task<JsonObject> FindAsync(
        string eventName,
        Func<JsonObject, bool> isIt,
        CancellationToken cancellationToken
    )
    {
        transcript.Request(
            $"GET /_local/cloudtrail?eventName={eventName}&accountId={CustomerAccount.AccountId}"
        );
        var events = await aws.EventsAsync(eventName, CustomerAccount.AccountId, cancellationToken);
        return events.FirstOrDefault(isIt)
            ?? throw new TourFailedException(
                $"CloudTrail has no {eventName} event of this session"
            );
    }
}
