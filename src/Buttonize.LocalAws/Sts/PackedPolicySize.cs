using System.IO.Compression;
using System.Text;

namespace Buttonize.LocalAws.Sts;

/// <summary>
/// An estimate of how much of the space for session policy and tags a session takes. AWS packs both into a binary form it
/// does not describe ("PackedPolicySize … a percentage"); the weights here put five short tags at two fifths, as seen in
/// a real trail, and leave room for an ordinary session policy besides.
/// </summary>
internal static class PackedPolicySize
{
    public const int Limit = 100;

    private const double BytesOfTagsPerPercent = 4.55;
    private const double BytesOfCompressedPolicyPerPercent = 12;
    private const int BytesPerTag = 2;

    /// <returns>Null when there is nothing to pack, as AWS then leaves the member out; else percent, possibly above 100.</returns>
    public static int? Estimate(IEnumerable<KeyValuePair<string, string>> tags, string? policy)
    {
        var bytesOfTags = tags.Sum(tag =>
            Encoding.UTF8.GetByteCount(tag.Key)
            + Encoding.UTF8.GetByteCount(tag.Value)
            + BytesPerTag
        );
        if (bytesOfTags == 0 && policy is null)
        {
            return null;
        }
        var percent =
            bytesOfTags / BytesOfTagsPerPercent
            + (policy is null ? 0 : Compressed(policy) / BytesOfCompressedPolicyPerPercent);
        return Math.Max(1, (int)percent);
    }

    private static long Compressed(string text)
    {
        using var buffer = new MemoryStream();
        using (var deflate = new DeflateStream(buffer, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflate.Write(Encoding.UTF8.GetBytes(text));
        }
        return buffer.Length;
    }
}
