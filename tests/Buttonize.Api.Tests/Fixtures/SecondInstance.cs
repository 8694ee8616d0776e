using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>How a further instance over the same table is started.</summary>
public static class SecondInstance
{
    private static readonly string[] Shared =
    [
        "Buttonize:TableName",
        "Buttonize:Encryption:KeyFile",
        "Authentication:Schemes:Bearer:Authority",
    ];

    /// <summary>What two instances over one table have in common.</summary>
    public static Dictionary<string, string?> SharedSettings(this ControlPlane first)
    {
        var configuration = first.Services.GetRequiredService<IConfiguration>();
        return Shared.ToDictionary(key => key, key => configuration[key]);
    }
}
