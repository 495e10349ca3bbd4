namespace EventSourcing.Mutation;

/// <summary>The class that is compiled into the mutated assembly, and tells which mutant is on.</summary>
internal static class MutantSwitch
{
    public const string Class = "EventSourcing.Mutation.MutantIsOn";

    // Active: the mutant that is on, 0 for none. Met: whether it was reached. Reached: called for each mutant that is reached.
    public const string Source = """
        namespace EventSourcing.Mutation
        {
            public static class MutantIsOn
            {
                public static int Active;
                public static bool Met;
                public static System.Action<int> Reached;

                public static bool Is(int mutant)
                {
                    if (Reached != null)
                        Reached(mutant);
                    if (mutant != Active)
                        return false;
                    Met = true;
                    return true;
                }
            }
        }
        """;

    public static string Asks(int mutant) => $"global::{Class}.Is({mutant})";
}
