using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>
/// As much of AWS KMS as wraps keys: Encrypt and Decrypt of the JSON 1.1 protocol, for two keys, under an encryption context that has
/// to be the same both times. What it calls ciphertext only hides the plaintext from a look at it.
/// </summary>
public sealed class KmsStub : IAsyncDisposable
{
    public const string KeyId = "alias/buttonize";
    public const string OtherKeyId = "alias/buttonize-2";

    private WebApplication? app;

    public Uri Address { get; private set; } = null!;

    /// <summary>Whether the key's policy leaves the control plane out.</summary>
    public bool Denies { get; set; }

    /// <summary>The encryption contexts seen.</summary>
    public IReadOnlyCollection<string> Contexts => contexts;

    private readonly System.Collections.Concurrent.ConcurrentQueue<string> contexts = new();

    public static async Task<KmsStub> StartAsync(CancellationToken cancellationToken)
    {
        var stub = new KmsStub();
        var builder = WebApplication.CreateSlimBuilder([
            "--hostBuilder:reloadConfigOnChange=false",
        ]);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        stub.app = builder.Build();
        stub.app.MapPost("/", stub.AnswerAsync);
        await stub.app.StartAsync(cancellationToken);
        stub.Address = new Uri(stub.app.Urls.Single());
        return stub;
    }

    public ValueTask DisposeAsync() => app?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<IResult> AnswerAsync(HttpRequest request)
    {
        var body = (await JsonNode.ParseAsync(request.Body))!.AsObject();
        var context = body["EncryptionContext"]?.ToJsonString() ?? "";
        contexts.Enqueue(context);
        if (Denies)
        {
            return Refuse("AccessDeniedException");
        }

        var keyId = body["KeyId"]?.GetValue<string>();
        if (keyId is not (KeyId or OtherKeyId))
        {
            return Refuse("NotFoundException");
        }

        switch (request.Headers["X-Amz-Target"].ToString())
        {
            case "TrentService.Encrypt":
                var sealedText = $"{keyId}|{context}|{body["Plaintext"]!.GetValue<string>()}";
                return Answer("CiphertextBlob", Convert.ToBase64String(Flip(sealedText)));
            case "TrentService.Decrypt":
                var opened = Encoding.UTF8.GetString(
                    Flip(
                        Encoding.UTF8.GetString(
                            Convert.FromBase64String(body["CiphertextBlob"]!.GetValue<string>())
                        )
                    )
                );
                var expected = $"{keyId}|{context}|";
                return opened.StartsWith(expected, StringComparison.Ordinal)
                        ? Answer("Plaintext", opened[expected.Length..])
                    : opened.StartsWith(keyId + "|", StringComparison.Ordinal)
                        ? Refuse("InvalidCiphertextException")
                    : Refuse("IncorrectKeyException");
            default:
                return Refuse("UnknownOperationException");
        }
    }

    private static byte[] Flip(string text) =>
        Encoding.UTF8.GetBytes([.. text.Select(c => (char)(c ^ 1))]);

    private static IResult Answer(string member, string value) =>
        Results.Content(
            new JsonObject { [member] = value, ["KeyId"] = KeyId }.ToJsonString(),
            "application/x-amz-json-1.1"
        );

    private static IResult Refuse(string error) =>
        Results.Content(
            new JsonObject { ["__type"] = error }.ToJsonString(),
            "application/x-amz-json-1.1",
            statusCode: 400
        );
}
