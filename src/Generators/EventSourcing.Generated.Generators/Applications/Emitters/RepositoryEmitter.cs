using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Applications.Emitters;

/// <summary>
/// Writes the methods that take the id of an aggregate, once for each type of ids. The base class has those whose id is the key, so an
/// application without other ids needs none.
/// </summary>
internal static class RepositoryEmitter
{
    private const string Task = "global::System.Threading.Tasks.ValueTask";
    private const string Cancellation = $"{KnownNames.Cancellation} cancellationToken = default";
    private const string Repository = $"{KnownNames.Library}.AggregateRepository";
    private const string Application = $"{KnownNames.Library}.EventSourcedApplication";

    public static void Write(ApplicationModel model, SourceWriter writer)
    {
        var ids = model.Aggregates.Select(a => new IdType(a.IdType, model.KeyType, a.IsIdPublic)).Distinct().ToList();
        if (ids.TrueForAll(id => id.IsKey))
        {
            return;
        }

        writer.Line();
        writer.Line("""
            private AggregateRepository? _repository;

            /// <summary>Loads aggregates.</summary>
            public new AggregateRepository Repository => _repository ??= new AggregateRepository(this);
            """);
        ids.ForEach(id => WriteRetries(id, writer));
        writer.Line();
        writer.Line("/// <summary>Loads the aggregates of the application. Thread safe.</summary>");
        writer.Line(KnownNames.GeneratedCode);
        writer.Line(KnownNames.StepThrough);
        using (writer.Open($"public sealed class AggregateRepository : {Repository}<{model.KeyType}>"))
        {
            writer.Line($$"""
                internal AggregateRepository({{model.Shell.Name}} application)
                    : base(application)
                {
                }
                """);
            ids.ForEach(id => WriteLoads(id, writer));
        }
    }

    private static void WriteRetries(IdType id, SourceWriter writer)
    {
        const string Recorded = $"{KnownNames.Library}.RecordedEvent";
        const string Priority = "[global::System.Runtime.CompilerServices.OverloadResolutionPriority(1)]\n";
        // An asynchronous lambda fits both overloads with a function: it becomes a Task.
        foreach (var (priority, type, documented) in new[]
        {
            ("", "global::System.Action<TAggregate>", "global::System.Action{TAggregate}"),
            (Priority, "global::System.Func<TAggregate, global::System.Threading.Tasks.Task>", "global::System.Func{TAggregate, global::System.Threading.Tasks.Task}"),
            ("", $"global::System.Func<TAggregate, {Task}>", $"global::System.Func{{TAggregate, {Task}}}"),
        })
        {
            writer.Line();
            writer.Line($$"""
                /// <inheritdoc cref="{{Application}}{TKey}.RetryOnConflictAsync{TAggregate}(TKey, {{documented}}, int, {{KnownNames.Cancellation}})"/>
                {{priority}}{{id.Modifiers}} {{Task}}<global::System.Collections.Generic.IReadOnlyList<{{Recorded}}<{{id.Key}}>>> RetryOnConflictAsync<TAggregate>({{id.Type}} id, {{type}} command, int maxAttempts = 5, {{Cancellation}})
                    {{id.Constraint}} =>
                    RetryOnConflictAsync<TAggregate, {{id.Type}}>(id, command, maxAttempts, cancellationToken);
                """);
        }
    }

    private static void WriteLoads(IdType id, SourceWriter writer)
    {
        foreach (var (method, result, hasVersion) in new[]
        {
            ("GetAsync", "TAggregate", false), ("GetAsync", "TAggregate", true),
            ("TryGetAsync", "TAggregate?", false), ("TryGetAsync", "TAggregate?", true),
            ("ExistsAsync", "bool", false),
        })
        {
            var (documented, parameter, argument) = hasVersion ? ("TKey, long", ", long version", ", version") : ("TKey", "", method == "ExistsAsync" ? "" : ", null");
            writer.Line();
            writer.Line($$"""
                /// <inheritdoc cref="{{Repository}}{TKey}.{{method}}{TAggregate}({{documented}}, {{KnownNames.Cancellation}})"/>
                {{id.Modifiers}} {{Task}}<{{result}}> {{method}}<TAggregate>({{id.Type}} id{{parameter}}, {{Cancellation}})
                    {{id.Constraint}} =>
                    {{method}}<TAggregate, {{id.Type}}>(id{{argument}}, cancellationToken);
                """);
        }
    }

    /// <summary>A type of ids. An id that isn't public can't be in the signature of a public method.</summary>
    private readonly record struct IdType(string Type, string Key, bool IsPublic)
    {
        public bool IsKey => Type == Key;

        /// <summary>The methods for keys hide those of the base class, so that all overloads are in one class and the types decide.</summary>
        public string Modifiers => (IsPublic ? "public" : "internal") + (IsKey ? " new" : "");

        public string Constraint => $"where TAggregate : class, {KnownNames.Services}.IAggregate<TAggregate, {Type}, {Key}>";
    }
}
