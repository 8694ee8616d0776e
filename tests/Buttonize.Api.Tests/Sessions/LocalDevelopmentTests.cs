namespace Buttonize.Api.Tests.Sessions;

/// <summary>Sessions that are marked as local development take a permission, and carry the mark for the customer to see.</summary>
public sealed class LocalDevelopmentTests(SharedControlPlane shared)
    : IClassFixture<SharedControlPlane>,
        IAsyncLifetime
{
    private Tenant tenant = null!;
    private string path = null!;
    private string role = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Users", false)]
    [InlineData("Developers", true)]
    [InlineData("Admins", true)]
    [InlineData("All but it", false)]
    [InlineData("Only it", true)]
    public async Task It_takes_the_permission(string group, bool given)
    {
        var member = await JoinAsync(group);

        foreach (var call in Calls(member.Client, localDevelopment: true))
        {
            var before = await SessionsAsync();

            var answer = await call();

            if (given)
            {
                answer.Is(200);
                (await MarksAsync())[0].Should().Be("true");
            }
            else
            {
                answer
                    .IsProblem(403, "forbidden")["detail"]
                    .Should()
                    .Contain("'liveLocalDevelopment'");
                (await SessionsAsync()).Should().Be(before, "AWS was not asked");
            }

            answer.Headers.CacheControl!.NoStore.Should().BeTrue();
        }
    }

    [Theory]
    [InlineData("Users")]
    [InlineData("Developers")]
    [InlineData("All but it")]
    public async Task Whoever_does_not_ask_for_it_gets_a_session_that_says_so(string group)
    {
        var member = await JoinAsync(group);

        foreach (var call in Calls(member.Client, localDevelopment: false))
        {
            (await call()).Is(200);

            (await MarksAsync())[0].Should().Be("false");
        }
    }

    [Fact]
    public async Task The_owner_has_it_in_no_group()
    {
        foreach (var call in Calls(tenant.Owner, localDevelopment: true))
        {
            (await call()).Is(200);
        }

        (await MarksAsync()).Should().Equal("true", "true", "true");
    }

    [Fact]
    public async Task It_is_gone_at_the_next_call_when_the_group_loses_it()
    {
        var group = await tenant.MakeGroupAsync("Local", ["*"], Token, "liveLocalDevelopment");
        var member = await JoinedMember.JoinAsync(tenant, [group], Token);
        foreach (var call in Calls(member.Client, localDevelopment: true))
        {
            (await call()).Is(200);
        }

        (
            await tenant.Owner.CallAsync(
                HttpMethod.Put,
                $"{tenant.Root}/groups/{group}",
                new { name = "Local", appTags = new[] { "*" } },
                Token
            )
        ).Is(200);

        foreach (var call in Calls(member.Client, localDevelopment: true))
        {
            (await call()).IsProblem(403, "forbidden");
        }

        foreach (var call in Calls(member.Client, localDevelopment: false))
        {
            (await call()).Is(200);
        }
    }

    [Fact]
    public async Task The_permission_alone_is_no_way_into_an_app()
    {
        var group = await tenant.MakeGroupAsync("No apps", [], Token, "liveLocalDevelopment");
        var member = await JoinedMember.JoinAsync(tenant, [group], Token);

        foreach (var call in Calls(member.Client, localDevelopment: true))
        {
            (await call()).IsProblem(404, "not_found");
        }

        (await SessionsAsync()).Should().Be(0);
    }

    public async ValueTask InitializeAsync()
    {
        tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        (path, role) = (
            $"{tenant.Root}/apps/{app["appId"]}/credentials",
            (string)app["executionRoleArn"]!
        );
        await tenant.MakeGroupAsync("Only it", ["*"], Token, "liveLocalDevelopment");
        await tenant.MakeGroupAsync(
            "All but it",
            ["*"],
            Token,
            "manageApiKeys",
            "manageApps",
            "manageMembers",
            "managePermissions"
        );
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<JoinedMember> JoinAsync(string group) =>
        await JoinedMember.JoinAsync(tenant, [await tenant.GroupIdAsync(group, Token)], Token);

    /// <summary>The main call in its three formats.</summary>
    private Func<Task<ApiAnswer>>[] Calls(HttpClient client, bool localDevelopment)
    {
        var query = localDevelopment ? "?localDevelopment=true" : "";
        return
        [
            () => client.CallAsync(HttpMethod.Post, path, new { localDevelopment }, Token),
            () => client.GetAnswerAsync($"{path}/process{query}", Token),
            () => client.GetAnswerAsync($"{path}/container{query}", Token),
        ];
    }

    private async Task<int> SessionsAsync() => (await MarksAsync()).Length;

    /// <summary>The mark of each session that the app's account sees, the newest first.</summary>
    private async Task<string[]> MarksAsync() =>
        [
            .. (await shared.ControlPlane.Aws.SessionsAsync(role, Token)).Select(session =>
                (string)
                    session["requestParameters"]!["tags"]!
                        .AsArray()
                        .Single(tag => (string)tag!["key"]! == "buttonize-local-development")![
                        "value"
                    ]!
            ),
        ];
}
