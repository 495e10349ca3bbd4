using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Aggregates.Emitters;

/// <summary>Writes a readable ToString, unless the user wrote one.</summary>
internal static class TextEmitter
{
    public static void Write(AggregateModel model, SourceWriter writer)
    {
        if (model.HasToString || model.IsAbstract)
        {
            return;
        }

        var members = new[] { "Id", "Version", "CreatedOn", "ModifiedOn" }.Concat(model.Properties)
            .Select(p => $"({Names.Literal(p.TrimStart('@'))}, {p})");
        writer.Line();
        writer.Line($"public override string ToString() => {KnownNames.Services}.AggregateText.Format({Names.Literal(model.Shell.Name.TrimStart('@'))}, {string.Join(", ", members)});");
    }
}
