namespace Buttonize.LocalAws;

/// <summary>
/// CORS as STS and Lambda answer it: any origin, no cookies; the signature is what protects. (IAM answers none.) AWS does
/// not document it. The preflight's headers are as one of Lambda's has been published (aws-sdk-js, July 2016), with
/// X-Amz-Executed-Version, which is newer; that STS answers alike, and that calls without an Origin get none of these
/// headers, is what SDKs are seen to receive.
/// </summary>
internal static class BrowserAccess
{
    private const string ExposedHeaders =
        "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date,x-amz-log-result,x-amz-function-error,"
        + "x-amz-executed-version";

    private const string MaxAgeSeconds = "172800";

    public static void Allow(HttpResponse response)
    {
        if (response.HttpContext.Request.Headers.Origin.Count > 0)
        {
            response.Headers.AccessControlAllowOrigin = "*";
            response.Headers.AccessControlExposeHeaders = ExposedHeaders;
        }
    }

    /// <summary>A preflight is never signed: browsers send it on their own.</summary>
    public static IResult Preflight(HttpContext http)
    {
        var response = http.Response;
        Allow(response);
        response.Headers["x-amzn-RequestId"] = Guid.NewGuid().ToString();
        response.Headers.AccessControlAllowMethods = "POST";
        response.Headers.AccessControlMaxAge = MaxAgeSeconds;
        // Echoed, unless it could not be sent: a request's header can hold what a response's cannot.
        var requested = http.Request.Headers.AccessControlRequestHeaders.ToString();
        if (requested.Length > 0 && requested.All(c => c is >= ' ' and <= '~'))
        {
            response.Headers.AccessControlAllowHeaders = requested;
        }
        return Results.Ok();
    }
}
