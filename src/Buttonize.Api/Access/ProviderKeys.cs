using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Buttonize.Api.Access;

/// <summary>
/// The OpenID provider's discovery document and public keys. Stands in for the library's own manager because that one serves
/// outdated keys to whoever comes first after a quiet time, for good while the provider is down, and lets callers queue for one
/// fetch each (see docs/adr/0004).
/// </summary>
/// <remarks>
/// Keys younger than <see cref="Lifetime"/> are used as they are; older ones are fetched anew before the next token counts. While the
/// provider cannot be reached they go on counting until <see cref="MaximumAge"/>, and then no token does. There is one fetch at a
/// time, whoever waits for it.
/// </remarks>
internal sealed class ProviderKeys(string address, IDocumentRetriever documents, TimeProvider time)
    : BaseConfigurationManager,
        IConfigurationManager<OpenIdConnectConfiguration>
{
    /// <summary>A key that the provider withdrew is refused after this at the latest, while the provider can be reached.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>The longest that keys count without the provider having confirmed them.</summary>
    public static readonly TimeSpan MaximumAge = TimeSpan.FromHours(1);

    /// <summary>
    /// The least time between two fetches. Any token can ask for one (an unknown key, a bad signature): a flood of bad ones costs the
    /// provider one request in this time, and cannot keep a rotated key out for longer.
    /// </summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>The same while there are no keys at all.</summary>
    private static readonly TimeSpan FirstInterval = TimeSpan.FromSeconds(1);

    /// <summary>How long one fetch may take; the rest of a call has its share of the 6 seconds too.</summary>
    public static readonly TimeSpan FetchLimit = TimeSpan.FromSeconds(4);

    private readonly Lock gate = new();
    private OpenIdConnectConfiguration? current;
    private DateTimeOffset fetchedAt;
    private DateTimeOffset attemptedAt = DateTimeOffset.MinValue;
    private Exception? fault;
    private Task? fetching;

    /// <summary>The keys that count now.</summary>
    /// <exception cref="InvalidOperationException">There are none, or none young enough.</exception>
    public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel)
    {
        Task? fetch;
        lock (gate)
        {
            if (current is not null && Age() < Lifetime)
            {
                return current;
            }

            StartFetch(current is null ? FirstInterval : Interval);

            // After a fetch that failed, keys that may still count are not waited for: the next fetch goes on beside.
            fetch = fault is null || current is null || Age() >= MaximumAge ? fetching : null;
        }

        if (fetch is not null)
        {
            await fetch.WaitAsync(cancel);
        }

        lock (gate)
        {
            return current is not null && Age() < MaximumAge
                ? current
                : throw new InvalidOperationException(
                    "The provider's keys could not be fetched.",
                    fault
                );
        }
    }

    /// <inheritdoc/>
    public override async Task<BaseConfiguration> GetBaseConfigurationAsync(
        CancellationToken cancel
    ) => await GetConfigurationAsync(cancel);

    /// <summary>A token did not fit the keys: they may have changed. Fetches them beside, unless that was done just now.</summary>
    public override void RequestRefresh()
    {
        lock (gate)
        {
            StartFetch(Interval);
        }
    }

    private TimeSpan Age() => Since(fetchedAt, time.GetUtcNow());

    /// <summary>A clock that was set back must not make keys young, or keep them from being fetched.</summary>
    private static TimeSpan Since(DateTimeOffset then, DateTimeOffset now) =>
        now >= then ? now - then : TimeSpan.MaxValue;

    private void StartFetch(TimeSpan interval)
    {
        var now = time.GetUtcNow();
        if (fetching is null && Since(attemptedAt, now) >= interval)
        {
            attemptedAt = now;
            fetching = Task.Run(FetchAsync);
        }
    }

    private async Task FetchAsync()
    {
        OpenIdConnectConfiguration? document = null;
        Exception? failure = null;
        try
        {
            document = await RetrieveAsync();
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        lock (gate)
        {
            if (document is not null)
            {
                (current, fetchedAt) = (document, attemptedAt);
            }

            fault = failure;
            fetching = null;
        }
    }

    private async Task<OpenIdConnectConfiguration> RetrieveAsync()
    {
        using var limit = new CancellationTokenSource(FetchLimit, time);
        try
        {
            return await OnceAsync(limit.Token);
        }
        catch (Exception) when (!limit.IsCancellationRequested)
        {
            // Once more: a fault that passes at once should not meet whoever calls first.
            return await OnceAsync(limit.Token);
        }
    }

    // The retriever does not heed the token in time; what it leaves behind ends with its channel's own limit.
    private Task<OpenIdConnectConfiguration> OnceAsync(CancellationToken limit) =>
        OpenIdConnectConfigurationRetriever.GetAsync(address, documents, limit).WaitAsync(limit);
}
