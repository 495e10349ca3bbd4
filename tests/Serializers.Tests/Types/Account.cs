namespace EventSourcing.Serializers.Tests.Types;

/// <summary>An event of five fields of everyday types.</summary>
[EventSourced]
public sealed partial class Account
{
    [Event("Opened")]
    public partial Account(Guid owner, string holder, int branch, long cents, DateTime openedAt);

    private void Apply(Opened e)
    {
    }
}
