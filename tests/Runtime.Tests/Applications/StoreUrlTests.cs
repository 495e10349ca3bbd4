using Xunit;

namespace EventSourcing.Tests.Applications;

public class StoreUrlTests
{
    [Theory]
    [InlineData("school.db", "neither a URL")]
    [InlineData("C:\\school.db", "neither a URL")]
    [InlineData("", "neither a URL")]
    [InlineData("=;=", "neither a URL")]
    [InlineData("Password=secret-canary", "a provider for the connection string; it has 'sqlite:', 'memory:'")]
    [InlineData("secret-canary://x", "a provider for the scheme of the URL; it has 'sqlite:', 'memory:'")]
    [InlineData("postgresql://me:secret-canary@host/db", "a provider for 'postgresql:'; it has 'sqlite:', 'memory:'")]
    public async Task Any_other_address_is_an_error_that_does_not_quote_it(string url, string reason)
    {
        var error = await Assert.ThrowsAsync<StoreConfigurationException>(async () => await School.OpenAsync(url, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-canary", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("school.db\"", error.Message, StringComparison.Ordinal);
    }
}
