using Amazon.DynamoDBv2;
using Amazon.KeyManagementService;
using Buttonize.Api.Aws;
using Buttonize.Api.Hosting;
using Buttonize.Api.Storage.Encryption;

namespace Buttonize.Api.Storage;

/// <summary>Registers the table, its keys and what gets them ready.</summary>
internal static class StorageSetup
{
    /// <summary>Adds storage over DynamoDB, encrypted under KMS or a key file as configured.</summary>
    public static WebApplicationBuilder AddStorage(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<IAmazonDynamoDB>(provider => new ObservedCalls.DynamoDb(
            AwsClients.Configure(new AmazonDynamoDBConfig(), "DYNAMODB", provider),
            provider.GetRequiredService<ButtonizeMetrics>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton<Table>();
        services.AddSingleton<TableCreation>();
        services.AddSingleton<TableCheck>();
        services.AddSingleton<DataKeys>();
        services.AddSingleton<Pages>();
        services.AddHostedService<StorageStartup>();
        services.AddHostedService<DataKeyRefresh>();

        // Made when it is asked for: also where a key file wraps the data keys, the operator can have KMS wrap them from now on.
        services.AddSingleton<IAmazonKeyManagementService>(provider => new ObservedCalls.Kms(
            AwsClients.Configure(new AmazonKeyManagementServiceConfig(), "KMS", provider),
            provider.GetRequiredService<ButtonizeMetrics>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        if (builder.Configuration["Buttonize:Encryption:KmsKeyId"] is { Length: > 0 })
        {
            services.AddSingleton<IKeyWrapper, KmsKeyWrapper>();
        }
        else
        {
            services.AddSingleton<IKeyWrapper, KeyFileWrapper>();
        }

        return builder;
    }
}
