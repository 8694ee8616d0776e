namespace Buttonize.LocalAws;

/// <summary>
/// CORS as STS and Lambda answer it: any origin, no cookies; the signature is what protects. (IAM answers none.)
/// </summary>
internal static class BrowserAccess
{
    private const string ExposedHeaders =
        "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date,x-amz-log-result,x-amz-function-error,"
        + "x-amz-executed-version";

    private const string MaxAgeSeconds = "172800";

    public static void Allow(HttpResponse response)
    {
        response.Headers.AccessControlAllowOrigin = "*";
        response.Headers.AccessControlExposeHeaders = ExposedHeaders;
    }

    /// <summary>A preflight is never signed: browsers send it on their own.</summary>
    public static IResult Preflight(HttpContext http)
    {
        var response = http.Response;
        Allow(response);
        response.Headers.AccessControlAllowMethods = "POST";
        response.Headers.AccessControlMaxAge = MaxAgeSeconds;
        var requested = http.Request.Headers.AccessControlRequestHeaders;
        if (requested.Count > 0)
        {
            response.Headers.AccessControlAllowHeaders = requested;
        }
        return Results.Ok();
    }
}
