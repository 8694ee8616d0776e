using Buttonize.Api.Audit;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using AppId = Buttonize.Api.Id<Buttonize.Api.Apps.App>;
using IssuanceId = Buttonize.Api.Id<Buttonize.Api.Audit.Issuance>;
using OrganizationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Organization>;
using UserId = Buttonize.Api.Id<Buttonize.Api.Access.Person>;

namespace Buttonize.Api.Tests.Audit;

/// <summary>Entries of the ledger as a test needs them, written as the main call writes them.</summary>
internal static class Entries
{
    /// <summary>Any entry: any person, app, time and text.</summary>
    public static readonly Gen<Issuance> Any = Gen.Select(
        Gen.DateTimeOffset,
        Text(Issuance.MaximumUserName),
        Text(64),
        Gen.Bool,
        OneOf(null, "203.0.113.7", "2001:db8::7"),
        OneOf(null, "", "aws-sdk-js/3", new string('x', 256)),
        OneOf(null, "d1c1bb0e-5a3c-4f0f-9c5d-0e4f6d0f5a11"),
        (at, name, session, local, ip, agent, request) =>
            new Issuance(
                IssuanceId.New(),
                OrganizationId.New(),
                Milliseconds(at),
                UserId.New(),
                name,
                AppId.New(),
                "arn:aws:iam::123456789012:role/path/Demo",
                "ASIAEXAMPLE0EXAMPLE0",
                $"arn:aws:sts::123456789012:assumed-role/Demo/{session}",
                $"AROAEXAMPLE0EXAMPLE00:{session}",
                session,
                Milliseconds(at),
                request,
                "eu-central-1",
                "eu-west-1",
                local,
                new ClientDetails(ip, agent)
            )
    );

    /// <summary>An ordinary entry.</summary>
    public static Issuance Of(
        OrganizationId organization,
        UserId user,
        AppId app,
        DateTimeOffset issuedAt,
        string userName = "alice@example.com"
    )
    {
        var session = $"btnz__{user}__{userName}";
        return new Issuance(
            IssuanceId.New(),
            organization,
            Milliseconds(issuedAt),
            user,
            userName,
            app,
            "arn:aws:iam::123456789012:role/DiscountCodes-ExecutionRole",
            "ASIAEXAMPLE0EXAMPLE0",
            $"arn:aws:sts::123456789012:assumed-role/DiscountCodes-ExecutionRole/{session}",
            $"AROAEXAMPLE0EXAMPLE00:{session}",
            session,
            Milliseconds(issuedAt.AddMinutes(15)),
            "d1c1bb0e-5a3c-4f0f-9c5d-0e4f6d0f5a11",
            "eu-central-1",
            "eu-central-1",
            LocalDevelopment: false,
            new ClientDetails(
                "203.0.113.7",
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
            )
        );
    }

    /// <summary>Writes entries, some at a time.</summary>
    public static Task RecordAsync(
        this ControlPlane controlPlane,
        IEnumerable<Issuance> entries,
        CancellationToken cancellationToken
    ) =>
        Parallel.ForEachAsync(
            entries,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = 8,
                CancellationToken = cancellationToken,
            },
            async (entry, token) =>
                await controlPlane.Services.GetRequiredService<Ledger>().RecordAsync(entry, token)
        );

    private static DateTimeOffset Milliseconds(DateTimeOffset time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    private static Gen<string> Text(int most) =>
        Gen.OneOf(
            Gen.String[Gen.Char.AlphaNumeric, 0, most],
            Gen.String[Gen.Char['\u00a0', '\ud7ff'], 0, most],
            OneOf("Zoë", "\ud83d\ude00", "a#b\nc", "\"quoted\"").Select(text => text!)
        );

    private static Gen<string?> OneOf(params string?[] texts) =>
        Gen.Int[0, texts.Length - 1].Select(i => texts[i]);
}
