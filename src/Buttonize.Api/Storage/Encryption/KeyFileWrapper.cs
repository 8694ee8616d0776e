using System.Security.Cryptography;
using Buttonize.Api.Hosting;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Storage.Encryption;

/// <summary>Wraps data keys under 32 random bytes in a local file, for a single machine (<c>Buttonize:Encryption:KeyFile</c>).</summary>
internal sealed class KeyFileWrapper(
    IOptions<ButtonizeOptions> options,
    IHostEnvironment environment
) : IKeyWrapper
{
    // Read at start, so that a missing or broken file stops the start.
    private readonly AesGcmBox box = new(ReadKey(PathOf(options.Value), environment));

    /// <inheritdoc/>
    public Task<byte[]> WrapAsync(byte[] dataKey, CancellationToken cancellationToken) =>
        Task.FromResult(box.Seal(dataKey, AssociatedData));

    /// <inheritdoc/>
    public Task<byte[]> UnwrapAsync(byte[] wrapped, CancellationToken cancellationToken)
    {
        try
        {
            return Task.FromResult(box.Open(wrapped, AssociatedData));
        }
        catch (CryptographicException wrongKey)
        {
            throw new ConfigurationException(
                $"Buttonize:Encryption:KeyFile '{PathOf(options.Value)}' is not the file this table's data keys were wrapped with; "
                    + "bring that file back, or use another table.",
                wrongKey
            );
        }
    }

    private static ReadOnlySpan<byte> AssociatedData => "buttonize data key"u8;

    private static string PathOf(ButtonizeOptions options) =>
        options.Encryption.KeyFile is { Length: > 0 } configured
            ? configured
            : Path.Join(
                Environment.GetFolderPath(
                    Environment.SpecialFolder.ApplicationData,
                    Environment.SpecialFolderOption.Create
                ),
                "buttonize",
                "key"
            );

    private static byte[] ReadKey(string path, IHostEnvironment environment)
    {
        try
        {
            if (!File.Exists(path) && environment.IsDevelopment())
            {
                Create(path);
            }

            var key = new byte[AesGcmBox.KeyLength];
            return
                Convert.TryFromBase64String(File.ReadAllText(path).Trim(), key, out var length)
                && length == key.Length
                ? key
                : throw new ConfigurationException(
                    $"Buttonize:Encryption:KeyFile '{path}' does not hold 32 bytes in base64; make one with: openssl rand -base64 32"
                );
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(
                $"Buttonize:Encryption:KeyFile '{path}' cannot be read ({fault.GetType().Name}); make one with: openssl rand -base64 32",
                fault
            );
        }
    }

    /// <summary>Writes a new key readable by its owner alone; whoever comes second finds the first one's.</summary>
    private static void Create(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var draft = $"{path}.{Guid.NewGuid():N}";
        var access = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            access.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var writer = new StreamWriter(draft, access))
        {
            writer.WriteLine(
                Convert.ToBase64String(RandomNumberGenerator.GetBytes(AesGcmBox.KeyLength))
            );
        }

        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
        }
    }
}
