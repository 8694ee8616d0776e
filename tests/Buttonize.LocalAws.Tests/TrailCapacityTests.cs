using System.Text;
using Buttonize.LocalAws.CloudTrail;
using Buttonize.LocalAws.Iam;
using Microsoft.Extensions.Logging.Abstractions;

namespace Buttonize.LocalAws.Tests;

public sealed class TrailCapacityTests
{
    [Fact]
    public async Task The_oldest_records_go_when_there_are_too_many()
    {
        await using var folder = new TrailFolder(
            null,
            TimeProvider.System,
            NullLogger<TrailFolder>.Instance
        );
        var trail = new Trail(folder);
        for (var number = 0; number <= Trail.MaxRecords; number++)
        {
            trail.Record(Event(number));
        }
        var requests = trail.Find(null, null).Select(record => record.Source.Call.RequestId);
        requests
            .Should()
            .Equal(
                Enumerable
                    .Range(1, Trail.MaxRecords)
                    .Reverse()
                    .Select(number => $"request-{number}")
            );
    }

    [Fact]
    public void A_record_stays_the_same_however_often_it_is_read()
    {
        var record = new TrailRecord(Event(1), LocalAws.CallerAccount, SharedEventId: null);
        Json().Should().Be(Json());

        string Json()
        {
            using var json = new MemoryStream();
            TrailJson.WriteFile(json, [record]);
            return Encoding.UTF8.GetString(json.ToArray());
        }
    }

    private static TrailEvent Event(int number)
    {
        var caller = new Caller(
            PrincipalArn.TryParse(LocalAws.CallerArn)!,
            "AIDA",
            LocalAws.Caller.AccessKeyId,
            new Permissions(null, null),
            Tags: new Dictionary<string, string>(),
            Issuer: null,
            Session: null
        );
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
        return new TrailEvent(call, "sts", "Test", true, EventCategory.Management);
    }
}
