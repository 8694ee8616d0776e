using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Trust;

/// <summary>One organization's many waiting apps keep nobody else's waiting.</summary>
public sealed class FairQueueTests(Services services) : IAsyncLifetime
{
    /// <summary>More than twice as many as are read from the queue at once; of fewer than one such page all are checked.</summary>
    private const int Many = 120;

    private readonly TrustLab lab = new(services);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => lab.InitializeAsync();

    public ValueTask DisposeAsync() => lab.DisposeAsync();

    [Fact]
    public async Task Who_waits_behind_a_flood_is_checked_before_most_of_it()
    {
        var controlPlane = lab.Start(
            new() { ["Buttonize:Limits:RegistrationsPerOrganizationPerMinute"] = "1000" }
        );
        var noisy = await Tenant.CreateAsync(controlPlane, Token);
        var quiet = await Tenant.CreateAsync(controlPlane, Token);
        var flood = new List<JsonObject>();
        for (var app = 0; app < Many; app++)
        {
            flood.Add(await RegisterPendingAsync(noisy));
        }

        var waiting = await RegisterPendingAsync(quiet);
        foreach (var app in flood.Append(waiting))
        {
            lab.Sts.PassOn(app.Role());
        }

        // Now all of them are due, the flood's first.
        lab.Clock.Advance(TimeSpan.FromMinutes(2));
        await quiet.BecomesAsync(waiting.Id(), "verified");

        var list = (await noisy.Deployment.GetAnswerAsync("/v1/apps?limit=200", Token)).Is(200);
        list.Json["items"]!
            .AsArray()
            .Count(app => app!.Status() == "verified")
            .Should()
            .BeLessThan(Many * 2 / 3);
    }

    /// <summary>Registers an app of a role that STS says nothing about.</summary>
    private async Task<JsonObject> RegisterPendingAsync(Tenant tenant)
    {
        var body = await tenant.DeployAsync(Token);
        lab.Sts.Answer(body.Role(), _ => new StsReply.Fault("InternalFailure", 500));
        var app = (await tenant.RegisterAnswerAsync(body)).Is(201).Json;
        app.Status().Should().Be("pending");
        return app;
    }
}
