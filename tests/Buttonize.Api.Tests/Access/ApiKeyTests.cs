using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Buttonize.Api.Organizations;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Buttonize.Api.Tests.Access;

/// <summary>Which API keys count: those that were made, until they end or are deleted.</summary>
public sealed class ApiKeyTests(SharedControlPlane shared, Services services)
    : IClassFixture<SharedControlPlane>
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly Gen<char> Digit = Gen.Int[0, Base62.Length - 1].Select(i => Base62[i]);

    /// <summary>A key made by the format's description alone.</summary>
    private static readonly Gen<string> GoodKey = Digit
        .Array[30]
        .Select(random => "btnz_" + new string(random) + Checksum(new string(random)));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ControlPlane ControlPlane => shared.ControlPlane;

    [Theory]
    [InlineData("000000000000000000000000000000", 0x77e5db82u)]
    [InlineData("abcdefghijklmnopqrstuvwxyz0123", 0x806d9a54u)]
    [InlineData("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", 0xeaf2cd15u)]
    public void The_checksum_of_the_format_is_the_CRC_of_IEEE(string random, uint crc)
    {
        Crc32(Encoding.ASCII.GetBytes(random)).Should().Be(crc);
        ApiKeySecret.TryParse("btnz_" + random + ToBase62(crc), out _).Should().BeTrue();
    }

    [Fact]
    public void The_checksum_is_calculated_as_everybody_does() =>
        // The check value that every catalogue of CRCs gives for CRC-32/ISO-HDLC.
        Crc32("123456789"u8.ToArray()).Should().Be(0xcbf43926u);

    [Fact]
    public void A_key_of_the_format_is_read() =>
        GoodKey.Sample(key => ApiKeySecret.TryParse(key, out var secret) && secret.Reveal() == key);

    [Fact]
    public void A_made_key_is_of_the_format() =>
        Gen.Int.Sample(_ =>
        {
            var key = ApiKeySecret.New().Reveal();
            return key.Length == 41
                && key.StartsWith("btnz_", StringComparison.Ordinal)
                && key[5..].All(Base62.Contains)
                && key[35..] == Checksum(key[5..35]);
        });

    [Fact]
    public void A_key_with_one_other_character_is_none() =>
        Gen.Select(GoodKey, Gen.Int[0, 40], Gen.OneOf(Digit, Gen.Char))
            .Sample(
                (key, position, character) =>
                    key[position] == character
                    || !ApiKeySecret.TryParse(
                        key[..position] + character + key[(position + 1)..],
                        out _
                    ),
                iter: 20_000
            );

    [Fact]
    public void A_key_with_two_neighbours_exchanged_is_none() =>
        Gen.Select(GoodKey, Gen.Int[5, 39])
            .Sample(
                (key, position) =>
                    key[position] == key[position + 1]
                    || !ApiKeySecret.TryParse(
                        $"{key[..position]}{key[position + 1]}{key[position]}{key[(position + 2)..]}",
                        out _
                    ),
                iter: 5000
            );

    [Fact]
    public void A_key_that_is_cut_or_longer_is_none() =>
        Gen.Select(GoodKey, Gen.Int[0, 40], Digit)
            .Sample(
                (key, length, more) =>
                    !ApiKeySecret.TryParse(key[..length], out _)
                    && !ApiKeySecret.TryParse(key + more, out _)
                    && !ApiKeySecret.TryParse(key + "\n", out _)
                    && !ApiKeySecret.TryParse(" " + key, out _)
            );

    [Fact]
    public void A_key_does_not_print_itself() =>
        $"{ApiKeySecret.New()}".Should().Be("[redacted API key]");

    [Fact]
    public async Task A_key_of_the_format_that_nobody_made_is_refused() =>
        await RefusesAsync(GoodKey.Single());

    [Fact]
    public async Task A_typo_is_refused()
    {
        var tenant = await Tenant.CreateAsync(ControlPlane, Token);
        var key = tenant.Deployment.DefaultRequestHeaders.Authorization!.Parameter!;
        string[] typos =
        [
            key[..^1] + (key[^1] == '0' ? '1' : '0'),
            key[..5] + (key[5] == '0' ? '1' : '0') + key[6..],
            key.ToUpperInvariant(),
            key.Replace("btnz_", "BTNZ_", StringComparison.Ordinal),
            key.Replace("btnz_", "btnz-", StringComparison.Ordinal),
            key[..^1],
            key + "0",
            key[5..],
            key + "=",
            key + " " + key,
            key + "," + key,
            "btnz_" + key,
        ];
        foreach (var typo in typos)
        {
            await RefusesAsync(typo);
        }
    }

    [Fact]
    public async Task A_deleted_key_is_dead_at_the_next_call()
    {
        var tenant = await Tenant.CreateAsync(ControlPlane, Token);
        var keys = await tenant.Owner.GetFromJsonAsync<JsonObject>(
            $"{tenant.Root}/api-keys",
            Token
        );
        using var before = await tenant.Deployment.GetAsync("/v1/apps", Token);

        using var deletion = await tenant.Owner.DeleteAsync(
            $"{tenant.Root}/api-keys/{keys!["items"]![0]!["keyId"]}",
            Token
        );

        before.StatusCode.Should().Be(HttpStatusCode.OK);
        deletion.StatusCode.Should().Be(HttpStatusCode.NoContent);
        using var after = await tenant.Deployment.GetAsync("/v1/apps", Token);
        await after.ShouldBeUnauthenticatedAsync(Token);
    }

    [Fact]
    public async Task An_expired_key_is_dead()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var controlPlane = ControlPlane.Start(
            services,
            configure: inside => inside.AddSingleton<TimeProvider>(time)
        );
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var made = await Tenant.PostAsync(
            tenant.Owner,
            $"{tenant.Root}/api-keys",
            new { name = "short", expiresAt = time.GetUtcNow().AddMinutes(10) },
            Token
        );
        var client = controlPlane.WithToken(made["apiKey"]!.GetValue<string>());

        time.Advance(TimeSpan.FromMinutes(9));
        using var before = await client.GetAsync("/v1/apps", Token);
        time.Advance(TimeSpan.FromMinutes(1));
        using var after = await client.GetAsync("/v1/apps", Token);
        using var everlasting = await tenant.Deployment.GetAsync("/v1/apps", Token);

        before.StatusCode.Should().Be(HttpStatusCode.OK);
        await after.ShouldBeUnauthenticatedAsync(Token);
        everlasting.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    private async Task RefusesAsync(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/apps");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        using var response = await ControlPlane.Anonymous().SendAsync(request, Token);
        await response.ShouldBeUnauthenticatedAsync(Token);
    }

    private static string Checksum(string random) =>
        ToBase62(Crc32(Encoding.ASCII.GetBytes(random)));

    /// <summary>CRC-32 as IEEE 802.3 has it, bit by bit: not the code that is tested.</summary>
    private static uint Crc32(byte[] bytes)
    {
        var crc = 0xffffffffu;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0xedb88320u : crc >> 1;
            }
        }

        return ~crc;
    }

    private static string ToBase62(uint number)
    {
        var digits = "";
        for (var i = 0; i < 6; i++, number /= 62)
        {
            digits = Base62[(int)(number % 62)] + digits;
        }

        return digits;
    }
}
