namespace Buttonize.LocalAws.Lambda;

/// <summary>Lambda: Invoke, in the rest-json protocol.</summary>
internal static class LambdaEndpoints
{
    private const string Route = "/2015-03-31/functions/{name}/invocations";

    public static void AddLambda(this IServiceCollection services) =>
        services
            .AddSingleton<Functions>()
            .AddSingleton<FunctionProcess>()
            .AddSingleton<RunningFunctions>()
            .AddSingleton<InvocationGate>()
            .AddSingleton<LambdaFrontDoor>();

    public static void MapLambda(this IEndpointRouteBuilder app)
    {
        app.MapPost(
            Route,
            (HttpContext http, string name, LambdaFrontDoor door) => door.ServeAsync(http, name)
        );
        app.MapMethods(Route, [HttpMethods.Options], BrowserAccess.Preflight);
    }
}
