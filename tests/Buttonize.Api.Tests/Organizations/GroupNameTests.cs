namespace Buttonize.Api.Tests.Organizations;

/// <summary>A group's name is its only one in the organization, however it is written.</summary>
public sealed class GroupNameTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private const int Rounds = 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Admins", "Admins")]
    [InlineData("Admins", "admins")]
    [InlineData("Users", "ＵＳＥＲＳ")]
    [InlineData("Developers", " Developers ")]
    [InlineData("Finance", "FINANCE")]
    [InlineData("Finance", "ﬁnance")]
    [InlineData("Crédit", "cre\u0301dit")]
    [InlineData("Line 2", "Line ²")]
    [InlineData("Kelvin", "\u212Aelvin")]
    public async Task A_name_that_looks_the_same_is_taken(string name, string likeIt)
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        if (name is not ("Admins" or "Developers" or "Users"))
        {
            await tenant.MakeGroupAsync(name, [], Token);
        }

        var other = await tenant.MakeGroupAsync("Other", [], Token);
        var before = await shared.Table.SnapshotAsync(Token);

        (await CreateAsync(tenant, likeIt)).IsProblem(409, "name_taken");
        (await RenameAsync(tenant, other, likeIt)).IsProblem(409, "name_taken");

        (await shared.Table.SnapshotAsync(Token)).Should().Equal(before);
        var elsewhere = await Tenant.CreateAsync(shared.ControlPlane, Token);
        (await CreateAsync(elsewhere, "Other")).Is(201);
    }

    [Fact]
    public async Task A_group_can_be_written_anew_under_its_own_name_and_keeps_it()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var id = await tenant.MakeGroupAsync("Support", [], Token);

        foreach (var own in (string[])["Support", "SUPPORT", "ｓupport"])
        {
            (await RenameAsync(tenant, id, own)).Is(200)["name"].Should().Be(own);
            (await CreateAsync(tenant, "support")).IsProblem(409, "name_taken");
        }
    }

    [Fact]
    public async Task A_name_that_a_group_gave_up_is_free()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var renamed = await tenant.MakeGroupAsync("Support", [], Token);
        (await RenameAsync(tenant, renamed, "Second line")).Is(200);

        var deleted = (await CreateAsync(tenant, "support")).Is(201)["groupId"];
        (await CreateAsync(tenant, "second line")).IsProblem(409, "name_taken");
        (await DeleteAsync(tenant, deleted)).Is(204);
        (await RenameAsync(tenant, renamed, "SUPPORT")).Is(200);
        (await CreateAsync(tenant, "Second line")).Is(201);
    }

    /// <summary>Characters that Unicode's own forms make much of, or nothing.</summary>
    [Theory]
    [InlineData('\uFDFA')]
    [InlineData('\uFFFE')]
    [InlineData('\uFFFF')]
    [InlineData('\u0301')]
    [InlineData('字')]
    public async Task The_longest_name_is_a_name_of_whatever_characters(char character)
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var name = new string(character, 100);

        var made = (await CreateAsync(tenant, name)).Is(201);

        made["name"].Should().Be(name);
        (await CreateAsync(tenant, name)).IsProblem(409, "name_taken");
        (await DeleteAsync(tenant, made["groupId"])).Is(204);
        (await CreateAsync(tenant, name)).Is(201);
    }

    [Fact]
    public async Task Of_two_that_take_a_name_at_once_one_gets_it()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        for (var round = 0; round < Rounds; round++)
        {
            var third = await tenant.MakeGroupAsync($"Third {round}", [], Token);

            var answers = await Task.WhenAll(
                CreateAsync(tenant, $"Name {round}"),
                CreateAsync(tenant, $"NAME {round}"),
                RenameAsync(tenant, third, $"name {round}")
            );

            answers.Count(a => a.Status is 200 or 201).Should().Be(1);
            foreach (var refused in answers.Where(a => a.Status is not (200 or 201)))
            {
                refused.IsProblem(409, "name_taken");
            }
        }

        var names = (await tenant.Owner.ListAsync($"{tenant.Root}/groups", Token))
            .Texts("name")
            .ToList();
        names.Should().OnlyHaveUniqueItems();
        names
            .Count(n => n.StartsWith("name ", StringComparison.OrdinalIgnoreCase))
            .Should()
            .Be(Rounds);
        (
            await shared.Table.FindAsync(
                $"ORGANIZATION#{tenant.OrganizationId}",
                Token,
                "GROUP_NAME#"
            )
        )
            .Should()
            .HaveCount(names.Count, "a name is claimed by the group that has it, and no other is");
    }

    private static Task<ApiAnswer> CreateAsync(Tenant tenant, string name) =>
        tenant.Owner.CallAsync(HttpMethod.Post, $"{tenant.Root}/groups", new { name }, Token);

    private static Task<ApiAnswer> RenameAsync(Tenant tenant, string id, string name) =>
        tenant.Owner.CallAsync(HttpMethod.Put, $"{tenant.Root}/groups/{id}", new { name }, Token);

    private static Task<ApiAnswer> DeleteAsync(Tenant tenant, string id) =>
        tenant.Owner.CallAsync(HttpMethod.Delete, $"{tenant.Root}/groups/{id}", null, Token);
}
