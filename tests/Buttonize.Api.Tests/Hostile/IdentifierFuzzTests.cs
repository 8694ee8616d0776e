using Buttonize.Api.Apps;
using Buttonize.Api.Hosting;
using CsCheck;
using AppId = Buttonize.Api.Id<Buttonize.Api.Apps.App>;

namespace Buttonize.Api.Tests.Hostile;

/// <summary>
/// What counts as a role's or a function's ARN, an External ID, an id or a time, against AWS's documented grammars said once more: good ones are
/// made of their parts and then damaged. A parser that takes more than the grammar hands STS, DynamoDB or a policy what nobody checked.
/// </summary>
public sealed class IdentifierFuzzTests
{
    private const int Cases = 50_000;

    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string Digits = "0123456789";
    private const string NamePunctuation = "_+=,.@-";

    /// <summary>What has the look of something allowed, or ends a text where an expression does not expect it.</summary>
    private static readonly Gen<string> Damage = Gen.OneOf(
        Draw.From(
            "\n",
            "\r\n",
            "\0",
            " ",
            "\t",
            "*",
            "?",
            ":",
            "::",
            "/",
            "//",
            "$",
            "%",
            "..",
            "\\"
        ),
        Draw.From(
            "\u0661",
            "\uff11",
            "\u0430",
            "\u212a",
            "\u017f",
            "é",
            "\ud800",
            "\ufeff",
            "\u200b",
            "\u2028",
            "😀"
        ),
        Draw.From(
            "arn",
            "aws",
            "AWS",
            "role",
            "Role",
            "iam",
            "0123456789012",
            "aws-cn",
            "*:*",
            "${aws:username}"
        ),
        Gen.Char.Select(c => c.ToString())
    );

    private static readonly Gen<string> Partition = Draw.From("aws", "aws-cn", "aws-us-gov");
    private static readonly Gen<string> Account = Of(Digits, 12, 12);
    private static readonly Gen<string> RegionName = Draw.From(
        "eu-central-1",
        "us-east-1",
        "ap-southeast-4",
        "us-gov-west-1",
        "cn-northwest-1",
        "mx-central-1",
        "il-central-1"
    );

    /// <summary>IAM API reference, CreateRole: printable ASCII between slashes, 512 at most with them. Without wildcards, which a role never needs.</summary>
    private static readonly Gen<string> RolePath = Gen.OneOf(
        Gen.Const("/"),
        Gen.Char['!', '~']
            .Array[1, 60]
            .Select(text => $"/{new string(text).Replace('*', 'x').Replace('?', 'x')}/"),
        Gen.Int[1, 510].Select(length => $"/{new string('p', length)}/")
    );

    private static readonly Gen<string> GoodRole = Gen.Select(
        Partition,
        Account,
        RolePath,
        Of(Letters + Digits + NamePunctuation, 1, 64),
        (partition, account, path, name) => $"arn:{partition}:iam::{account}:role{path}{name}"
    );

    /// <summary>Lambda API reference, FunctionArn: a name, and a version or an alias where there is one.</summary>
    private static readonly Gen<string> GoodFunction = Gen.Select(
        Partition,
        RegionName,
        Account,
        Of(Letters + Digits + "_-", 1, 64),
        Gen.OneOf(
            Gen.Const(""),
            Draw.From(":$LATEST", ":1"),
            Of(Letters + Digits + "_-", 1, 128).Select(alias => $":{alias}")
        ),
        (partition, region, account, name, qualifier) =>
            $"arn:{partition}:lambda:{region}:{account}:function:{name}{qualifier}"
    );

    private static readonly Gen<string> GoodExternalId = Gen.Select(
        Of(Letters + Digits + NamePunctuation + ":/", 12, 60),
        Gen.Shuffle("aBc0+:/-".ToCharArray()),
        (text, different) => new string(different) + text
    );

    [Fact]
    public void Role_ARNs_are_what_IAM_documents()
    {
        GoodRole.Sample(
            text => RoleArn.TryParse(text, out var arn) && arn.Value == text,
            iter: Cases
        );
        Damaged(GoodRole)
            .Sample(
                text =>
                    RoleArn.TryParse(text, out var arn) == IsRole(text)
                    && (
                        arn is null || text.Contains($":{arn.AccountId}:", StringComparison.Ordinal)
                    ),
                iter: Cases
            );
    }

    [Fact]
    public void Function_ARNs_are_what_Lambda_documents()
    {
        GoodFunction.Sample(text => ArnParts.IsFunction(text, out _), iter: Cases);
        Damaged(GoodFunction)
            .Sample(
                text =>
                    ArnParts.IsFunction(text, out var partition) == IsFunction(text)
                    && (
                        partition.Length == 0
                        || text.StartsWith($"arn:{partition}:", StringComparison.Ordinal)
                    ),
                iter: Cases
            );
    }

    [Fact]
    public void External_IDs_are_of_the_alphabet_of_STS_and_rich_enough()
    {
        GoodExternalId.Sample(
            text => ExternalId.TryParse(text, out var id) && id.Reveal() == text,
            iter: Cases
        );
        Damaged(Gen.OneOf(GoodExternalId, Of("ab", 15, 30), Of(Letters, 1200, 1230)))
            .Sample(text => ExternalId.TryParse(text, out _) == IsExternalId(text), iter: Cases);
    }

    [Fact]
    public void Ids_are_21_characters_of_their_alphabet()
    {
        var good = Of(Letters + Digits + "_-", 21, 21);
        good.Sample(text => AppId.TryParse(text, out var id) && id.Value == text, iter: Cases);
        Damaged(good)
            .Sample(
                text =>
                    AppId.TryParse(text, out _)
                    == (text.Length == 21 && Consists(text, Letters + Digits + "_-")),
                iter: Cases
            );
    }

    [Fact]
    public void Times_are_instants_that_can_be_written_again()
    {
        var good = Gen.Select(
            Gen.DateTimeOffset,
            Draw.From("yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.fffffffzzz"),
            (time, format) =>
                (
                    Text: time.ToString(format, System.Globalization.CultureInfo.InvariantCulture),
                    Time: time
                )
        );
        good.Sample(
            // .NET refuses what is before its first or after its last instant in UTC.
            drawn =>
                JsonTime.TryParse(drawn.Text) is not { } read
                || Math.Abs((read - drawn.Time).TotalSeconds) < 1,
            iter: Cases
        );
        Damaged(good.Select(drawn => drawn.Text))
            .Sample(
                text =>
                    JsonTime.TryParse(text) is not { } read
                    || (
                        read.Offset == TimeSpan.Zero
                        && Consists(text, Digits + "-:.TtZz+")
                        && JsonTime.TryParse(
                            read.ToString(
                                "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'",
                                System.Globalization.CultureInfo.InvariantCulture
                            )
                        ) == read
                    ),
                iter: Cases
            );
    }

    private static Gen<string> Of(string alphabet, int least, int most) =>
        Draw.From(alphabet.ToCharArray()).Array[least, most].Select(text => new string(text));

    /// <summary>One to three of: something inserted, something cut out, something replaced, a letter's case, all of it twice.</summary>
    private static Gen<string> Damaged(Gen<string> good) =>
        Gen.Select(
            good,
            Gen.Select(Gen.Int[0, 200], Gen.Int[0, 4], Damage).Array[1, 3],
            (text, damages) =>
                damages.Aggregate(
                    text,
                    (now, damage) =>
                    {
                        var (place, kind, what) = damage;

                        // Ends are where mistakes are.
                        var at = place > 150 ? now.Length : Math.Min(place, now.Length);
                        var rest = Math.Min(now.Length, at + 1);
                        return kind switch
                        {
                            0 => now.Insert(at, what),
                            1 => now[..at] + now[rest..],
                            2 => now[..at] + what + now[rest..],
                            3 => now[..at] + now[at..].ToUpperInvariant(),
                            _ => now + now[..at],
                        };
                    }
                )
        );

    private static bool IsRole(string text)
    {
        var parts = text.Split(':', 6);
        if (parts.Length < 6 || text.Length > 2048)
        {
            return false;
        }

        var slash = parts[5].LastIndexOf('/');
        return parts[0] == "arn"
            && IsPartition(parts[1])
            && parts[2] == "iam"
            && parts[3].Length == 0
            && parts[4].Length == 12
            && Consists(parts[4], Digits)
            && parts[5].StartsWith("role/", StringComparison.Ordinal)
            && slash - 3 <= 512
            && parts[5][4..slash].All(c => c is > ' ' and < '\x7f' and not ('*' or '?'))
            && parts[5].Length - slash - 1 is >= 1 and <= 64
            && Consists(parts[5][(slash + 1)..], Letters + Digits + NamePunctuation);
    }

    private static bool IsFunction(string text)
    {
        var parts = text.Split(':');
        return parts.Length is 7 or 8
            && parts[0] == "arn"
            && IsPartition(parts[1])
            && parts[2] == "lambda"
            && IsRegion(parts[3])
            && parts[4].Length == 12
            && Consists(parts[4], Digits)
            && parts[5] == "function"
            && parts[6].Length is >= 1 and <= 64
            && Consists(parts[6], Letters + Digits + "_-")
            && (
                parts.Length == 7
                || (
                    parts[7].Length is >= 1 and <= 128
                    && Consists(parts[7], Letters + Digits + "_-$")
                )
            );
    }

    /// <summary>An area, one to three words, and a number.</summary>
    private static bool IsRegion(string text)
    {
        var parts = text.Split('-');
        return parts.Length is >= 3 and <= 5
            && parts[0].Length is >= 2 and <= 4
            && parts[..^1].All(part => Consists(part, "abcdefghijklmnopqrstuvwxyz"))
            && parts[1..^1].All(part => part.Length is >= 2 and <= 12)
            && parts[^1].Length is 1 or 2
            && Consists(parts[^1], Digits);
    }

    private static bool IsExternalId(string text) =>
        text.Length is >= 20 and <= 1224
        && Consists(text, Letters + Digits + NamePunctuation + ":/")
        && text.ToHashSet().Count >= 8;

    private static bool IsPartition(string text) =>
        ((string[])["aws", "aws-cn", "aws-us-gov"]).Contains(text);

    private static bool Consists(string text, string of) =>
        text.All(c => of.Contains(c, StringComparison.Ordinal));
}
