namespace Buttonize.LocalAws.Sts;

/// <summary>
/// STS: <c>/</c> in the AWS query protocol, by GET and POST for every action ("Calling the IAM API using HTTP query requests").
/// </summary>
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
        app.MapMethods(
            "/",
            [HttpMethods.Post, HttpMethods.Get],
            (HttpContext http, StsFrontDoor door) => door.ServeAsync(http)
        );
        app.MapMethods("/", [HttpMethods.Options], BrowserAccess.Preflight);
    }
}
