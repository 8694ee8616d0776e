using System.CommandLine;
using System.CommandLine.Parsing;
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
            CustomParser = result => Parse<TOf>(result, $"<{name}>") ?? default,
        };

    /// <summary>An id as an option.</summary>
    public static Option<Id<TOf>?> IdOption<TOf>(string name, string description) =>
        new(name) { Description = description, CustomParser = result => Parse<TOf>(result, name) };

    /// <summary>An app's id.</summary>
    public static Argument<AppId> App() => Id<App>("appId", "The app's id.");

    /// <summary>Confirms beforehand what cannot be undone.</summary>
    public static Option<bool> Yes() =>
        new("--yes") { Description = "Do not ask; needed where there is no terminal to ask on." };

    private static Id<TOf>? Parse<TOf>(ArgumentResult result, string name)
    {
        if (Api.Id<TOf>.TryParse(result.Tokens.Single().Value, out var id))
        {
            return id;
        }

        result.AddError($"{name} must be an id: {Api.Id<TOf>.Length} characters of A-Za-z0-9_-");
        return null;
    }

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
