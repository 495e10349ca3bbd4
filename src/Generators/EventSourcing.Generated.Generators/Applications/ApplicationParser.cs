using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Events;
using EventSourcing.Generators.Ids;
using EventSourcing.Generators.Projections;
using EventSourcing.Generators.Recorders;
using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Applications;

/// <summary>Reads an <c>[EventSourcedApplication]</c> class, for the generator and for the analyzer.</summary>
internal sealed class ApplicationParser
{
    private static readonly HashSet<string> Reserved =
    [
        "Repository", "NotificationLog", "Recorder", "OpenAsync", "DisposeAsync", "Create", "CreateRecorder", "_repository",
        "AggregateRepository", "Registry", .. Providers.All.Select(p => p.RecorderName), "SchemaSql", "EnsureSchemaAsync", "VerifySchemaAsync",
        "CreateSession", "Tracking", "Projections", "Views", "ViewSet", "_views", "GetView", .. ReservedNames.AccessorsOf("Repository", "NotificationLog", "Recorder", "Tracking", "Projections", "Views"),
    ];

    private readonly INamedTypeSymbol _type;
    private readonly Compilation _compilation;
    private readonly Action<Diagnostic>? _report;

    private readonly CancellationToken _cancellation;

    private ApplicationParser(INamedTypeSymbol type, Compilation compilation, Action<Diagnostic>? report, CancellationToken cancellation) =>
        (_type, _compilation, _report, _cancellation) = (type, compilation, report, cancellation);

    /// <summary>The model, or null when nothing can be generated for the class.</summary>
    /// <remarks>Parts with errors are left out, and the rest is generated, so that calls of it aren't reported too.</remarks>
    public static ApplicationModel? Parse(INamedTypeSymbol type, Compilation compilation, Action<Diagnostic>? report, CancellationToken cancellation) =>
        TypeRules.Check(type, TypeRules.Application, report, cancellation) & TypeRules.CheckNames(type, m => Reserved.Contains(m.Name) || ApplicationRules.IsOverloadedName(m), report)
            & TypeRules.CheckMembersOwnName(type, report) & ApplicationRules.Check(type, Reserved, compilation, report)
            ? new ApplicationParser(type, compilation, report, cancellation).Parse()
            : null;

    private ApplicationModel Parse()
    {
        var attribute = _type.FindAttribute(KnownNames.EventSourcedApplication)!;
        var table = RecorderParser.ParseTable(_type, attribute, _report);
        if (attribute.ConstructorArguments is [var named] && named.IsWrittenNull())
        {
            Report(Rules.NotAnAggregate, attribute.LocationOf(_type), "null", _type.Name, "it isn't a class; list the aggregates, or omit the argument");
        }

        var aggregates = Registered(attribute);
        var baseKey = ApplicationRules.BaseKeyOf(_type);
        var key = aggregates.Count == 0 ? baseKey ?? KeyKind.Guid : aggregates[0].Id.Key;
        if (baseKey is { } other && other != key)
        {
            // Code for either kind of key would not compile.
            Report(Rules.ApplicationConstructor, _type.UserLocation(), _type.Name, $"derives from {BaseFor(other)}, but the keys of '{aggregates[0].Type.Name}' are of the type {key}: derive from {BaseFor(key)}");
            (aggregates, key) = ([], other);
        }

        var services = ParseConstructor(key, out var constructorFits);
        var scopedSession = ScopedSessionParser.Parse(_type, key, _compilation, _report, out var sessionFits);
        var creators = ConnectionCreatorParser.Parse(_type, _compilation, _report);
        // An error is reported at the attribute that doesn't fit; the application is generated without any.
        if (!sessionFits || creators is null)
        {
            (scopedSession, creators) = (null, []);
        }

        if (_report is not null)
        {
            TopicRules.CheckApplication(_type, _report);
        }

        var shell = TypeShell.Of(_type) with { Quiet = NoticesOf(aggregates) };
        var views = RegisteredViews(attribute, table.Prefix, [.. aggregates.Select(a => a.Type)]);
        return new ApplicationModel
        {
            Shell = shell,
            IsPublic = _type.Reach() == SymbolExtensions.Rank(Accessibility.Public),
            Recorder = new RecorderModel
            {
                Shell = shell,
                Table = table with { Key = key },
                Engines = RecorderParser.ParseEngines(_type, creators, _compilation, _report),
                Views = views.Select(v => v.View).ToEquatableArray(),
                Handlers = RegisteredHandlers(attribute, [.. aggregates.Select(a => a.Type)], views).ToEquatableArray(),
            },
            Aggregates = aggregates.Select(a => new RegisteredAggregate(
                a.Type.ToDisplayString(Names.FullyQualified), a.Id.Type, a.IdType.Reach() == SymbolExtensions.Rank(Accessibility.Public))).ToEquatableArray(),
            Routes = RoutesOf([.. aggregates.Select(a => a.Type)]).ToEquatableArray(),
            AutoFlush = attribute.NamedFlag("AutoFlush", otherwise: true),
            ScopedSession = scopedSession,
            HasServices = _compilation.GetTypeByMetadataName(KnownNames.ServiceCollection) is not null
                && _type.Reach() >= SymbolExtensions.Rank(Accessibility.Internal),
            ExtensionsName = ApplicationRules.ExtensionsNameOf(_type),
            HasBase = ApplicationRules.HasBase(_type),
            HasConstructor = UserConstructors().Any(),
            ConstructorFits = constructorFits,
            Services = services.ToEquatableArray(),
        };
    }

    /// <summary>
    /// The aggregates that can be saved and loaded: without those that are refused, and those whose kind of key differs from the first.
    /// </summary>
    private List<(INamedTypeSymbol Type, ITypeSymbol IdType, IdModel Id)> Registered(AttributeData attribute)
    {
        var registered = new List<(INamedTypeSymbol Type, ITypeSymbol IdType, IdModel Id)>();
        foreach (var aggregate in _type.NamedAggregates().OfType<INamedTypeSymbol>().Where(a => !IsProjection(a) && CheckAggregate(a, attribute)))
        {
            // A diagnostic of the aggregate itself reports the error in it or in its id.
            if (!AggregateParser.IsWritten(aggregate, _compilation, _cancellation)
                || IdParser.FindType(aggregate, _compilation) is not { TypeKind: not TypeKind.Error } idType || IdParser.Parse(idType, _compilation) is not { } id)
            {
                continue;
            }

            if (registered.Count == 0 || registered[0].Id.Key == id.Key)
            {
                registered.Add((aggregate, idType, id));
            }
            else
            {
                Report(Rules.KeyKindsMixed, LocationOf(attribute, aggregate), aggregate.Name, id.Key, registered[0].Type.Name, registered[0].Id.Key);
            }
        }

        return registered;
    }

    /// <summary>The views, without those that are refused.</summary>
    private List<(INamedTypeSymbol Type, RegisteredView View)> RegisteredViews(AttributeData attribute, string prefix, IReadOnlyList<INamedTypeSymbol> aggregates)
    {
        List<(INamedTypeSymbol Type, RegisteredView View)> views = [];
        var indexes = new HashSet<string>(StringComparer.Ordinal);
        var names = new TableNames { Prefix = prefix, Schema = "", HasTextKeys = false };
        var events = EventsOf(aggregates);
        foreach (var type in _type.NamedAggregates().OfType<INamedTypeSymbol>().Where(t => IsProjection(t) && !HandlerClassParser.IsOne(t)))
        {
            // A diagnostic of the view itself reports the error in it. The methods of a view in a reference aren't known.
            var model = type.HasSourceIn(_compilation) ? ViewParser.Parse(type, _compilation, null, _cancellation) : null;
            var found = model is not null ? (model.Projection, model.Columns) : type.HasSourceIn(_compilation) ? null : ViewParser.ParseTable(type, _compilation);
            if (found is not { } table)
            {
                continue;
            }

            var reason = type.Name is "ViewSet" or "GetAsync" ? "the application has a property for each view, and another member with this name; rename the record"
                : names.ViewTable(table.Projection).Length > Identifier.LongestName ? $"the name of its table would be '{names.ViewTable(table.Projection)}', and not all databases keep more than {Identifier.LongestName} characters; shorten the name of the projection, or the TablePrefix of the application"
                : table.Columns.Where(c => c.Column.IsIndexed).Select(c => names.ViewIndex(table.Projection, c.Column.Name)).FirstOrDefault(n => !indexes.Add(n)) is { } index ? $"its index '{index}' has the name of another view's; rename the property or the projection"
                : null;
            if (reason is not null)
            {
                Report(Rules.ViewShape, LocationOf(attribute, type), type.Name, reason);
                continue;
            }

            if (model?.Handlers.FirstOrDefault(h => !events.Contains(h.EventType)) is { } foreign)
            {
                Report(Rules.ViewEvent, LocationOf(attribute, type), type.Name, foreign.EventType.Replace("global::", ""), _type.Name);
                continue;
            }

            if (views.Find(v => v.View.Projection == table.Projection || v.Type.Name == type.Name) is { Type: { } other } same)
            {
                var isName = same.View.Projection == table.Projection;
                Report(Rules.ViewDuplicate, LocationOf(attribute, type), other.Name, type.Name, _type.Name, isName ? $"name of their projections, '{table.Projection}'" : $"name of their records, '{type.Name}'");
                continue;
            }

            views.Add((type, new(
                Names.Escape(type.Name), type.ToDisplayString(Names.FullyQualified), table.Columns[0].Type,
                type.Reach() == SymbolExtensions.Rank(Accessibility.Public), table.Projection, table.Columns.Select(c => c.Column).ToEquatableArray())));
        }

        return views;
    }

    /// <summary>The classes with handlers, without those that are refused.</summary>
    private List<RegisteredHandlers> RegisteredHandlers(
        AttributeData attribute, IReadOnlyList<INamedTypeSymbol> aggregates, IReadOnlyList<(INamedTypeSymbol Type, RegisteredView View)> views)
    {
        List<(INamedTypeSymbol Type, string Projection)> taken = [.. views.Select(v => (v.Type, v.View.Projection))];
        List<RegisteredHandlers> found = [];
        var events = EventsOf(aggregates);
        foreach (var type in _type.NamedAggregates().OfType<INamedTypeSymbol>().Where(t => IsProjection(t) && HandlerClassParser.IsOne(t)))
        {
            // A diagnostic of the class itself reports the error in it. The methods of a class in a reference aren't known.
            var model = type.HasSourceIn(_compilation) ? HandlerClassParser.Parse(type, _compilation, null, _cancellation) : null;
            if ((model?.Projection ?? (type.HasSourceIn(_compilation) ? null : ViewParser.ParseName(type, null)?.Name)) is not { } projection)
            {
                continue;
            }

            if (model?.Handlers.FirstOrDefault(h => !events.Contains(h.EventType)) is { } foreign)
            {
                Report(Rules.ViewEvent, LocationOf(attribute, type), type.Name, foreign.EventType.Replace("global::", ""), _type.Name);
            }
            else if (taken.Find(t => t.Projection == projection) is { Type: { } other })
            {
                Report(Rules.ViewDuplicate, LocationOf(attribute, type), other.Name, type.Name, _type.Name, $"name of their projections, '{projection}'");
            }
            else
            {
                taken.Add((type, projection));
                found.Add(new(type.ToDisplayString(Names.FullyQualified), projection));
            }
        }

        return found;
    }

    /// <summary>The full names of the events' records.</summary>
    private static HashSet<string> EventsOf(IReadOnlyList<INamedTypeSymbol> aggregates) => new(
        aggregates.SelectMany(TopicReader.All).Select(e => $"{e.Aggregate.ToDisplayString(Names.FullyQualified)}.{Names.Escape(e.TypeName)}"), StringComparer.Ordinal);

    private static bool IsProjection(INamedTypeSymbol type) => type.FindAttribute(KnownNames.Projection) is not null && !type.IsEventSourced();

    /// <summary>The ids of warnings that the compiler reports for the types that the application names.</summary>
    private EquatableArray<string> NoticesOf(List<(INamedTypeSymbol Type, ITypeSymbol IdType, IdModel Id)> aggregates)
    {
        var notices = new UseNotices();
        foreach (var (type, idType, _) in aggregates)
        {
            notices.Add(type);
            notices.Add(idType);
        }

        foreach (var argument in _type.GetAttributes().SelectMany(a => a.ConstructorArguments).Where(a => a.Kind == TypedConstantKind.Type))
        {
            notices.Add(argument.Value as ITypeSymbol);
        }

        foreach (var constructor in UserConstructors())
        {
            notices.AddSignature(constructor);
        }

        notices.Add(_type.BaseType);
        notices.AddMembersOf(_type);
        return notices.Ids;
    }

    private bool CheckAggregate(INamedTypeSymbol aggregate, AttributeData attribute)
    {
        var reason = aggregate switch
        {
            { TypeKind: TypeKind.Error } => "",
            // A class with events that only lacks the attribute has its own error.
            _ when !aggregate.IsEventSourced() => aggregate.GetMembers().Any(m => m is IMethodSymbol && m.FindAttribute(KnownNames.Event) is not null) ? "" : "it has no [EventSourced]; add the attribute to the class, or remove the class from this list",
            { IsAbstract: true } => "it is abstract; list the classes that derive from it",
            _ => null,
        };
        if (reason is { Length: > 0 })
        {
            Report(Rules.NotAnAggregate, LocationOf(attribute, aggregate), aggregate.Name, _type.Name, reason);
        }

        return reason is null;
    }

    /// <summary>The place where the attribute names the class.</summary>
    private Location LocationOf(AttributeData attribute, INamedTypeSymbol aggregate)
    {
        var index = attribute.ConstructorArguments[0].Values.TakeWhile(v => !SymbolEqualityComparer.Default.Equals(v.Value as ISymbol, aggregate)).Count();
        return attribute.ApplicationSyntaxReference?.GetSyntax() is AttributeSyntax { ArgumentList.Arguments: var arguments }
            && index < arguments.Count && arguments[index].Expression is TypeOfExpressionSyntax named
            ? named.GetLocation()
            : attribute.LocationOf(_type);
    }

    private IEnumerable<IMethodSymbol> UserConstructors() => _type.InstanceConstructors.Where(c => c.IsUserWritten());

    /// <summary>The arguments of the constructor from dependency injection.</summary>
    private IReadOnlyList<string> ParseConstructor(KeyKind key, out bool fits)
    {
        var constructors = UserConstructors().ToList();
        fits = constructors.Count == 0;
        if (fits)
        {
            return [];
        }
        // The compiler reports what is missing.
        if (constructors.Any(c => c.IsHalfTyped()))
        {
            return [];
        }

        string? reason = null;
        if (constructors.Count > 1)
        {
            reason = "has more than one constructor: declare only one, or none to use the generated constructor";
        }
        else if (constructors[0].Parameters is not [{ } first, ..] || !first.Type.IsNamed("EventSourcing.ApplicationContext"))
        {
            reason = "must have a constructor whose first parameter is the ApplicationContext that connects the application with its store";
        }
        else if (constructors[0].Parameters.Any(p => p.RefKind != RefKind.None))
        {
            reason = "takes a parameter by reference; take it by value";
        }
        else if (constructors[0].Parameters.Length > 1 && _compilation.GetTypeByMetadataName(KnownNames.ServiceCollection) is null)
        {
            reason = "takes services, but the project doesn't reference dependency injection; reference Microsoft.Extensions.DependencyInjection.Abstractions";
        }
        else if (!PassesArguments(constructors[0]))
        {
            reason = $"must pass its ApplicationContext to the base class: write ': base({first.Name})' after the parameters, or ': {BaseFor(key)}({first.Name})' after the parameters of a primary constructor";
        }

        reason ??= constructors[0].Parameters.Skip(1).Select(ServiceArguments.ReasonAgainst).FirstOrDefault(r => r is not null);
        fits = reason is null;
        if (fits)
        {
            return [.. constructors[0].Parameters.Skip(1).Select(ServiceArguments.Of)];
        }

        Report(Rules.ApplicationConstructor, constructors[constructors.Count - 1].UserLocation(), _type.Name, reason!);
        return [];
    }

    private static string BaseFor(KeyKind key) => $"EventSourcedApplication<{(key == KeyKind.String ? "string" : "Guid")}>";

    /// <summary>Whether a constructor calls another one with arguments. The compiler checks the arguments.</summary>
    private static bool PassesArguments(IMethodSymbol constructor) => constructor.DeclaringSyntaxReferences.Select(r => r.GetSyntax()).Any(s => s switch
    {
        ConstructorDeclarationSyntax declared => declared.Initializer is { ArgumentList.Arguments.Count: > 0 },
        TypeDeclarationSyntax type => type.BaseList?.Types.OfType<PrimaryConstructorBaseTypeSyntax>().Any(b => b.ArgumentList.Arguments.Count > 0) == true,
        _ => true,
    });

    // A route is the text before an event's name, if that belongs to one aggregate: then another event changes nothing in the application.
    private IEnumerable<TopicRoute> RoutesOf(List<INamedTypeSymbol> aggregates)
    {
        foreach (var topics in TopicsOf(aggregates).GroupBy(t => t.Topic.Substring(0, Math.Max(t.Topic.LastIndexOf('.'), 0))))
        {
            var aggregate = topics.First().Aggregate;
            if (topics.Key.Length > 0 && topics.All(t => t.Aggregate == aggregate))
            {
                yield return new TopicRoute(topics.Key, true, aggregate);
                continue;
            }

            foreach (var topic in topics)
            {
                yield return new TopicRoute(topic.Topic, false, topic.Aggregate);
            }
        }
    }

    private IEnumerable<(string Topic, int Aggregate)> TopicsOf(List<INamedTypeSymbol> aggregates)
    {
        // Events of a common base are read by the first aggregate that has them.
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < aggregates.Count; i++)
        {
            // A refused aggregate reads no events. Its own error gives the reason.
            if (!aggregates[i].DeclaringSyntaxReferences.IsEmpty && !AggregateParser.IsWritten(aggregates[i], _compilation, default))
            {
                continue;
            }

            foreach (var topic in TopicReader.All(aggregates[i]).SelectMany(e => e.Topics))
            {
                if (seen.Add(topic))
                {
                    yield return (topic, i);
                }
            }
        }
    }

    private void Report(DiagnosticDescriptor rule, Location location, params object[] arguments) =>
        _report?.Invoke(Diagnostic.Create(rule, location, arguments));
}
