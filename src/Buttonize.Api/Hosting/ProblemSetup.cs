using System.Text.Encodings.Web;

namespace Buttonize.Api.Hosting;

/// <summary>Registers what makes every refusal and fault a problem document, also those of the framework.</summary>
internal static class ProblemSetup
{
    /// <summary>Adds the exception handler, strict binding, and one form of times.</summary>
    public static WebApplicationBuilder AddProblems(this WebApplicationBuilder builder)
    {
        builder.Services.AddExceptionHandler<ExceptionProblems>();
        builder.Services.AddProblemDetails();

        // In every environment: a request that cannot be bound is answered by the handler above.
        builder.Services.Configure<RouteHandlerOptions>(options =>
            options.ThrowOnBadRequest = true
        );
        builder.Services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.Converters.Add(new JsonTime());

            // JSON is never part of a page here, and statements to paste are read in terminals.
            options.SerializerOptions.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        });
        builder.Services.Configure<RouteOptions>(options =>
            options.ConstraintMap["id"] = typeof(IdRouteConstraint)
        );
        return builder;
    }

    /// <summary>
    /// Puts the exception handler, the deadline and bodies for bare status codes around the rest. The handler is outside the deadline:
    /// inside, a call whose time is up would count as one whose caller has gone.
    /// </summary>
    public static WebApplication UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseMiddleware<RequestDeadline>();
        app.UseStatusCodePages(context =>
            Problems
                .OfStatus(context.HttpContext.Response.StatusCode)
                .ExecuteAsync(context.HttpContext)
        );
        return app;
    }

    /// <summary>
    /// Lets a route match only where the value is an id (<c>{organizationId:id}</c>): to whoever asks, what cannot exist is no
    /// different from what does not.
    /// </summary>
    private sealed class IdRouteConstraint : IRouteConstraint
    {
        public bool Match(
            HttpContext? httpContext,
            IRouter? route,
            string routeKey,
            RouteValueDictionary values,
            RouteDirection routeDirection
        ) => values[routeKey] is string value && OrganizationId.TryParse(value, out _);
    }
}
