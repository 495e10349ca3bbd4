using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Applications.Emitters;

/// <summary>Writes the repository: the same methods once for each id type.</summary>
internal static class RepositoryEmitter
{
    public static void Write(ApplicationModel model, SourceWriter writer)
    {
        writer.Line();
        writer.Line("/// <summary>Loads the aggregates of the application. Thread safe.</summary>");
        writer.Line(KnownNames.GeneratedCode);
        writer.Line(KnownNames.StepThrough);
        using (writer.Open("public sealed class AggregateRepository"))
        {
            writer.Line($"""
                private readonly {KnownNames.Services}.EventStore<{model.KeyType}> _store;

                internal AggregateRepository({KnownNames.Services}.EventStore<{model.KeyType}> store) => _store = store;
                """);
            foreach (var (id, access) in SavingEmitter.IdTypes(model))
            {
                WriteMethods(model, id, access, writer);
            }
        }
    }

    private static void WriteMethods(ApplicationModel model, string id, string access, SourceWriter writer)
    {
        const string Task = "global::System.Threading.Tasks.ValueTask";
        const string Cancellation = "global::System.Threading.CancellationToken cancellationToken = default";
        var where = $"where TAggregate : class, {KnownNames.Library}.IAggregate<TAggregate, {id}, {model.KeyType}>";
        writer.Line();
        writer.Line($$"""
            /// <summary>Loads an aggregate.</summary>
            /// <param name="id">Its id.</param>
            /// <param name="cancellationToken">Gives up.</param>
            /// <exception cref="{{KnownNames.Library}}.AggregateNotFoundException">There is no such aggregate.</exception>
            /// <exception cref="{{KnownNames.Library}}.StoredEventException">A stored event can't be read.</exception>
            {{access}} {{Task}}<TAggregate> GetAsync<TAggregate>({{id}} id, {{Cancellation}})
                {{where}} =>
                _store.GetAsync<TAggregate, {{id}}>(id, null, cancellationToken);

            /// <summary>Loads an aggregate as it was at a version.</summary>
            /// <param name="id">Its id.</param>
            /// <param name="version">The version, at least 1.</param>
            /// <param name="cancellationToken">Gives up.</param>
            /// <exception cref="{{KnownNames.Library}}.AggregateNotFoundException">There is no such aggregate, or it has no such version yet.</exception>
            /// <exception cref="{{KnownNames.Library}}.StoredEventException">A stored event can't be read.</exception>
            {{access}} {{Task}}<TAggregate> GetAsync<TAggregate>({{id}} id, long version, {{Cancellation}})
                {{where}} =>
                _store.GetAsync<TAggregate, {{id}}>(id, version, cancellationToken);

            /// <summary>Loads an aggregate, if there is one.</summary>
            /// <param name="id">Its id.</param>
            /// <param name="cancellationToken">Gives up.</param>
            /// <returns>The aggregate, or null.</returns>
            /// <exception cref="{{KnownNames.Library}}.StoredEventException">A stored event can't be read.</exception>
            {{access}} {{Task}}<TAggregate?> TryGetAsync<TAggregate>({{id}} id, {{Cancellation}})
                {{where}} =>
                _store.TryGetAsync<TAggregate, {{id}}>(id, null, cancellationToken);

            /// <summary>Loads an aggregate as it was at a version, if there is one.</summary>
            /// <param name="id">Its id.</param>
            /// <param name="version">The version, at least 1.</param>
            /// <param name="cancellationToken">Gives up.</param>
            /// <returns>The aggregate, or null when it has no events at all.</returns>
            /// <exception cref="{{KnownNames.Library}}.AggregateNotFoundException">It is there, but has no such version yet.</exception>
            /// <exception cref="{{KnownNames.Library}}.StoredEventException">A stored event can't be read.</exception>
            {{access}} {{Task}}<TAggregate?> TryGetAsync<TAggregate>({{id}} id, long version, {{Cancellation}})
                {{where}} =>
                _store.TryGetAsync<TAggregate, {{id}}>(id, version, cancellationToken);

            /// <summary>Whether there is an aggregate of this type with the id. Reads one row.</summary>
            /// <param name="id">Its id.</param>
            /// <param name="cancellationToken">Gives up.</param>
            {{access}} {{Task}}<bool> ExistsAsync<TAggregate>({{id}} id, {{Cancellation}})
                {{where}} =>
                _store.ExistsAsync<TAggregate, {{id}}>(id, cancellationToken);
            """);
    }
}
