using Buttonize.Local.DynamoDb;

await using var dynamoDb = await DynamoDbLocal.StartAsync(
    Console.WriteLine,
    CancellationToken.None
);
Console.WriteLine($"DynamoDB answers at {dynamoDb.Endpoint}");
