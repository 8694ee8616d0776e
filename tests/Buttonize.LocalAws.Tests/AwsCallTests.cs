using System.Net;
using Buttonize.LocalAws.Iam;
using Microsoft.AspNetCore.Http;

namespace Buttonize.LocalAws.Tests;

public sealed class AwsCallTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    public void An_address_is_the_callers_own_whatever_the_socket(string remote, string expected)
    {
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = IPAddress.Parse(remote);
        var caller = new Caller(
            PrincipalArn.TryParse(LocalAws.CallerArn)!,
            "AIDA",
            LocalAws.Caller.AccessKeyId,
            new Permissions(null, null),
            Tags: new Dictionary<string, string>(),
            Issuer: null,
            Session: null
        );
        var call = AwsCall.Of(http, "1", DateTimeOffset.UnixEpoch, "eu-central-1", caller);
        call.SourceIpAddress.Should().Be(expected);
    }
}
