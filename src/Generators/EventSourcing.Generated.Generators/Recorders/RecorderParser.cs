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
        var prefix = attribute.Named<string>("TablePrefix") ?? application.Name.ToLowerInvariant();
        if (!Identifier.IsAllowed(prefix))
        {
            report?.Invoke(Diagnostic.Create(Rules.TablePrefixInvalid, attribute.LocationOf(application), prefix));
            prefix = "refused";
        }

        return new TableModel
        {
            Prefix = prefix,
            CreateTables = attribute.NamedFlag("CreateTables", otherwise: true),
        };
    }

    /// <summary>The engines that the project references, each with the settings of its attribute.</summary>
    public static EquatableArray<EngineModel> ParseEngines(
        INamedTypeSymbol application, IReadOnlyList<ConnectionCreator> creators, Compilation compilation, Action<Diagnostic>? report) =>
        Providers.All.Where(p => p.IsReferencedBy(compilation))
            .Select(p => new EngineModel(p, ParseSettings(p, application, report), creators.FirstOrDefault(c => c.Provider == p)?.Function))
            .ToEquatableArray();

    private static TableSettings ParseSettings(ProviderModel provider, INamedTypeSymbol application, Action<Diagnostic>? report)
    {
        var attribute = provider.SettingsAttribute is { } name ? application.FindAttribute(name) : null;
        var schema = provider.DefaultSchema;
        if (schema is not null && attribute?.Named<string>("Schema") is { } named)
        {
            if (Identifier.IsAllowedSchema(named))
            {
                schema = named;
            }
            else
            {
                report?.Invoke(Diagnostic.Create(Rules.SchemaInvalid, attribute.LocationOf("Schema", application), named));
            }
        }

        return new TableSettings
        {
            Schema = schema,
            NotifyInTransaction = provider.NotifiesInTransaction && attribute?.NamedFlag("NotifyInTransaction", otherwise: false) == true,
        };
    }
}
