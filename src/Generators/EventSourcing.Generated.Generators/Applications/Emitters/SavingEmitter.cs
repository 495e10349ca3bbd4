using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Applications.Emitters;

/// <summary>Writes the methods that save, and that retry after conflicts.</summary>
internal static class SavingEmitter
{
    public static void Write(ApplicationModel model, SourceWriter writer)
    {
        const string Task = "global::System.Threading.Tasks.ValueTask";
        const string Cancellation = "global::System.Threading.CancellationToken";
        var aggregate = $"{KnownNames.Library}.IAggregate<{model.KeyType}>";
        var several = $"global::System.Collections.Generic.IReadOnlyCollection<{aggregate}>";
        var recordings = $"{Task}<global::System.Collections.Generic.IReadOnlyList<{KnownNames.Library}.RecordedEvent<{model.KeyType}>>>";
        writer.Line();
        writer.Line($$"""
            /// <summary>Saves the pending events of an aggregate, all or none. Afterwards they are durable, and pending no more.</summary>
            /// <param name="aggregate">The aggregate. After an exception it can be saved again.</param>
            /// <param name="cancellationToken">Gives up, as long as the writing hasn't begun.</param>
            /// <returns>The events with their positions in the log; none when nothing was pending.</returns>
            /// <exception cref="{{KnownNames.Library}}.ConcurrencyException">Another save of an aggregate came first. Nothing was written.</exception>
            /// <exception cref="{{KnownNames.Library}}.StoreException">The database refused or failed.</exception>
            public {{recordings}} SaveAsync({{aggregate}} aggregate, {{Cancellation}} cancellationToken = default) =>
                EventStore.SaveAsync(aggregate, null, cancellationToken);

            /// <summary>Saves the pending events of an aggregate, all or none, with metadata of their own.</summary>
            /// <param name="aggregate">The aggregate. After an exception it can be saved again.</param>
            /// <param name="metadata">Stored beside each event.</param>
            /// <param name="cancellationToken">Gives up, as long as the writing hasn't begun.</param>
            /// <returns>The events with their positions in the log; none when nothing was pending.</returns>
            /// <exception cref="{{KnownNames.Library}}.ConcurrencyException">Another save of an aggregate came first. Nothing was written.</exception>
            /// <exception cref="{{KnownNames.Library}}.StoreException">The database refused or failed.</exception>
            public {{recordings}} SaveAsync({{aggregate}} aggregate, {{KnownNames.Library}}.EventMetadata metadata, {{Cancellation}} cancellationToken = default) =>
                EventStore.SaveAsync(aggregate, metadata, cancellationToken);

            /// <summary>Saves the pending events of several aggregates, all or none. Afterwards they are durable, and pending no more.</summary>
            /// <param name="aggregates">The aggregates. Their events are stored in this order, with nothing between them.</param>
            /// <param name="cancellationToken">Gives up, as long as the writing hasn't begun.</param>
            /// <returns>The events with their positions in the log; none when nothing was pending.</returns>
            /// <exception cref="{{KnownNames.Library}}.ConcurrencyException">Another save of an aggregate came first. Nothing was written.</exception>
            /// <exception cref="{{KnownNames.Library}}.StoreException">The database refused or failed.</exception>
            public {{recordings}} SaveAsync({{several}} aggregates, {{Cancellation}} cancellationToken = default) =>
                EventStore.SaveAsync(aggregates, null, cancellationToken);

            /// <summary>Saves the pending events of several aggregates, all or none, with metadata of their own.</summary>
            /// <param name="aggregates">The aggregates. Their events are stored in this order, with nothing between them.</param>
            /// <param name="metadata">Stored beside each event.</param>
            /// <param name="cancellationToken">Gives up, as long as the writing hasn't begun.</param>
            /// <returns>The events with their positions in the log; none when nothing was pending.</returns>
            /// <exception cref="{{KnownNames.Library}}.ConcurrencyException">Another save of an aggregate came first. Nothing was written.</exception>
            /// <exception cref="{{KnownNames.Library}}.StoreException">The database refused or failed.</exception>
            public {{recordings}} SaveAsync({{several}} aggregates, {{KnownNames.Library}}.EventMetadata metadata, {{Cancellation}} cancellationToken = default) =>
                EventStore.SaveAsync(aggregates, metadata, cancellationToken);

            /// <summary>Saves the pending events of an aggregate in a transaction that needn't be that of this flow.</summary>
            /// <param name="aggregate">The aggregate.</param>
            /// <param name="transaction">Begun by the recorder of this application.</param>
            /// <param name="cancellationToken">Gives up.</param>
            /// <returns>The events; their positions are null until the transaction is committed.</returns>
            /// <exception cref="{{KnownNames.Library}}.TransactionException">The transaction has ended or failed.</exception>
            public {{recordings}} SaveAsync({{aggregate}} aggregate, {{KnownNames.Library}}.StoreTransaction<{{model.KeyType}}> transaction, {{Cancellation}} cancellationToken = default) =>
                EventStore.SaveInAsync(aggregate, transaction, cancellationToken);

            /// <summary>Saves the pending events of several aggregates in a transaction that needn't be that of this flow.</summary>
            /// <param name="aggregates">The aggregates.</param>
            /// <param name="transaction">Begun by the recorder of this application.</param>
            /// <param name="cancellationToken">Gives up.</param>
            /// <returns>The events; their positions are null until the transaction is committed.</returns>
            /// <exception cref="{{KnownNames.Library}}.TransactionException">The transaction has ended or failed.</exception>
            public {{recordings}} SaveAsync({{several}} aggregates, {{KnownNames.Library}}.StoreTransaction<{{model.KeyType}}> transaction, {{Cancellation}} cancellationToken = default) =>
                EventStore.SaveInAsync(aggregates, transaction, cancellationToken);

            /// <summary>Writes the pending events of an aggregate at once, in a transaction that you began and will end. Not tried again.</summary>
            /// <param name="aggregate">The aggregate. Its events count as saved; after a rollback, load it anew.</param>
            /// <param name="transaction">Of the store's database: raw, or what Dapper or Entity Framework use.</param>
            /// <param name="cancellationToken">Gives up, as long as the writing hasn't begun.</param>
            /// <returns>The events, with positions that count once you have committed.</returns>
            /// <exception cref="{{KnownNames.Library}}.ConcurrencyException">Another save of the aggregate came first. The transaction can go on.</exception>
            /// <exception cref="{{KnownNames.Library}}.StoreException">The database refused or failed; a transient one when another writer holds the store too long.</exception>
            public {{recordings}} SaveAsync({{aggregate}} aggregate, global::System.Data.Common.DbTransaction transaction, {{Cancellation}} cancellationToken = default) =>
                EventStore.SaveInAsync(aggregate, transaction, cancellationToken);

            /// <summary>Writes the pending events of several aggregates at once, in a transaction that you began and will end. Not tried again.</summary>
            /// <param name="aggregates">The aggregates. Their events count as saved; after a rollback, load them anew.</param>
            /// <param name="transaction">Of the store's database: raw, or what Dapper or Entity Framework use.</param>
            /// <param name="cancellationToken">Gives up, as long as the writing hasn't begun.</param>
            /// <returns>The events, with positions that count once you have committed.</returns>
            /// <exception cref="{{KnownNames.Library}}.ConcurrencyException">Another save of an aggregate came first. The transaction can go on.</exception>
            /// <exception cref="{{KnownNames.Library}}.StoreException">The database refused or failed; a transient one when another writer holds the store too long.</exception>
            public {{recordings}} SaveAsync({{several}} aggregates, global::System.Data.Common.DbTransaction transaction, {{Cancellation}} cancellationToken = default) =>
                EventStore.SaveInAsync(aggregates, transaction, cancellationToken);

            /// <summary>Runs an operation again while it ends in a conflict.</summary>
            /// <param name="operation">Loads, commands and saves. It is run from its beginning each time.</param>
            /// <param name="maxAttempts">How often it may run, at least once.</param>
            /// <param name="cancellationToken">Given to the operation; also ends the pauses.</param>
            /// <exception cref="{{KnownNames.Library}}.ConcurrencyException">The last attempt also met a conflict.</exception>
            public {{Task}}<TResult> RetryOnConflictAsync<TResult>(global::System.Func<{{Cancellation}}, {{Task}}<TResult>> operation, int maxAttempts = 5, {{Cancellation}} cancellationToken = default) =>
                EventStore.RetryOnConflictAsync(operation, maxAttempts, cancellationToken);
            """);
        foreach (var (id, access) in IdTypes(model))
        {
            writer.Line();
            writer.Line($$"""
                /// <summary>Loads an aggregate, gives it to a command and saves it; all of it again after a conflict.</summary>
                /// <param name="id">The aggregate's id.</param>
                /// <param name="command">Changes the aggregate. It is run on a fresh one each time.</param>
                /// <param name="maxAttempts">How often it may run, at least once.</param>
                /// <param name="cancellationToken">Gives up.</param>
                /// <returns>The events that were saved, with their positions in the log.</returns>
                /// <exception cref="{{KnownNames.Library}}.AggregateNotFoundException">There is no such aggregate.</exception>
                /// <exception cref="{{KnownNames.Library}}.ConcurrencyException">The last attempt also met a conflict.</exception>
                {{access}} {{recordings}} RetryOnConflictAsync<TAggregate>({{id}} id, global::System.Action<TAggregate> command, int maxAttempts = 5, {{Cancellation}} cancellationToken = default)
                    where TAggregate : class, {{KnownNames.Library}}.IAggregate<TAggregate, {{id}}, {{model.KeyType}}> =>
                    EventStore.RetryOnConflictAsync<TAggregate, {{id}}>(id, command, maxAttempts, cancellationToken);
                """);
            // An asynchronous lambda fits both overloads: it becomes a Task.
            foreach (var (task, priority) in new[] { ("Task", "[global::System.Runtime.CompilerServices.OverloadResolutionPriority(1)]\n"), ("ValueTask", "") })
            {
                writer.Line();
                writer.Line($$"""
                    /// <summary>Loads an aggregate, gives it to an asynchronous command, waits for it and saves; all of it again after a conflict.</summary>
                    /// <param name="id">The aggregate's id.</param>
                    /// <param name="command">Changes the aggregate. It is run on a fresh one each time.</param>
                    /// <param name="maxAttempts">How often it may run, at least once.</param>
                    /// <param name="cancellationToken">Gives up.</param>
                    /// <returns>The events that were saved, with their positions in the log.</returns>
                    /// <exception cref="{{KnownNames.Library}}.AggregateNotFoundException">There is no such aggregate.</exception>
                    /// <exception cref="{{KnownNames.Library}}.ConcurrencyException">The last attempt also met a conflict.</exception>
                    {{priority}}{{access}} {{recordings}} RetryOnConflictAsync<TAggregate>({{id}} id, global::System.Func<TAggregate, global::System.Threading.Tasks.{{task}}> command, int maxAttempts = 5, {{Cancellation}} cancellationToken = default)
                        where TAggregate : class, {{KnownNames.Library}}.IAggregate<TAggregate, {{id}}, {{model.KeyType}}> =>
                        EventStore.RetryOnConflictAsync<TAggregate, {{id}}>(id, command, maxAttempts, cancellationToken);
                    """);
            }
        }
    }

    /// <summary>The id types of the application's aggregates, each once, and the accessibility of methods that use them.</summary>
    public static IEnumerable<(string Type, string Accessibility)> IdTypes(ApplicationModel model) =>
        model.Aggregates.Select(a => (a.IdType, a.IsIdPublic ? "public" : "internal")).Distinct();
}
