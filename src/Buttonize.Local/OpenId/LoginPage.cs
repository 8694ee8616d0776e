using System.Net;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;

namespace Buttonize.Local.OpenId;

/// <summary>The page of the authorization endpoint. No session is kept: each sign-in asks again.</summary>
internal static class LoginPage
{
    private const string Scheme = OpenIddictServerAspNetCoreDefaults.AuthenticationScheme;

    public static void MapLogin(this WebApplication app)
    {
        // OpenIddict has checked the request before it gets here.
        app.MapGet(OpenIdProvider.AuthorizationPath, Show);
        app.MapPost(OpenIdProvider.AuthorizationPath, SignIn);
    }

    private static IResult Show(HttpContext http)
    {
        var request = http.GetOpenIddictServerRequest()!;
        return request.HasPromptValue(OpenIddictConstants.PromptValues.None)
            ? LoginRequired()
            : Page(request, message: "");
    }

    private static IResult SignIn(HttpContext http)
    {
        var request = http.GetOpenIddictServerRequest()!;
        return DemoPerson.SignIn(request.Username, request.Password) is { } person
            ? Results.SignIn(
                PersonClaims.Principal(person, request.GetScopes()),
                properties: null,
                Scheme
            )
            : Page(request, "No demo person has this user name and password.");
    }

    /// <summary>What a client hears that wanted an answer without a page.</summary>
    private static IResult LoginRequired() =>
        Results.Forbid(
            new AuthenticationProperties(
                new Dictionary<string, string?>
                {
                    [OpenIddictServerAspNetCoreConstants.Properties.Error] = OpenIddictConstants
                        .Errors
                        .LoginRequired,
                }
            ),
            [Scheme]
        );

    /// <summary>The form carries the whole authorization request along, since nothing is kept here between two calls.</summary>
    private static IResult Page(OpenIddictRequest request, string message)
    {
        var carried = request
            .GetParameters()
            .Where(parameter => parameter.Key is not ("username" or "password"))
            .Select(parameter => Hidden(parameter.Key, (string?)parameter.Value));
        var userName = Encode(DemoPerson.All[0].UserName);
        var password = Encode(DemoPerson.All[0].Password);
        var others = Encode(
            string.Join(", ", DemoPerson.All.Skip(1).Select(person => person.UserName))
        );
        var html = $$"""
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Sign in (local)</title>
            <style>
            body { font: 16px system-ui; max-width: 24rem; margin: 15vh auto; padding: 0 1rem }
            input, button { display: block; width: 100%; box-sizing: border-box; margin: .3rem 0 .8rem; padding: .4rem; font: inherit }
            </style>
            <h1>Sign in</h1>
            <p>A made-up person on this machine. Also here: {{others}}. Each password is the user name.</p>
            <p role="alert">{{Encode(message)}}</p>
            <form method="post" action="/{{OpenIdProvider.AuthorizationPath}}">
            {{string.Concat(carried)}}
            <label for="username">User name</label>
            <input id="username" name="username" value="{{userName}}" autocomplete="username">
            <label for="password">Password</label>
            <input id="password" name="password" type="password" value="{{password}}" autocomplete="current-password">
            <button type="submit">Sign in</button>
            </form>
            </html>
            """;
        return Results.Content(html, "text/html; charset=utf-8");
    }

    private static string Hidden(string name, string? value) =>
        $"""<input type="hidden" name="{Encode(name)}" value="{Encode(value ?? "")}">""";

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
