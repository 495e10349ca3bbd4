namespace EventSourcing.Recording;

/// <summary>The table in which the rows of a view are built beside those in use.</summary>
internal static class NextTable
{
    /// <summary>What the name of its projection ends with. No projection of a program has such a name.</summary>
    public const string Suffix = "__next";
}
