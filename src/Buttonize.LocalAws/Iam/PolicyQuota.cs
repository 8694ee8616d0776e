using System.Text.Json;

namespace Buttonize.LocalAws.Iam;

/// <summary>
/// How long policies may be, in characters without white space ("IAM and AWS STS quotas"). A put does not say which of an
/// identity's policies are managed and which inline, so those are refused that can be neither.
/// </summary>
internal static class PolicyQuota
{
    /// <summary>The most that the quota of a role's trust policy can be raised to; it is 2,048 by default.</summary>
    private const int Trust = 8192;

    /// <summary>Each managed policy.</summary>
    private const int Managed = 6144;

    /// <summary>All inline policies of one role together.</summary>
    private const int InlineOfRole = 10_240;

    /// <summary>All inline policies of one user together: less than a managed one, so it never decides.</summary>
    private const int InlineOfUser = 2048;

    /// <exception cref="DocumentRefusedException">It is longer.</exception>
    public static void CheckTrust(JsonElement policy, string where)
    {
        if (Length(policy) > Trust)
        {
            throw Refused(where, Trust);
        }
    }

    /// <summary>What is too long for a managed policy has to be inline.</summary>
    /// <exception cref="DocumentRefusedException">They are longer.</exception>
    public static void CheckPermissions(
        IEnumerable<JsonElement> policies,
        bool isRole,
        string where
    )
    {
        var inline = isRole ? InlineOfRole : InlineOfUser;
        if (policies.Select(Length).Where(length => length > Managed).Sum() > inline)
        {
            throw Refused(where, isRole ? InlineOfRole : Managed);
        }
    }

    private static int Length(JsonElement policy) =>
        policy.GetRawText().Count(c => !char.IsWhiteSpace(c));

    private static DocumentRefusedException Refused(string where, int quota) =>
        new($"{where} is longer than the quota of {quota} characters.");
}
