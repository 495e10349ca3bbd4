using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Aggregates.Emitters;

/// <summary>Writes the members that the store needs: key and core, and the creation of an empty instance to load.</summary>
internal static class RehydrationEmitter
{
    public static void Write(AggregateModel model, SourceWriter writer)
    {
        var keyed = AggregateEmitter.KeyedInterface(model);
        var (id, key) = (model.Id.Type, model.Id.KeyType);
        if (model.Base is null)
        {
            writer.Line();
            writer.Line($"""
                {key} {keyed}.Key => {model.Id.KeyOf("Id")};

                {KnownNames.Services}.AggregateCore {keyed}.Core => _aggregateCore;
                """);
        }

        if (model.IsAbstract)
        {
            return;
        }

        var typed = AggregateEmitter.TypedInterface(model);
        writer.Line();
        writer.Line($"""
            {KnownNames.StepThrough}
            static {key} {typed}.ToKey({id} id) => {model.Id.KeyOf("id")};

            {KnownNames.StepThrough}
            static {model.Shell.Name} {typed}.Rehydrate({key} key) => new(default({KnownNames.Services}.Rehydration), {model.Id.IdOf("key")});
            """);
    }
}
