namespace Ordering;

/// <summary>A rule of the shop refuses what was asked for. Nothing has changed.</summary>
/// <param name="message">Describes the rule, in words for a customer.</param>
public sealed class RuleException(string message) : Exception(message)
{
    /// <summary>Refuses unless a rule holds.</summary>
    public static void ThrowUnless(bool rule, string message)
    {
        if (!rule)
        {
            throw new RuleException(message);
        }
    }
}
