using EventSourcing.CompilerServices;
using Xunit;

namespace EventSourcing.Tests.Applications;

public class StoreUrlTests
{
    [Theory]
    [InlineData("memory:", "memory")]
    [InlineData("memory://", "memory")]
    [InlineData("sqlite:///school.db", "sqlite")]
    [InlineData("SQLite:////tmp/school.db", "sqlite")]
    [InlineData("sqlite:///:memory:", "sqlite")]
    [InlineData("Data Source=school.db", "sqlite")]
    [InlineData("data source=school.db;Cache=Private", "sqlite")]
    [InlineData("Filename=school.db", "sqlite")]
    [InlineData("postgresql://me@host/db", "postgresql")]
    [InlineData("postgres://me@host/db", "postgresql")]
    [InlineData("Host=localhost;Database=db", "postgresql")]
    [InlineData("oracle://x", "oracle")]
    public void The_scheme_tells_the_provider(string url, string scheme) => Assert.Equal(scheme, StoreUrl.GetScheme(url));

    [Theory]
    [InlineData("school.db")]
    [InlineData("C:\\school.db")]
    [InlineData("Password=secret-canary")]
    [InlineData("=;=")]
    public void Anything_else_is_an_error_that_does_not_quote_the_address(string url)
    {
        var error = Assert.Throws<StoreConfigurationException>(() => StoreUrl.GetScheme(url));
        Assert.DoesNotContain("secret-canary", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("school.db\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_that_was_not_compiled_in_is_named()
    {
        var error = await Assert.ThrowsAsync<StoreConfigurationException>(async () => await School.OpenAsync("postgresql://me:secret-canary@host/db", cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("'postgresql:'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'sqlite:', 'memory:'", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-canary", error.ToString(), StringComparison.Ordinal);
    }
}
