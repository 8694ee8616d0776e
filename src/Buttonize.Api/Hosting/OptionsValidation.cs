using Buttonize.Api.Access;
using Buttonize.Api.ConsolePage;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Hosting;

/// <summary>Checks <see cref="ButtonizeOptions"/>; every message names the key, the value's problem and the mend.</summary>
internal sealed class OptionsValidation(IConfiguration configuration, IHostEnvironment environment)
    : IValidateOptions<ButtonizeOptions>
{
    /// <summary>Every use of a limit is remembered for its time, so the number has to be one that fits into memory.</summary>
    private const int MostOfALimit = 100_000;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ButtonizeOptions options)
    {
        List<string> failures =
        [
            .. AccountId(options),
            .. Table(options),
            .. Encryption(options),
            .. Origins(options),
            .. TrustedProxies.Faults(options, configuration),
            .. Drain(options),
            .. Region(),
            .. Endpoints(options.Sts),
            .. FallbackRegions(options.Sts),
            .. Limits(options.Limits),
            .. Addresses(),
            .. Scope(options),
            .. Schemes(options.Authentication),
            .. Page(options.Console),
            .. TelemetrySettings.Failures(configuration),
            .. OperationsPort.Failures(configuration),
            .. Audit(options.Audit),
            .. Globalization(),
        ];
        return failures.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> AccountId(ButtonizeOptions options)
    {
        if (options.AccountId is not { Length: 12 } || !options.AccountId.All(char.IsAsciiDigit))
        {
            yield return $"Buttonize:AccountId is '{options.AccountId}'; set it to the 12 digits of the AWS account that customers' trust policies name.";
        }
    }

    private static IEnumerable<string> Table(ButtonizeOptions options)
    {
        // DynamoDB API reference, CreateTable, TableName: 3-255 characters of [a-zA-Z0-9_.-].
        if (
            options.TableName is not { Length: >= 3 and <= 255 }
            || !options.TableName.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-')
        )
        {
            yield return $"Buttonize:TableName is '{options.TableName}'; use 3-255 characters of A-Za-z0-9_.-";
        }
    }

    private IEnumerable<string> Encryption(ButtonizeOptions options)
    {
        var encryption = options.Encryption;
        var (kms, file) = (
            !string.IsNullOrEmpty(encryption.KmsKeyId),
            !string.IsNullOrEmpty(encryption.KeyFile)
        );
        if (kms && file)
        {
            yield return "Buttonize:Encryption:KmsKeyId and Buttonize:Encryption:KeyFile are both set; keep one of them.";
        }
        else if (!kms && !file && !environment.IsDevelopment())
        {
            yield return "Buttonize:Encryption:KmsKeyId is missing; set it to a KMS key (or Buttonize:Encryption:KeyFile to a key file on a single machine).";
        }
    }

    private static IEnumerable<string> Origins(ButtonizeOptions options) =>
        from origin in options.AllowedOrigins
        where
            !Uri.TryCreate(origin, UriKind.Absolute, out var uri)
            || uri.Scheme is not ("https" or "http")
            || uri.GetLeftPart(UriPartial.Authority) != origin
        select $"Buttonize:AllowedOrigins has '{origin}'; write an exact origin in lower case without a path, such as https://app.example.com";

    private static IEnumerable<string> Drain(ButtonizeOptions options)
    {
        if (options.DrainSeconds is < 0 or > 300)
        {
            yield return $"Buttonize:DrainSeconds is {options.DrainSeconds}; use 0-300 seconds, as long as the load balancer takes to send requests elsewhere.";
        }
    }

    private IEnumerable<string> Region()
    {
        switch (Aws.AwsRegion.TryFind(configuration))
        {
            case null:
                yield return "AWS_REGION is missing; set it to the Region the control plane runs in, such as eu-central-1.";
                break;
            case { Name: var name } region
                when !Apps.ArnParts.IsRegion(name) || !region.IsSupported:
                yield return $"AWS_REGION is '{name}'; set it to the name of a Region of the partitions aws, aws-cn or aws-us-gov, such as eu-central-1.";
                break;
        }
    }

    /// <summary>The framework takes <c>localhost:abc</c> for a host on port 80, and names no key for what it does not take.</summary>
    private IEnumerable<string> Addresses() =>
        from url in (configuration[WebHostDefaults.ServerUrlsKey] ?? "").Split(
            ';',
            StringSplitOptions.RemoveEmptyEntries
        )
        where !IsListenAddress(url)
        select $"ASPNETCORE_URLS has '{url}'; write addresses such as http://localhost:5080 or http://+:5080, separated by semicolons.";

    /// <summary>Whether Kestrel can listen on it, and on what it seems to say.</summary>
    public static bool IsListenAddress(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            return address.Scheme is "http" or "https"
                && (
                    address.IsUnixPipe
                    || address.Host.StartsWith('[')
                    || !address.Host.Contains(':', StringComparison.Ordinal)
                );
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static IEnumerable<string> Scope(ButtonizeOptions options)
    {
        if (options.Authentication.RequiredScope?.Any(char.IsWhiteSpace) == true)
        {
            yield return "Buttonize:Authentication:RequiredScope has a blank in it; name one scope.";
        }
    }

    private static IEnumerable<string> Schemes(ButtonizeOptions.AuthenticationOptions options)
    {
        var names = IssuerSchemes.Names(options);
        foreach (
            var name in names.GroupBy(n => n, StringComparer.Ordinal).Where(g => g.Count() > 1)
        )
        {
            yield return $"Buttonize:Authentication:Schemes names '{name.Key}' twice, or beside the first scheme 'Bearer'; name each further provider's scheme once.";
        }

        foreach (
            var name in names.Where(n =>
                string.IsNullOrWhiteSpace(n) || AccessSetup.Reserved.Contains(n)
            )
        )
        {
            yield return $"Buttonize:Authentication:Schemes has '{name}', which is no name for a provider's scheme; choose another.";
        }

        foreach (var name in options.UntrustedEmailSchemes.Except(names, StringComparer.Ordinal))
        {
            yield return $"Buttonize:Authentication:UntrustedEmailSchemes names '{name}', which is neither 'Bearer' nor in Buttonize:Authentication:Schemes; mend the name.";
        }
    }

    private static IEnumerable<string> Page(ButtonizeOptions.ConsoleOptions options)
    {
        if (options.Enabled && string.IsNullOrWhiteSpace(options.ClientId))
        {
            yield return "Buttonize:Console:ClientId is missing; set it to the page's public client at the OpenID provider, or turn Buttonize:Console:Enabled off.";
        }

        if (options.Enabled && !PageFiles.AreBuilt)
        {
            yield return "Buttonize:Console:Enabled is true, but this build has no page; build with npm (Node.js 20.19 or newer) on PATH, or turn it off.";
        }

        if (!options.Scope.Split(' ').Contains("openid", StringComparer.Ordinal))
        {
            yield return $"Buttonize:Console:Scope is '{options.Scope}'; name scopes separated by one blank, and openid among them.";
        }

        foreach (var name in options.AuthorizationParameters.Keys.Where(SignInConfiguration.IsOwn))
        {
            yield return $"Buttonize:Console:AuthorizationParameters has '{name}', which the page sets itself; take it out.";
        }
    }

    private static IEnumerable<string> Audit(ButtonizeOptions.AuditOptions options)
    {
        if (options.RetentionDays is < 1 or > 3650)
        {
            yield return $"Buttonize:Audit:RetentionDays is {options.RetentionDays}; set it to a number of days from 1 to 3650.";
        }
    }

    /// <summary>Without ICU, names are not folded: CloudTrail would show other names than were promised.</summary>
    private static IEnumerable<string> Globalization()
    {
        if ("é".Normalize(System.Text.NormalizationForm.FormKD).Length == 1)
        {
            yield return "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT is on; turn it off and install ICU (Debian: libicu), which folding names to ASCII needs.";
        }
    }

    private IEnumerable<string> FallbackRegions(ButtonizeOptions.StsOptions options)
    {
        var own = Aws.AwsRegion.TryFind(configuration);
        foreach (var (place, name) in options.FallbackRegions.Index())
        {
            var region = new Aws.AwsRegion(name);
            if (!Apps.ArnParts.IsRegion(name) || region.Partition != own?.Partition)
            {
                yield return $"Buttonize:Sts:FallbackRegions has '{name}'; name Regions of the same partition as AWS_REGION, such as eu-west-1.";
            }
            else if (name == own.Name || options.FallbackRegions.Take(place).Contains(name))
            {
                yield return $"Buttonize:Sts:FallbackRegions names '{name}' twice, or beside AWS_REGION, which is asked first; name each other Region once.";
            }
        }
    }

    private static IEnumerable<string> Limits(ButtonizeOptions.LimitsOptions limits) =>
        from limit in ((string Key, int Value)[])
            [
                (nameof(limits.CredentialsPerUserPerMinute), limits.CredentialsPerUserPerMinute),
                (
                    nameof(limits.AssumeRolePerOrganizationPerSecond),
                    limits.AssumeRolePerOrganizationPerSecond
                ),
                (nameof(limits.AssumeRolePerSecond), limits.AssumeRolePerSecond),
                (
                    nameof(limits.RegistrationsPerOrganizationPerMinute),
                    limits.RegistrationsPerOrganizationPerMinute
                ),
                (nameof(limits.OrganizationsPerUser), limits.OrganizationsPerUser),
            ]
        where limit.Value is < 1 or > MostOfALimit
        select $"Buttonize:Limits:{limit.Key} is {limit.Value}; set it to a whole number from 1 to {MostOfALimit}.";

    private IEnumerable<string> Endpoints(ButtonizeOptions.StsOptions sts) =>
        from key in (string[])
            [
                .. from service in (string[])["DYNAMODB", "STS", "KMS", "LAMBDA"]
                select $"AWS_ENDPOINT_URL_{service}",
                .. sts
                    .FallbackRegions.Append(configuration["AWS_REGION"] ?? "")
                    .Select(r => Aws.AwsClients.EndpointKey("AWS_ENDPOINT_URL_STS", r)),
            ]
        let url = configuration[key]
        where
            !string.IsNullOrEmpty(url)
            && !(
                Uri.TryCreate(url, UriKind.Absolute, out var uri)
                && uri.Scheme is ("https" or "http")
                && uri.UserInfo.Length == 0
            )
        select $"{key} is '{url}'; set it to an absolute URL such as https://sts.eu-central-1.amazonaws.com, or leave it out.";
}
