using Buttonize.Api.Hosting;
using FluentValidation;

namespace Buttonize.Api.Apps;

/// <summary>The body of the suspension of an app or a member.</summary>
internal sealed record SuspensionRequest(string? Reason = null);

/// <summary>Checks <see cref="SuspensionRequest"/>.</summary>
internal sealed class SuspensionRequestValidator : AbstractValidator<SuspensionRequest>
{
    public SuspensionRequestValidator() =>
        RuleFor(r => r.Reason).Required("reason").Text("reason", 500);
}
