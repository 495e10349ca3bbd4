using EventSourcing.Generators.Aggregates.Emitters;
using EventSourcing.Generators.Events.Emitters;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Aggregates;

/// <summary>Writes the file of an aggregate; each part has its own emitter.</summary>
internal static class AggregateEmitter
{
    public static void Write(AggregateModel model, SourceWriter writer)
    {
        List<string> bases = [];
        if (model.IsAbstract && model.Base is null)
        {
            bases.Add(KeyedInterface(model));
        }
        else if (!model.IsAbstract)
        {
            bases.Add(TypedInterface(model));
        }

        model.Shell.Write(writer, bases.Count == 0 ? "" : " : " + string.Join(", ", bases), w =>
        {
            HeaderEmitter.Write(model, w);
            EventRecordEmitter.Write(model.Shell.Name, model.Events, model.Shapes, w);
            CreationEmitter.Write(model, w);
            CommandEmitter.Write(model, w);
            TextEmitter.Write(model, w);
            FixingEmitter.Write(model, w);
            ApplyEmitter.Write(model, w);
            StateEmitter.Write(model, w);
            RehydrationEmitter.Write(model, w);
        });
    }

    /// <summary>The interface that a whole hierarchy of aggregates shares.</summary>
    public static string KeyedInterface(AggregateModel model) => $"{KnownNames.Library}.IAggregate<{model.Id.KeyType}>";

    /// <summary>The interface through which the repository loads an aggregate.</summary>
    public static string TypedInterface(AggregateModel model) =>
        $"{KnownNames.Services}.IAggregate<{model.Shell.Name}, {model.Id.Type}, {model.Id.KeyType}>";

    /// <summary>Whether members must be accessible to derived aggregates.</summary>
    public static bool InHierarchy(AggregateModel model) => model.IsAbstract || model.Base is not null;

    /// <summary>
    /// Opens a member of the interface. An aggregate without a hierarchy implements it directly; in a hierarchy the member calls a method
    /// that derived aggregates override.
    /// </summary>
    /// <param name="model">The aggregate.</param>
    /// <param name="writer">Receives the heading.</param>
    /// <param name="type">The type that the member returns.</param>
    /// <param name="name">Its name in the interface.</param>
    /// <param name="hook">The name of the method that is overridden.</param>
    /// <param name="parameters">The parameters, with their types.</param>
    /// <param name="arguments">Their names.</param>
    /// <param name="body">What stands between the heading and the brace: <c> => e switch</c>.</param>
    /// <param name="close">The end.</param>
    public static SourceWriter.Block OpenMember(AggregateModel model, SourceWriter writer, string type, string name, string hook, string parameters, string arguments, string body = "", string close = "}")
    {
        var member = $"{type} {KeyedInterface(model)}.{name}({parameters})";
        writer.Line();
        writer.Line(KnownNames.StepThrough);
        if (!InHierarchy(model))
        {
            return writer.Open(member + body, close);
        }

        if (model.Base is null)
        {
            writer.Line($"{member} => {hook}({arguments});");
            writer.Line();
            writer.Line(KnownNames.StepThrough);
        }

        writer.Line(KnownNames.Hidden);
        return writer.Open($"protected {(model.Base is null ? "virtual" : "override")} {type} {hook}({parameters}){body}", close);
    }
}
