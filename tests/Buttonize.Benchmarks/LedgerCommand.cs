using System.CommandLine;
using Buttonize.Api.Audit;
using Buttonize.Api.Hosting;
using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;
using Buttonize.Local.DynamoDb;
using Buttonize.Local.Processes;
using Microsoft.Extensions.Options;
using AppId = Buttonize.Api.Id<Buttonize.Api.Apps.App>;
using IssuanceId = Buttonize.Api.Id<Buttonize.Api.Audit.Issuance>;
using OrganizationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Organization>;
using UserId = Buttonize.Api.Id<Buttonize.Api.Access.Person>;

namespace Buttonize.Benchmarks;

/// <summary>
/// Whether a page of the ledger costs the same however long the ledger is: a small and a large organization of the same people in one
/// table of DynamoDB Local, by the classes of the control plane itself. What is counted does not hang on the machine.
/// </summary>
internal static class LedgerCommand
{
    private const int Small = 1000;
    private const int People = 10;
    private const int Apps = 5;
    private const int PageSize = 50;

    private static readonly DateTimeOffset Newest = TimeProvider.System.GetUtcNow().AddMinutes(-1);

    public static Command Create()
    {
        var entries = new Option<int>("--entries")
        {
            Description = "Entries of the large organization.",
            DefaultValueFactory = _ => 100_000,
        };
        var command = new Command("ledger", "Pages of a short and of a long ledger.") { entries };
        command.SetAction(
            async (result, cancellationToken) =>
            {
                try
                {
                    var report = await MeasureAsync(result.GetValue(entries), cancellationToken);
                    Console.WriteLine(report.Table());
                    return 0;
                }
                catch (Exception problem)
                    when (problem is StartFailedException or CannotMeasureException)
                {
                    await Console.Error.WriteLineAsync(problem.Message);
                    return 1;
                }
            }
        );
        return command;
    }

    private static async Task<LedgerReport> MeasureAsync(
        int large,
        CancellationToken cancellationToken
    )
    {
        await using var dynamoDb = await DynamoDbLocal.StartAsync(null, cancellationToken);
        using var client = new CountedDynamoDb(dynamoDb.Endpoint);
        var options = Options.Create(
            new ButtonizeOptions { TableName = $"ledger-{Guid.NewGuid():N}" }
        );
        await client.CreateTableAsync(
            TableDefinition.CreateRequest(options.Value.TableName),
            cancellationToken
        );
        try
        {
            var table = new Table(client, options, TimeProvider.System);
            using var keys = new DataKeys(table, new Unwrapped(), TimeProvider.System);
            var ledger = new Ledger(table, new Pages(table, keys), options, TimeProvider.System);
            return await MeasureAsync(ledger, client, large, cancellationToken);
        }
        finally
        {
            await client.DeleteTableAsync(options.Value.TableName, CancellationToken.None);
        }
    }

    private static async Task<LedgerReport> MeasureAsync(
        Ledger ledger,
        CountedDynamoDb client,
        int large,
        CancellationToken cancellationToken
    )
    {
        UserId[] people = [.. Enumerable.Range(0, People).Select(_ => UserId.New())];
        AppId[] apps = [.. Enumerable.Range(0, Apps).Select(_ => AppId.New())];
        var (little, much) = (OrganizationId.New(), OrganizationId.New());
        await FillAsync(ledger, little, Small, people, apps, cancellationToken);
        await FillAsync(ledger, much, large, people, apps, cancellationToken);

        // The key that cursors hang on is read once in the life of a process.
        await ledger.ListAsync(
            new IssuanceFilter(little),
            new PageRequest(PageSize, null),
            cancellationToken
        );

        var pages = new List<LedgerPage>();
        foreach (var (name, filter) in Filters(people[3], apps[2]))
        {
            var (entries, small) = await PageAsync(filter(little, Small), last: false);
            var (more, big) = await PageAsync(filter(much, large), last: false);
            pages.Add(new LedgerPage(name, $"{entries} / {more}", small, big));
        }

        var all = new IssuanceFilter(little);
        var (few, second) = await PageAsync(all, last: true);
        var (count, deep) = await PageAsync(all with { Organization = much }, last: true);
        pages.Add(new LedgerPage("everybody's, after ten pages", $"{few} / {count}", second, deep));
        return new LedgerReport(Small, large, client.Writes.Units / client.Writes.Calls, pages);

        // The first page, or the one after ten others.
        async Task<(int Entries, Cost Cost)> PageAsync(IssuanceFilter filter, bool last)
        {
            string? cursor = null;
            for (var before = last ? 10 : 0; before > 0; before--)
            {
                var page = await ReadAsync(cursor);
                cursor = page.NextCursor;
            }

            client.Reads = new Cost(0, 0, 0);
            return ((await ReadAsync(cursor)).Items.Count, client.Reads);

            async Task<Page<Issuance>> ReadAsync(string? after) =>
                await ledger.ListAsync(filter, new PageRequest(PageSize, after), cancellationToken)
                ?? throw new CannotMeasureException("The ledger refuses its own cursor.");
        }
    }

    /// <summary>The lists; a range is the older half of an organization's time.</summary>
    private static IEnumerable<(
        string Name,
        Func<OrganizationId, int, IssuanceFilter> Filter
    )> Filters(UserId person, AppId app)
    {
        yield return ("everybody's", (o, _) => new IssuanceFilter(o));
        yield return (
            "everybody's, in a range",
            (o, n) => new IssuanceFilter(o, From: At(n), To: At(n / 2))
        );
        yield return ("a person's", (o, _) => new IssuanceFilter(o, person));
        yield return (
            "a person's, in a range",
            (o, n) => new IssuanceFilter(o, person, From: At(n), To: At(n / 2))
        );
        yield return ("an app's", (o, _) => new IssuanceFilter(o, App: app));
        yield return (
            "an app's, in a range",
            (o, n) => new IssuanceFilter(o, App: app, From: At(n), To: At(n / 2))
        );
        yield return ("a person's of an app", (o, _) => new IssuanceFilter(o, person, app));
    }

    private static DateTimeOffset At(int place) => Newest.AddSeconds(-60 * place);

    private static Task FillAsync(
        Ledger ledger,
        OrganizationId organization,
        int count,
        UserId[] people,
        AppId[] apps,
        CancellationToken cancellationToken
    ) =>
        Parallel.ForEachAsync(
            Enumerable.Range(0, count),
            new ParallelOptions
            {
                MaxDegreeOfParallelism = 32,
                CancellationToken = cancellationToken,
            },
            async (place, token) =>
                await ledger.RecordAsync(
                    Entry(
                        organization,
                        people[place % people.Length],
                        apps[place / people.Length % apps.Length],
                        At(place)
                    ),
                    token
                )
        );

    /// <summary>An entry of ordinary values, as a browser makes it.</summary>
    private static Issuance Entry(
        OrganizationId organization,
        UserId user,
        AppId app,
        DateTimeOffset issuedAt
    )
    {
        var session = $"btnz__{user}__alice@example.com";
        return new Issuance(
            IssuanceId.New(),
            organization,
            issuedAt,
            user,
            "alice@example.com",
            app,
            "arn:aws:iam::123456789012:role/DiscountCodes-ExecutionRole",
            "ASIAEXAMPLE0EXAMPLE0",
            $"arn:aws:sts::123456789012:assumed-role/DiscountCodes-ExecutionRole/{session}",
            $"AROAEXAMPLE0EXAMPLE00:{session}",
            session,
            issuedAt.AddMinutes(15),
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

    /// <summary>Data keys as they are: the table is gone in a minute, and only cursors hang on them.</summary>
    private sealed class Unwrapped : IKeyWrapper
    {
        public Task<byte[]> WrapAsync(byte[] dataKey, CancellationToken cancellationToken) =>
            Task.FromResult(dataKey);

        public Task<byte[]> UnwrapAsync(byte[] wrapped, CancellationToken cancellationToken) =>
            Task.FromResult(wrapped);
    }
}
