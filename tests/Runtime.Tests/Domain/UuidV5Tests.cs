using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace EventSourcing.Tests.Domain;

/// <summary>Ids of version 5, against values of other implementations.</summary>
public class UuidV5Tests
{
    [Theory]
    [InlineData("/dogs/Fido", "1e1d7398-8986-57af-bb01-11a89b2f8b02")]
    [InlineData("/dogs/Rex", "407d3ee3-a4f3-54fe-98dd-13c70cfefff8")]
    public void Ids_are_those_of_the_Python_package(string name, string expected) =>
        Assert.Equal(Guid.Parse(expected), UuidV5.Create(UuidV5.Url, name));

    [Fact]
    public void The_example_of_RFC_9562() =>
        Assert.Equal(Guid.Parse("2ed6657d-e927-568b-95e1-2665a8aea6a2"), UuidV5.Create(UuidV5.Dns, "www.example.com"));

    [Fact]
    public void The_hash_is_SHA_1_at_every_length_around_its_blocks()
    {
        var random = new Random(1);
        foreach (var length in Enumerable.Range(0, 200).Append(1000).Append(100_000))
        {
            var data = new byte[length];
            random.NextBytes(data);
            var hash = new byte[Sha1.Length];
            Sha1.Hash(data, hash);
#pragma warning disable CA5350 // the hash is compared with it
            Assert.Equal(SHA1.HashData(data), hash);
#pragma warning restore CA5350
        }
    }

    [Fact]
    public void A_long_name_is_hashed_as_a_whole()
    {
        var name = new string('é', 1000);
        byte[] bytes = [.. UuidV5.Url.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes(name)];
        var hash = new byte[Sha1.Length];
        Sha1.Hash(bytes, hash);

        Assert.Equal(hash[..6], UuidV5.Create(UuidV5.Url, name).ToByteArray(bigEndian: true)[..6]);
    }

    [Fact]
    public void Half_a_surrogate_pair_has_no_id()
    {
        Assert.Contains("half of a surrogate pair", Assert.Throws<ArgumentException>("name", () => UuidV5.Create(UuidV5.Url, "a\uD83D")).Message, StringComparison.Ordinal);
        Assert.NotEqual(Guid.Empty, UuidV5.Create(UuidV5.Url, "a\uD83D\uDE00"));
    }
}
