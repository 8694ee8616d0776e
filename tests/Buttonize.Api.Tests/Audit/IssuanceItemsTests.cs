using System.Text;
using Amazon.DynamoDBv2.Model;
using Buttonize.Api.Audit;
using CsCheck;
using AppId = Buttonize.Api.Id<Buttonize.Api.Apps.App>;
using OrganizationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Organization>;
using UserId = Buttonize.Api.Id<Buttonize.Api.Access.Person>;

namespace Buttonize.Api.Tests.Audit;

/// <summary>An entry as an item.</summary>
public sealed class IssuanceItemsTests
{
    [Fact]
    public void An_entry_is_read_as_it_was_written() =>
        Entries.Any.Sample(entry =>
            IssuanceItems.Read(IssuanceItems.ToItem(entry, entry.Expiration)) == entry
        );

    [Fact]
    public void The_key_is_in_the_order_of_time() =>
        Gen.Select(Entries.Any, Entries.Any)
            .Sample(
                (one, other) =>
                {
                    var (a, b) = (Sort(one), Sort(other));
                    one.IssuedAt.CompareTo(other.IssuedAt)
                        .Should()
                        .BeOneOf(0, Math.Sign(string.CompareOrdinal(a, b)));
                }
            );

    /// <summary>DynamoDB Developer Guide, Read and write operations: a write unit is a write of up to 1 KB, for the table and each index.</summary>
    [Theory]
    [InlineData("alice@example.com")]
    [InlineData("maximilian.mustermann-langname@example-company.de")]
    public void An_ordinary_entry_takes_one_write_unit(string userName)
    {
        var item = IssuanceItems.ToItem(
            Entries.Of(
                OrganizationId.New(),
                UserId.New(),
                AppId.New(),
                DateTimeOffset.UnixEpoch,
                userName[..Math.Min(userName.Length, 64 - "btnz____".Length - UserId.Length)]
            ),
            DateTimeOffset.UnixEpoch.AddYears(60)
        );

        var bytes = item.Attributes.Sum(a => Encoding.UTF8.GetByteCount(a.Key) + SizeOf(a.Value));

        TestContext.Current.TestOutputHelper!.WriteLine($"{bytes} bytes");
        bytes.Should().BeLessThanOrEqualTo(1024);
    }

    private static string Sort(Issuance entry) =>
        IssuanceItems.ToItem(entry, entry.Expiration).Sort;

    /// <summary>DynamoDB Developer Guide, Item sizes and formats.</summary>
    private static int SizeOf(AttributeValue value) =>
        value switch
        {
            { S: { } text } => Encoding.UTF8.GetByteCount(text),
            { N: { } number } => 1 + ((number.Length + 1) / 2),
            { BOOL: not null } => 1,
            _ => throw new InvalidOperationException("An attribute of an unexpected type."),
        };
}
