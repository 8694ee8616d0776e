namespace Buttonize.LocalAws.Sts;

/// <summary>STS: <c>POST /</c> in the AWS query protocol.</summary>
internal static class StsEndpoints
{
    public static void AddSts(this IServiceCollection services) =>
        services
            .AddSingleton<Regions>()
            .AddSingleton<SessionTokens>()
            .AddSingleton<AssumeRole>()
            .AddSingleton<StsFrontDoor>();

    public static void MapSts(this IEndpointRouteBuilder app)
    {
        // GET only to be refused in STS's own words: presigned calls and parameters in the query are not supported.
        app.MapMethods(
            "/",
            [HttpMethods.Post, HttpMethods.Get],
            (HttpContext http, StsFrontDoor door) => door.ServeAsync(http)
        );
        app.MapMethods("/", [HttpMethods.Options], BrowserAccess.Preflight);
    }
}
