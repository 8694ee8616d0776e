using System.Text.Json.Nodes;
using Buttonize.Local.OpenId;
using static Buttonize.Local.Tour.ControlPlaneClient;

namespace Buttonize.Local.Tour;

/// <summary>The part of the tour in which the owner lets a colleague use some of the apps, and nothing else.</summary>
internal sealed class ColleagueTour(
    ControlPlaneClient controlPlane,
    Transcript transcript,
    Uri address
)
{
    /// <summary>Invites Grace into a group by tag, and lets her use the app.</summary>
    /// <param name="ada">The owner's access token.</param>
    /// <param name="grace">The colleague's access token.</param>
    /// <param name="result">The organization and the app.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TourFailedException">A step did not go as it should.</exception>
    public async Task PlayAsync(
        string ada,
        string grace,
        TourResult result,
        CancellationToken cancellationToken
    )
    {
        var organization = $"v1/organizations/{result.OrganizationId}";
        transcript.Step(
            "Ada makes a group that may use the apps with the tag \"support\", and invites Grace into it"
        );
        var group = await SendAsync(
            new Call(HttpMethod.Post, Url($"{organization}/groups"), "ada", ada)
            {
                Body = new JsonObject
                {
                    ["name"] = "Support",
                    ["appTags"] = new JsonArray("support"),
                },
            },
            201,
            cancellationToken
        );
        var invitation = await SendAsync(
            new Call(HttpMethod.Post, Url($"{organization}/invitations"), "ada", ada)
            {
                Body = new JsonObject
                {
                    ["email"] = DemoPerson.Grace.Email,
                    ["groups"] = new JsonArray(Member(group, "groupId")),
                },
            },
            201,
            cancellationToken
        );

        transcript.Step(
            "Grace, whose e-mail her provider has verified, accepts and presses the button"
        );
        await SendAsync(
            new Call(
                HttpMethod.Post,
                Url($"v1/invitations/{Member(invitation, "invitationId")}/acceptance"),
                "grace",
                grace
            ),
            200,
            cancellationToken
        );
        var credentials = Url(DemoTour.CredentialsPath(result));
        await SendAsync(
            new Call(HttpMethod.Post, credentials, "grace", grace) { Body = [] },
            200,
            cancellationToken
        );
        transcript.Say("Her group gives no permission beyond that, so this is refused:");
        await SendAsync(
            new Call(HttpMethod.Post, credentials, "grace", grace)
            {
                Body = new JsonObject { ["localDevelopment"] = true },
            },
            403,
            cancellationToken
        );
    }

    private Task<JsonObject> SendAsync(
        Call call,
        int expected,
        CancellationToken cancellationToken
    ) => controlPlane.SendAsync(call, expected, cancellationToken);

    private Uri Url(string path) => new(address, path);
}
