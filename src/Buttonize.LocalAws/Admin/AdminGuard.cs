using System.Net;
using System.Text.Json;

namespace Buttonize.LocalAws.Admin;

/// <summary>
/// Keeps the unsigned calls to programs on this machine. A page in a browser here could send them as well, by itself or
/// through a name that resolves to this machine; it cannot do so without an Origin or with a local Host.
/// </summary>
internal sealed class AdminGuard : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    )
    {
        var http = context.HttpContext;
        if (!IsLoopback(http.Connection.RemoteIpAddress))
        {
            return Refuse(403, "Only for callers on this machine.");
        }
        if (http.Request.Headers.ContainsKey("Origin"))
        {
            return Refuse(403, "Not for browsers: the call has an Origin header.");
        }
        if (http.Request.Host.Host is not ("localhost" or "127.0.0.1" or "[::1]" or "::1"))
        {
            return Refuse(403, "The Host header must be localhost, 127.0.0.1 or [::1].");
        }
        try
        {
            return await next(context);
        }
        catch (DocumentRefusedException refused)
        {
            return Refuse(400, refused.Message);
        }
        catch (JsonException malformed)
        {
            return Refuse(400, $"The body is not JSON: {malformed.Message}");
        }
    }

    private static bool IsLoopback(IPAddress? address) =>
        address is not null
        && IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    private static IResult Refuse(int status, string reason) =>
        Results.Json(new { error = reason }, statusCode: status);
}
