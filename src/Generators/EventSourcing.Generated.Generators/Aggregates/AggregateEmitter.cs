using EventSourcing.Generators.Aggregates.Emitters;

namespace EventSourcing.Generators.Aggregates;

/// <summary>The table of contents of an aggregate's file.</summary>
internal static class AggregateEmitter
{
    public static void Write(AggregateModel model, SourceWriter writer)
    {
        List<string> bases = [];
        if (model.IsAbstract && model.Base is null)
            bases.Add(KeyedInterface(model));
        else if (!model.IsAbstract)
            bases.Add(TypedInterface(model));
        model.Shell.Write(writer, bases.Count == 0 ? "" : " : " + string.Join(", ", bases), w =>
        {
            HeaderEmitter.Write(model, w);
            EventRecordEmitter.Write(model, w);
            CreationEmitter.Write(model, w);
            CommandEmitter.Write(model, w);
            TextEmitter.Write(model, w);
            ApplyEmitter.Write(model, w);
            StateEmitter.Write(model, w);
            RehydrationEmitter.Write(model, w);
        });
    }

    /// <summary>The interface that a whole hierarchy of aggregates shares.</summary>
    public static string KeyedInterface(AggregateModel model) => $"{KnownNames.Library}.IAggregate<{model.Id.KeyType}>";

    /// <summary>The interface through which the repository loads an aggregate.</summary>
    public static string TypedInterface(AggregateModel model) =>
        $"{KnownNames.Library}.IAggregate<{model.Shell.Name}, {model.Id.Type}, {model.Id.KeyType}>";

    /// <summary>Whether members have to be reachable from derived aggregates.</summary>
    public static bool InHierarchy(AggregateModel model) => model.IsAbstract || model.Base is not null;

    /// <summary>A name for a local of the event's type: <c>TrickAdded</c> → <c>trickAdded</c>.</summary>
    public static string Local(EventModel e)
    {
        var name = Names.Camel(e.TypeName.TrimStart('@'));
        return Names.Escape(name is "timestamp" or "writer" or "header" or "e" ? name + "Event" : name);
    }
}
