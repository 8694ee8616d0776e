using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Organizations;

/// <summary>Many edit groups at the same time, through two instances, and no edit that was answered is lost.</summary>
public sealed class GroupConcurrencyTests : IAsyncLifetime
{
    private const int Edits = 100;

    private readonly Services services;
    private readonly ControlPlane first;
    private ControlPlane second = null!;
    private Tenant tenant = null!;
    private string groups = null!;

    public GroupConcurrencyTests(Services services) =>
        (this.services, first) = (services, ControlPlane.Start(services));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// Each editor marks a character of their own in the name. Had one of them written over what another wrote in between, a mark would be
    /// missing at the end.
    /// </summary>
    [Fact]
    public async Task A_hundred_edits_of_one_group_lose_none()
    {
        var path = $"{groups}/{await tenant.MakeGroupAsync(new string('-', Edits), [], Token)}";

        await Task.WhenAll(
            Enumerable
                .Range(0, Edits)
                .Select(i =>
                    EditAsync(
                        Editor(i),
                        path,
                        group =>
                        {
                            var name = ((string)group["name"]!).ToCharArray();
                            name[i] = 'x';
                            group["name"] = new string(name);
                        }
                    )
                )
        );

        foreach (var editor in (HttpClient[])[Editor(0), Editor(1)])
        {
            (await editor.GetAnswerAsync(path, Token))
                .Is(200)["name"]
                .Should()
                .Be(new string('x', Edits));
        }

        using var table = new StoredTable(services.DynamoDb, first.TableName);
        (await table.FindAsync("ORGANIZATION#", Token, "GROUP_NAME#"))
            .Should()
            .HaveCount(4, "of all the names only the last one is claimed, beside the default ones");
    }

    /// <summary>All of them count up the one version of the organization's groups.</summary>
    [Fact]
    public async Task A_hundred_edits_of_a_hundred_groups_lose_none()
    {
        var ids = new List<string>();
        for (var i = 0; i < Edits; i++)
        {
            ids.Add(await tenant.MakeGroupAsync($"Group {i}", [], Token));
        }

        await Task.WhenAll(
            ids.Select(
                (id, i) =>
                    EditAsync(
                        Editor(i),
                        $"{groups}/{id}",
                        group =>
                        {
                            group["appTags"] = new JsonArray($"by-{i}");
                            group["permissions"]!["manageApps"] = true;
                        }
                    )
            )
        );

        foreach (var editor in (HttpClient[])[Editor(0), Editor(1)])
        {
            var now = (await editor.ListAsync(groups, Token)).ToDictionary(g =>
                (string)g["groupId"]!
            );
            foreach (var (i, id) in ids.Index())
            {
                now[id].Texts("appTags").Should().Equal($"by-{i}");
                ((bool)now[id]["permissions"]!["manageApps"]!).Should().BeTrue();
                ((string)now[id]["name"]!).Should().Be($"Group {i}");
            }
        }
    }

    public async ValueTask InitializeAsync()
    {
        tenant = await Tenant.CreateAsync(first, Token, "owner");
        groups = $"{tenant.Root}/groups";
        second = ControlPlane.Start(services, first.SharedSettings());
    }

    public async ValueTask DisposeAsync()
    {
        await second.DisposeAsync();
        await first.DisposeAsync();
    }

    private HttpClient Editor(int number) =>
        number % 2 == 0
            ? tenant.Owner
            : second.WithToken(tenant.Owner.DefaultRequestHeaders.Authorization!.Parameter!);

    /// <summary>
    /// Reads, edits and writes a group as a client does that means to lose nobody's edit: what changed meanwhile is read again, and so is
    /// what others kept the control plane from writing in time.
    /// </summary>
    private static async Task EditAsync(HttpClient editor, string path, Action<JsonObject> edit)
    {
        ApiAnswer answer;
        do
        {
            answer = await editor.GetAnswerAsync(path, Token);
            if (answer.Status == 200)
            {
                var group = answer.Json;
                edit(group);
                group.Remove("groupId");
                group.Remove("isDefault");
                answer = await editor.CallAsync(
                    HttpMethod.Put,
                    path,
                    group,
                    Token,
                    ("If-Match", answer.ETag)
                );
            }
        } while (answer.Status is 412 or 503);

        answer.Is(200);
    }
}
