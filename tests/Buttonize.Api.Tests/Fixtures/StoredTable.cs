using System.Text.Json.Nodes;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>A test's own look into the table, past the control plane.</summary>
public sealed class StoredTable(Uri dynamoDb, string name) : IDisposable
{
    private readonly AmazonDynamoDBClient client = new(
        new AmazonDynamoDBConfig
        {
            ServiceURL = dynamoDb.ToString(),
            AuthenticationRegion = "eu-central-1",
        }
    );

    public string Name => name;

    public void Dispose() => client.Dispose();

    /// <summary>Makes the table, with nothing in it.</summary>
    public Task CreateAsync(CancellationToken cancellationToken) =>
        client.CreateTableAsync(
            Buttonize.Api.Storage.TableDefinition.CreateRequest(name),
            cancellationToken
        );

    /// <summary>Every item of the table.</summary>
    public async Task<IReadOnlyList<Dictionary<string, AttributeValue>>> ScanAsync(
        CancellationToken cancellationToken
    )
    {
        var items = new List<Dictionary<string, AttributeValue>>();
        Dictionary<string, AttributeValue>? start = null;
        do
        {
            var page = await client.ScanAsync(
                new ScanRequest(name) { ConsistentRead = true, ExclusiveStartKey = start },
                cancellationToken
            );
            items.AddRange(page.Items ?? []);
            start = page.LastEvaluatedKey is { Count: > 0 } last ? last : null;
        } while (start is not null);

        return items;
    }

    /// <summary>
    /// Every item, in an order and a form that can be compared; without the note of a key's last use, which every call can make, and
    /// without the checks of roles, which go on beside all calls. A change that a call makes to an app shows in its <c>updatedAt</c>.
    /// </summary>
    public async Task<IReadOnlyList<string>> SnapshotAsync(CancellationToken cancellationToken) =>
        [
            .. (await ScanAsync(cancellationToken))
                .Where(i => i["sk"].S != "LEASE" && i["pk"].S != "USAGE")
                .Select(i => new Dictionary<string, AttributeValue>(
                    i.Where(a =>
                        a.Key
                            is not (
                                "lastUsedAt"
                                or "verification"
                                or "pendingReplacement"
                                or "checkAt"
                                or "checkQueue"
                                or "version"
                            )
                    )
                ))
                .Select(i => ToJson(new AttributeValue { M = i }).ToJsonString())
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>The items whose partition begins so.</summary>
    public async Task<IReadOnlyList<Dictionary<string, AttributeValue>>> FindAsync(
        string partitionPrefix,
        CancellationToken cancellationToken,
        string sortPrefix = ""
    ) =>
        [
            .. (await ScanAsync(cancellationToken)).Where(i =>
                i["pk"].S.StartsWith(partitionPrefix, StringComparison.Ordinal)
                && i["sk"].S.StartsWith(sortPrefix, StringComparison.Ordinal)
            ),
        ];

    /// <summary>The item of an app.</summary>
    public async Task<Dictionary<string, AttributeValue>> AppAsync(
        string appId,
        CancellationToken cancellationToken
    ) => (await ScanAsync(cancellationToken)).Single(i => i["sk"].S == $"APP#{appId}");

    /// <summary>Who holds a role, for how many apps; null where nobody does.</summary>
    public async Task<(string OrganizationId, int Apps)?> RoleClaimAsync(
        string roleArn,
        CancellationToken cancellationToken
    )
    {
        var claims = (await FindAsync("ROLE#", cancellationToken))
            .Where(i => i["pk"].S.Equals($"ROLE#{roleArn}", StringComparison.OrdinalIgnoreCase))
            .ToList();
        claims.Count.Should().BeLessThanOrEqualTo(1, "a role has one claim however it is spelled");
        return claims is [var claim]
            ? (
                claim["organizationId"].S,
                int.Parse(claim["apps"].N, System.Globalization.CultureInfo.InvariantCulture)
            )
            : null;
    }

    /// <summary>Writes an item as it is.</summary>
    public Task PutAsync(
        Dictionary<string, AttributeValue> item,
        CancellationToken cancellationToken
    ) => client.PutItemAsync(name, item, cancellationToken);

    /// <summary>Writes many items as they are.</summary>
    public async Task PutManyAsync(
        IEnumerable<Dictionary<string, AttributeValue>> items,
        CancellationToken cancellationToken
    )
    {
        foreach (var batch in items.Chunk(25))
        {
            var requests = new Dictionary<string, List<WriteRequest>>(StringComparer.Ordinal)
            {
                [name] = [.. batch.Select(i => new WriteRequest(new PutRequest(i)))],
            };
            while (requests is { Count: > 0 })
            {
                requests = (
                    await client.BatchWriteItemAsync(requests, cancellationToken)
                ).UnprocessedItems;
            }
        }
    }

    /// <summary>Deletes an item.</summary>
    public Task DeleteAsync(string partition, string sort, CancellationToken cancellationToken) =>
        client.DeleteItemAsync(
            name,
            new Dictionary<string, AttributeValue>(StringComparer.Ordinal)
            {
                ["pk"] = new() { S = partition },
                ["sk"] = new() { S = sort },
            },
            cancellationToken
        );

    /// <summary>Everything in an item, by type and value; binary as base64.</summary>
    public static JsonNode ToJson(AttributeValue value) =>
        value switch
        {
            { M: { } map } => new JsonObject(
                map.OrderBy(m => m.Key, StringComparer.Ordinal)
                    .Select(m => KeyValuePair.Create(m.Key, (JsonNode?)ToJson(m.Value)))
            ),
            { L: { } list } => new JsonArray([.. list.Select(ToJson)]),
            { B: { } bytes } => $"B:{Convert.ToBase64String(bytes.ToArray())}",
            { BOOL: { } flag } => $"BOOL:{flag}",
            { N: { } number } => $"N:{number}",
            { S: { } text } => $"S:{text}",
            _ => throw new InvalidOperationException("An attribute of an unexpected type."),
        };
}
