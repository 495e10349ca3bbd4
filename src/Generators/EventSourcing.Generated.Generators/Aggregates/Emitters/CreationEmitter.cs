using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Aggregates.Emitters;

/// <summary>Writes constructors and factories, and the constructor that loads an aggregate.</summary>
internal static class CreationEmitter
{
    private const string Rehydration = $"{KnownNames.Services}.Rehydration";
    private const string SetsRequiredMembers = "[global::System.Diagnostics.CodeAnalysis.SetsRequiredMembers]";

    public static void Write(AggregateModel model, SourceWriter writer)
    {
        writer.Line();
        foreach (var e in model.Events.Where(e => e.Trigger == EventTrigger.Constructor))
        {
            WriteConstructor(model, e, writer);
            writer.Line();
        }

        WriteRehydration(model, writer);

        foreach (var e in model.Events.Where(e => e.Trigger == EventTrigger.Factory))
        {
            writer.Line();
            WriteFactory(model, e, writer);
        }

        foreach (var e in model.Events.Where(e => e.IsCreationRecord))
        {
            WriteCreate(model, e, writer);
        }
    }

    private static void WriteConstructor(AggregateModel model, EventModel e, SourceWriter writer)
    {
        if (model.HasRequiredMembers && !e.HasSetsRequiredMembers)
        {
            writer.Line(SetsRequiredMembers);
        }

        var heading = model.Base is null ? e.Declaration : $"{e.Declaration}\n    : base(default({Rehydration}), {e.IdExpression})";
        using (writer.Open(heading))
        {
            if (model.Base is null)
            {
                writer.Line($"{EventCode.Member("Id", e)} = {e.IdExpression};");
            }

            writer.Line($"{Raise("this", model, e)}{e.Construction}, {e.TimestampParameter ?? "null"});");
        }
    }

    private static void WriteFactory(AggregateModel model, EventModel e, SourceWriter writer)
    {
        // The local must not have the name of a parameter.
        var created = "created";
        while (e.Fields.Any(f => f.Argument == created))
        {
            created += "Aggregate";
        }

        using (writer.Open(e.Declaration))
        {
            writer.Line($"var {created} = new {model.Shell.Name}(default({Rehydration}), {e.IdExpression});");
            writer.Line($"{Raise(created, model, e)}{e.Construction}, {e.TimestampParameter ?? "null"});");
            writer.Line($"return {created};");
        }
    }

    private static void WriteCreate(AggregateModel model, EventModel e, SourceWriter writer)
    {
        const string Time = $"{KnownNames.DateTimeOffset}? timestamp = null";
        if (e.IdExpression is not null && !e.HasOwnId)
        {
            writer.Line();
            writer.Line("/// <summary>Creates an aggregate whose first event is this one.</summary>");
            writer.Line(KnownNames.StepThrough);
            writer.Line($"private static {model.Shell.Name} Create({e.TypeName} e, {Time}) => Create({e.IdExpression}, e, timestamp);");
        }

        writer.Line();
        writer.Line(e.HasOwnId
            ? "/// <summary>Creates an aggregate whose first event is this one, with the id in the event.</summary>"
            : "/// <summary>Creates an aggregate with the id, whose first event is this one.</summary>");
        writer.Line(KnownNames.StepThrough);
        using (writer.Open($"private static {model.Shell.Name} Create({(e.HasOwnId ? "" : $"{model.Id.Type} id, ")}{e.TypeName} e, {Time})"))
        {
            writer.Line($"var created = new {model.Shell.Name}(default({Rehydration}), {(e.HasOwnId ? e.IdExpression : "id")});");
            writer.Line($"{Raise("created", model, e)}e, timestamp);");
            writer.Line("return created;");
        }
    }

    private static void WriteRehydration(AggregateModel model, SourceWriter writer)
    {
        if (model.HasRequiredMembers)
        {
            writer.Line(SetsRequiredMembers);
        }

        if (model.IsAbstract)
        {
            writer.Line(KnownNames.Hidden);
        }

        writer.Line(KnownNames.StepThrough);
        var heading = $"{(model.IsAbstract ? "protected" : "private")} {model.Shell.Name}({Rehydration} rehydration, {model.Id.Type} id)";
        writer.Line(model.Base is null ? $"{heading} => Id = id;" : $"{heading}\n    : base(rehydration, id)\n{{\n}}");
    }

    private static string Raise(string target, AggregateModel model, EventModel e)
    {
        var method = model.Base is null ? "_aggregateCore" : "RaiseEvent";
        var member = target == "this" ? EventCode.Member(method, e) : $"{target}.{method}";
        return model.Base is null ? $"{member}.Raise({target}, " : $"{member}(";
    }
}
