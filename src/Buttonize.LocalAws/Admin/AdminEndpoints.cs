using System.Text.Json;
using Buttonize.LocalAws.CloudTrail;
using Buttonize.LocalAws.Iam;
using Buttonize.LocalAws.Lambda;
using Buttonize.LocalAws.SigV4;
using Buttonize.LocalAws.Sts;

namespace Buttonize.LocalAws.Admin;

/// <summary>Sets the stage, unsigned and from this machine only: who exists, what goes wrong, what was recorded.</summary>
internal static class AdminEndpoints
{
    private const int MaxBodyLength = 4 * 1024 * 1024;

    public static void AddAdmin(this IServiceCollection services) =>
        services.AddSingleton<Faults>();

    public static void MapAdmin(this IEndpointRouteBuilder app)
    {
        var local = app.MapGroup("/_local");
        local.AddEndpointFilter<RouteGroupBuilder, AdminGuard>();
        local.MapPut("/principals/{accessKeyId}", PutPrincipal);
        local.MapPut("/roles", PutRole);
        local.MapDelete("/roles", DeleteRole);
        local.MapPut("/functions", PutFunction);
        local.MapPut("/regions/{region}", PutRegion);
        local.MapGet("/cloudtrail", GetTrail);
        local.MapPut("/faults", PutFaults);
        local.MapDelete("/faults", DeleteFaults);
        local.MapGet("/health", () => Results.Ok());
    }

    private static async Task<IResult> PutPrincipal(
        string accessKeyId,
        HttpRequest request,
        TimeProvider time,
        IamDirectory directory,
        CancellationToken cancellationToken
    )
    {
        directory.Put(
            AdminParser.Principal(
                accessKeyId,
                await Body(request, cancellationToken),
                time.GetUtcNow()
            )
        );
        return Results.NoContent();
    }

    private static async Task<IResult> PutRole(
        HttpRequest request,
        IamDirectory directory,
        CancellationToken cancellationToken
    )
    {
        var role = AdminParser.Role(await Body(request, cancellationToken));
        if (directory.Put(role) is { } existing)
        {
            throw new DocumentRefusedException(
                $"'roleArn': Role with name {role.Arn.Name} already exists, as {existing.Arn}; "
                    + "names are unique in an account without regard to case or path."
            );
        }
        return Results.NoContent();
    }

    private static IResult DeleteRole(HttpRequest request, IamDirectory directory)
    {
        RefuseOtherParameters(request, "arn");
        directory.DeleteRole(
            RoleArn.TryParse(request.Query["arn"].ToString())
                ?? throw new DocumentRefusedException("'arn' must be the ARN of a role.")
        );
        return Results.NoContent();
    }

    private static async Task<IResult> PutFunction(
        HttpRequest request,
        Functions functions,
        CancellationToken cancellationToken
    )
    {
        functions.Put(AdminParser.Function(await Body(request, cancellationToken)));
        return Results.NoContent();
    }

    private static async Task<IResult> PutRegion(
        string region,
        HttpRequest request,
        Regions regions,
        CancellationToken cancellationToken
    )
    {
        if (!SignatureVerifier.RegionName().IsMatch(region))
        {
            throw new DocumentRefusedException($"'{region}' is not the name of a Region.");
        }
        var body = await Body(request, cancellationToken);
        var members = new StrictObject(body, "The body", "enabled", "accountId");
        var accountId = members.OptionalText("accountId");
        if (accountId is not null && !Arn.IsAccountId(accountId))
        {
            throw members.Refused("accountId", "must be 12 digits");
        }
        var enabled =
            members.OptionalFlag("enabled")
            ?? throw new DocumentRefusedException("The body lacks 'enabled'.");
        regions.Set(region, accountId, enabled);
        return Results.NoContent();
    }

    private static IResult GetTrail(HttpRequest request, Trail trail)
    {
        RefuseOtherParameters(request, "eventName", "accountId");
        var records = trail.Find(
            NullIfEmpty(request.Query["eventName"]),
            NullIfEmpty(request.Query["accountId"])
        );
        return Results.Text(TrailJson.Envelope(records), "application/json");
    }

    private static async Task<IResult> PutFaults(
        HttpRequest request,
        Faults faults,
        CancellationToken cancellationToken
    )
    {
        faults.Replace(FaultParser.Parse(await Body(request, cancellationToken)));
        return Results.NoContent();
    }

    private static IResult DeleteFaults(Faults faults)
    {
        faults.Replace([]);
        return Results.NoContent();
    }

    private static async Task<JsonElement> Body(
        HttpRequest request,
        CancellationToken cancellationToken
    )
    {
        var body =
            await RequestBody.ReadAsync(request, MaxBodyLength, cancellationToken)
            ?? throw new DocumentRefusedException("The body is too large.");
        return StrictJson.Parse(body);
    }

    private static void RefuseOtherParameters(HttpRequest request, params string[] known)
    {
        if (request.Query.Keys.Except(known).FirstOrDefault() is { } unknown)
        {
            throw new DocumentRefusedException($"The parameter '{unknown}' is not supported.");
        }
    }

    private static string? NullIfEmpty(Microsoft.Extensions.Primitives.StringValues values) =>
        values.ToString() is { Length: > 0 } text ? text : null;
}
