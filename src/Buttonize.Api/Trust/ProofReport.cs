using Buttonize.Api.Aws;
using Buttonize.Api.Hosting;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Trust;

/// <summary>
/// Reads the answers of a proof, and says what they mean and how to mend it. No text has an External ID in it: texts are stored, shown,
/// and sent to people.
/// </summary>
internal sealed class ProofReport(IOptions<ButtonizeOptions> options, IConfiguration configuration)
{
    public const string Assume = "assume";
    public const string WithoutExternalId = "without-external-id";
    public const string WrongExternalId = "wrong-external-id";

    /// <summary>More than all of the packed size: STS gives no figure for what it refuses.</summary>
    private const int TooLarge = 101;

    private readonly TrustStatements statements = new(
        options.Value.AccountId,
        AwsRegion.TryFind(configuration)!.Partition
    );

    /// <summary>The verdict on a proof's answers.</summary>
    public ProofResult Of(ProofAnswers answers) =>
        new(
            VerdictOn(answers),
            [
                AssumeCheck(answers),
                RefusalCheck(WithoutExternalId, answers, answers.Without),
                RefusalCheck(WrongExternalId, answers, answers.Wrong),
            ],
            answers.MissingActions ?? [],
            answers.SessionTooLarge
                ? TooLarge
                : (answers.Stored as ProbeAnswer.Assumed)?.PackedPolicyPercent,
            IsThrottled(answers)
        );

    private static ProofVerdict VerdictOn(ProofAnswers answers) =>
        answers switch
        {
            { Without: ProbeAnswer.Assumed } or { Wrong: ProbeAnswer.Assumed } => ProofVerdict.Open,
            { Stored: ProbeAnswer.Refused } => ProofVerdict.Refused,
            {
                Stored: ProbeAnswer.Assumed,
                Without: ProbeAnswer.Refused,
                Wrong: ProbeAnswer.Refused,
                StoredAgain: ProbeAnswer.Assumed
            } => ProofVerdict.Proven,
            _ => ProofVerdict.Inconclusive,
        };

    private VerificationCheck AssumeCheck(ProofAnswers answers) =>
        (answers.Stored, answers.StoredAgain) switch
        {
            (ProbeAnswer.Assumed, ProbeAnswer.Assumed or null) => new(
                Assume,
                true,
                "AWS STS assumed the role under the registered External ID, with the five tags and the source identity."
            ),
            (ProbeAnswer.Assumed, ProbeAnswer.Refused) => new(
                Assume,
                null,
                "AWS STS assumed the role under the registered External ID at first and refused it moments later, as it does while a change "
                    + "spreads."
            ),
            (ProbeAnswer.Assumed, var again) => new(Assume, null, NoAnswer(again)),
            (ProbeAnswer.Refused, _) => new(Assume, false, Refused(answers.MissingActions ?? [])),
            var (stored, _) => new(Assume, null, NoAnswer(stored)),
        };

    private VerificationCheck RefusalCheck(string name, ProofAnswers answers, ProbeAnswer? answer)
    {
        var how =
            name == WithoutExternalId ? "without an External ID" : "with a random External ID";
        return answer switch
        {
            ProbeAnswer.Assumed => new(
                name,
                false,
                $"The role can be assumed {how}, so it is not safe from being used for somebody else. Let every statement of its trust policy "
                    + "that allows sts:AssumeRole to the control plane's account ask for exactly the External ID, with StringEquals and "
                    + $"without wildcards or '…IfExists': {statements.AssumeRole}"
            ),
            ProbeAnswer.Refused when answers.Stored is ProbeAnswer.Assumed => new(
                name,
                true,
                $"AWS STS refused the role {how}."
            ),
            ProbeAnswer.Refused => new(
                name,
                null,
                $"AWS STS refused the role {how}, which proves nothing while it refuses the registered External ID as well."
            ),
            _ => new(name, null, NoAnswer(answer)),
        };
    }

    private string Refused(IReadOnlyList<string> missingActions) =>
        missingActions is []
            ? "AWS STS refused the role under the registered External ID. Either the role is not there (yet), or its trust policy does not allow "
                + "the control plane's account what it needs under that External ID. The trust policy's statements: "
                + $"{statements.AssumeRole}, {statements.Allow(["sts:TagSession", "sts:SetSourceIdentity"])}"
            : $"AWS STS refused the role for lack of {string.Join(" and ", missingActions)}. Add this statement to its trust policy, without the "
                + $"External ID condition, which does not exist for these actions: {statements.Allow(missingActions)}";

    private static string NoAnswer(ProbeAnswer? answer) =>
        answer is ProbeAnswer.NoAnswer { Code: var code }
            ? $"AWS STS did not decide ({code}), which proves nothing."
            : "Not tried: AWS STS had not decided what comes before it.";

    private static bool IsThrottled(ProofAnswers answers)
    {
        ProbeAnswer?[] all = [answers.Stored, answers.Without, answers.Wrong, answers.StoredAgain];
        return all.Any(a => a is ProbeAnswer.NoAnswer { Why: AssumeRoleRefusal.Throttled });
    }
}
