namespace EventSourcing.Generators.Aggregates.Refusals;

/// <summary>Bodies that throw, and records without a store behind them. A diagnostic at each member says why.</summary>
internal static class RefusalEmitter
{
    public static void Write(RefusalModel model, SourceWriter writer)
    {
        writer.Line("// These members can't raise an event; an error at each says why. Without a body here, another error would hide it.");
        foreach (var (declaration, initializer, record) in model.Members)
        {
            if (record is not null)
            {
                writer.Line();
                writer.Line(KnownNames.GeneratedCode);
                writer.Line($"{record};");
            }

            if (declaration is not null)
            {
                writer.Line();
                writer.Line($"{declaration}{(initializer is null ? "" : $" : {initializer}")} => throw new global::System.NotSupportedException(\"The member can't raise an event. Compile with analyzers to see why.\");");
            }
        }
    }
}
