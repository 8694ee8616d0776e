using System.CommandLine;
using Buttonize.Api.Apps;

namespace Buttonize.Api.Operator;

/// <summary>The arguments that several commands take.</summary>
internal static class OperatorArguments
{
    /// <summary>An organization's id.</summary>
    public static Argument<OrganizationId> Organization() =>
        Id<Organizations.Organization>("organizationId", "The organization's id.");

    /// <summary>An id of something: what cannot be one is a mistake on the command line, and not merely not found.</summary>
    public static Argument<Id<TOf>> Id<TOf>(string name, string description) =>
        new(name)
        {
            Description = description,
            CustomParser = result =>
            {
                if (!Api.Id<TOf>.TryParse(result.Tokens.Single().Value, out var id))
                {
                    result.AddError(
                        $"<{name}> must be an id: {Api.Id<TOf>.Length} characters of A-Za-z0-9_-"
                    );
                }

                return id;
            },
        };

    /// <summary>Why something is suspended.</summary>
    public static Option<string> Reason()
    {
        var option = new Option<string>("--reason")
        {
            Description = "Why, for whoever meets the suspension: 1-500 characters.",
            Required = true,
        };
        option.Validators.Add(result =>
        {
            var reason = new SuspensionRequest(result.GetValueOrDefault<string>());
            foreach (var failure in new SuspensionRequestValidator().Validate(reason).Errors)
            {
                result.AddError($"--reason: {failure.ErrorMessage}");
            }
        });
        return option;
    }
}
