using CsCheck;

namespace Buttonize.Api.Tests.Hostile;

/// <summary>
/// Damaged cursors, cursors of other lists and of other tenants, and the place of one with the seal of another: refused, or followed to the very
/// page that the whole cursor leads to.
/// </summary>
public sealed class CursorFuzzTests(Services services)
{
    private const int Cases = 1000;

    private static readonly Gen<Func<string, string, string>> Damage = Gen.OneOf(
        Gen.Const((Func<string, string, string>)((cursor, _) => cursor)),
        // The place of one and the seal of the other.
        Gen.Const<Func<string, string, string>>(
            (cursor, other) => $"{cursor.Split('.')[0]}.{other.Split('.')[1]}"
        ),
        Draw.From<Func<string, string, string>>(
            (cursor, _) => cursor + "=",
            (cursor, _) => cursor.Replace(".", "==.", StringComparison.Ordinal),
            (cursor, _) => cursor + ".",
            (cursor, other) => cursor + other,
            (cursor, _) => " " + cursor,
            (cursor, _) => cursor + "\n",
            (cursor, _) => cursor.ToUpperInvariant(),
            (cursor, _) => cursor.Split('.')[0] + ".",
            (cursor, _) => "." + cursor.Split('.')[1],
            (cursor, _) => cursor.Replace('_', '/').Replace('-', '+')
        ),
        Gen.Select(Gen.Int[0, 120], Gen.Int[0, 2], Gen.OneOf(Gen.Char, Gen.Char['!', '~']))
            .Select(
                (place, cut, character) =>
                    (Func<string, string, string>)(
                        (cursor, _) =>
                        {
                            var at = Math.Min(place, cursor.Length);
                            return $"{cursor[..at]}{character}{cursor[Math.Min(cursor.Length, at + cut)..]}";
                        }
                    )
            )
    );

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cursor_leads_to_its_own_page_or_nowhere()
    {
        await using var controlPlane = ControlPlane.Start(services);
        IReadOnlyList<List>[] tenants =
        [
            await ListsAsync(controlPlane),
            await ListsAsync(controlPlane),
        ];
        List[] lists = [.. tenants.SelectMany(of => of)];
        var (followed, refused) = (0, 0);
        var any = Gen.Int[0, lists.Length - 1];
        await Gen.Select(any, Gen.Frequency((1, any), (1, Gen.Const(-1))), any, Damage)
            .SampleAsync(
                async (asked, of, beside, damage) =>
                {
                    var list = lists[asked];
                    var cursor = damage(lists[of < 0 ? asked : of].Cursor, lists[beside].Cursor);

                    var answer = await list.Client.GetAnswerAsync(
                        $"{list.Path}?limit=1&cursor={Uri.EscapeDataString(cursor)}",
                        Token
                    );

                    if (answer.Status == 200)
                    {
                        answer.Text.Should().Be(list.NextPage, "nothing else follows here");
                        Interlocked.Increment(ref followed);
                    }
                    else
                    {
                        answer.IsProblem(400, "validation_failed", "cursor");
                        Interlocked.Increment(ref refused);
                    }
                },
                iter: Cases,
                threads: 2
            );

        followed.Should().BePositive();
        refused.Should().BeGreaterThan(followed);
    }

    /// <summary>Every list of a tenant, of two entries and more.</summary>
    private static async Task<IReadOnlyList<List>> ListsAsync(ControlPlane controlPlane)
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var (owner, root) = (tenant.Owner, tenant.Root);
        await Tenant.PostAsync(owner, "/v1/organizations", new { name = "Second" }, Token);
        await Tenant.PostAsync(owner, $"{root}/api-keys", new { name = "Second" }, Token);
        foreach (var number in (int[])[1, 2])
        {
            await JoinedMember.JoinAsync(tenant, Token);
            await tenant.MakeGroupAsync($"Group {number}", ["support"], Token);
            await Tenant.PostAsync(
                owner,
                $"{root}/invitations",
                new { email = $"{number}@example.com" },
                Token
            );
            var app = await Tenant.PostAsync(
                tenant.Deployment,
                "/v1/apps?wait=20",
                await tenant.DeployAsync(Token),
                Token
            );
            (
                await owner.CallAsync(
                    HttpMethod.Post,
                    $"{root}/apps/{app["appId"]}/credentials",
                    null,
                    Token
                )
            ).Is(200);
        }

        List<List> lists = [];
        foreach (
            var (client, path) in new[]
            {
                (tenant.Deployment, "/v1/apps"),
                (owner, "/v1/organizations"),
                (owner, $"{root}/apps"),
                (owner, $"{root}/api-keys"),
                (owner, $"{root}/groups"),
                (owner, $"{root}/members"),
                (owner, $"{root}/invitations"),
                (owner, $"{root}/issuances"),
            }
        )
        {
            var first = (await client.GetAnswerAsync($"{path}?limit=1", Token)).Is(200);
            var next = await client.GetAnswerAsync(
                $"{path}?limit=1&cursor={Uri.EscapeDataString(first["nextCursor"])}",
                Token
            );
            lists.Add(new List(client, path, first["nextCursor"], next.Is(200).Text));
        }

        return lists;
    }

    private sealed record List(HttpClient Client, string Path, string Cursor, string NextPage);
}
