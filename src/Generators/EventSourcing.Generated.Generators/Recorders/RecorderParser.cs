using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Recorders;

/// <summary>Reads the tables of an <c>[EventSourcedApplication]</c>, and the engines that its project references.</summary>
internal static class RecorderParser
{
    /// <summary>The tables. A name that can't be used is reported and replaced by another one, so that the rest is generated.</summary>
    public static TableModel ParseTable(INamedTypeSymbol application, AttributeData attribute, Action<Diagnostic>? report)
    {
        var at = attribute.LocationOf(application);
        var prefix = attribute.Named<string>("TablePrefix") ?? application.Name.ToLowerInvariant();
        if (!Identifier.IsAllowed(prefix))
        {
            report?.Invoke(Diagnostic.Create(Rules.TablePrefixInvalid, at, prefix));
            prefix = "refused";
        }

        var schema = attribute.Named<string>("Schema") ?? "public";
        if (!Identifier.IsAllowedSchema(schema))
        {
            report?.Invoke(Diagnostic.Create(Rules.SchemaInvalid, at, schema));
            schema = "public";
        }

        return new TableModel
        {
            Prefix = prefix,
            Schema = schema,
            CreateTables = attribute.NamedFlag("CreateTables", otherwise: true),
            NotifyInTransaction = attribute.NamedFlag("NotifyInTransaction", otherwise: false),
        };
    }

    /// <summary>The recorders for the tables.</summary>
    /// <param name="shell">The application.</param>
    /// <param name="table">Its tables, with the kind of its keys.</param>
    /// <param name="creators">Its connection creators.</param>
    /// <param name="compilation">The compilation that may reference providers.</param>
    public static RecorderModel Parse(TypeShell shell, TableModel table, IReadOnlyList<ConnectionCreator> creators, Compilation compilation) => new()
    {
        Shell = shell,
        Table = table,
        Engines = Providers.All.Where(p => p.IsReferencedBy(compilation))
            .Select(p => new EngineModel(p, creators.FirstOrDefault(c => c.Provider == p)?.Function))
            .ToEquatableArray(),
    };
}
