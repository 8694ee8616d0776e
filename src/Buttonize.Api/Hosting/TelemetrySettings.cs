using System.Globalization;
using OpenTelemetry.Trace;

namespace Buttonize.Api.Hosting;

/// <summary>
/// OpenTelemetry's own settings. Its SDK passes over what it does not understand; here a wrong value stops the start, as every other.
/// </summary>
internal static class TelemetrySettings
{
    private const string EndpointKey = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ProtocolKey = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private const string SamplerKey = "OTEL_TRACES_SAMPLER";
    private const string RatioKey = "OTEL_TRACES_SAMPLER_ARG";

    private static readonly string[] Samplers =
    [
        "always_on",
        "always_off",
        "traceidratio",
        "parentbased_always_on",
        "parentbased_always_off",
        "parentbased_traceidratio",
    ];

    /// <summary>Whether metrics and traces are sent anywhere. Where they are not, no trace is made.</summary>
    public static bool IsExported(IConfiguration configuration) =>
        !string.IsNullOrEmpty(configuration[EndpointKey]);

    /// <summary>
    /// The sampler that the settings name. Which requests are traced is decided here alone: neither the flag nor the id in a caller's
    /// <c>traceparent</c> counts, for both can be chosen so that everything is traced, or nothing (W3C Trace Context, Security
    /// considerations). What belongs to a request follows the request.
    /// </summary>
    public static Sampler Sampler(IConfiguration configuration)
    {
        var own = new Share(Ratio(configuration) ?? 1);
        return new ParentBasedSampler(own, remoteParentSampled: own, remoteParentNotSampled: own);
    }

    /// <summary>What is wrong with the settings.</summary>
    public static IEnumerable<string> Failures(IConfiguration configuration)
    {
        if (!IsExported(configuration))
        {
            yield break;
        }

        var endpoint = configuration[EndpointKey];
        if (
            !Uri.TryCreate(endpoint, UriKind.Absolute, out var uri)
            || uri.Scheme is not ("http" or "https")
            || uri.UserInfo.Length > 0
        )
        {
            yield return $"{EndpointKey} is not the absolute URL of a collector; set it to one such as http://localhost:4317, without user and password (those go into OTEL_EXPORTER_OTLP_HEADERS), or leave it out.";
        }

        if (configuration[ProtocolKey] is not (null or "" or "grpc" or "http/protobuf"))
        {
            yield return $"{ProtocolKey} is '{configuration[ProtocolKey]}'; set it to grpc (the default, port 4317 as a rule) or http/protobuf (4318).";
        }

        if (
            configuration[SamplerKey] is { Length: > 0 } sampler
            && !Samplers.Contains(sampler, StringComparer.Ordinal)
        )
        {
            yield return $"{SamplerKey} is '{sampler}'; set it to one of {string.Join(", ", Samplers)}.";
        }

        if (Ratio(configuration) is not (>= 0 and <= 1))
        {
            yield return $"{RatioKey} is '{configuration[RatioKey]}'; set it to the share of requests to be traced, from 0 to 1, such as 0.05.";
        }
    }

    /// <summary>The share of requests that is traced; null where it is no number.</summary>
    private static double? Ratio(IConfiguration configuration) =>
        configuration[SamplerKey] switch
        {
            "always_off" or "parentbased_always_off" => 0,
            "traceidratio"
            or "parentbased_traceidratio" when configuration[RatioKey] is { Length: > 0 } text =>
                double.TryParse(
                    text,
                    NumberStyles.Float,
                    CultureInfo.InvariantCulture,
                    out var share
                )
                    ? share
                    : null,
            _ => 1,
        };

    private sealed class Share(double share) : Sampler
    {
        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
            new(
                Random.Shared.NextDouble() < share
                    ? SamplingDecision.RecordAndSample
                    : SamplingDecision.Drop
            );
    }
}
