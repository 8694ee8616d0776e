using Buttonize.LocalAws.CloudTrail;
using Buttonize.LocalAws.Iam;
using Microsoft.Extensions.Logging.Abstractions;

namespace Buttonize.LocalAws.Tests;

public sealed class TrailCapacityTests
{
    [Fact]
    public void The_oldest_records_go_when_there_are_too_many()
    {
        var trail = new Trail(new TrailFolder(null, NullLogger<TrailFolder>.Instance));
        var caller = new Caller(
            PrincipalArn.TryParse(LocalAws.CallerArn)!,
            "AIDA",
            LocalAws.Caller.AccessKeyId,
            new Permissions(null, null),
            Tags: new Dictionary<string, string>(),
            Issuer: null,
            Session: null
        );
        for (var number = 0; number <= Trail.MaxRecords; number++)
        {
            var call = new AwsCall(
                $"request-{number}",
                DateTimeOffset.UnixEpoch,
                "eu-central-1",
                caller,
                "127.0.0.1",
                IsSecure: false,
                UserAgent: "test",
                Host: "localhost"
            );
            trail.Record(new TrailEvent(call, "sts", "Test", true, EventCategory.Management));
        }
        var records = trail.Find(null, null);
        records.Should().HaveCount(Trail.MaxRecords);
        records[0].Should().Contain($"\"request-{Trail.MaxRecords}\"");
        records[^1].Should().Contain("\"request-1\"");
    }
}
