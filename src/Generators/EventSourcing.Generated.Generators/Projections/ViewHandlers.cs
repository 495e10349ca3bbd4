using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Events;
using EventSourcing.Generators.Ids;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Projections;

/// <summary>Reads the methods <c>When</c> and <c>KeyOf</c> of a view.</summary>
internal sealed class ViewHandlers
{
    public const string When = "When";
    public const string KeyOf = "KeyOf";

    private readonly INamedTypeSymbol _view;
    private readonly ITypeSymbol _key;
    private readonly Compilation _compilation;
    private readonly Action<Diagnostic>? _report;
    private bool _fits = true;

    private ViewHandlers(INamedTypeSymbol view, ITypeSymbol key, Compilation compilation, Action<Diagnostic>? report) =>
        (_view, _key, _compilation, _report) = (view, key, compilation, report);

    /// <summary>The events that the view handles.</summary>
    /// <param name="view">The record.</param>
    /// <param name="key">The type of its key.</param>
    /// <param name="compilation">The compilation of both.</param>
    /// <param name="report">Receives the diagnostics.</param>
    /// <param name="fits">Whether all methods can be called.</param>
    public static IReadOnlyList<HandlerModel> Parse(INamedTypeSymbol view, ITypeSymbol key, Compilation compilation, Action<Diagnostic>? report, out bool fits)
    {
        var parser = new ViewHandlers(view, key, compilation, report);
        var handlers = parser.Parse();
        fits = parser._fits;
        return handlers;
    }

    private List<HandlerModel> Parse()
    {
        var whens = Methods(When).Select(m => (Method: m, Event: ParseWhen(m))).Where(w => w.Event is not null).ToList();
        var keyOfs = Methods(KeyOf).Select(m => (Method: m, Event: ParseKeyOf(m))).Where(k => k.Event is not null).ToList();
        if (whens.Count == 0 && _fits)
        {
            Report(Rules.ViewShape, _view, _view.Name, "it has no method When, so it would never have a row: write 'private static " + _view.Name + " When(Dog.Registered e, EventHeader header) => …'");
        }

        foreach (var (method, reason) in HandledEvent.Repeated(whens).Concat(HandledEvent.Repeated(keyOfs)))
        {
            Report(Rules.ViewHandler, method, Show(method), reason);
        }

        foreach (var unused in keyOfs.Where(k => whens.TrueForAll(w => w.Event!.FullName != k.Event!.FullName)))
        {
            Report(Rules.ViewHandler, unused.Method, Show(unused.Method), "is never called, because the view has no When for this event; add it, or remove this method");
        }

        List<HandlerModel> handlers = [];
        foreach (var (method, handled) in whens)
        {
            var keyOf = keyOfs.FirstOrDefault(k => k.Event!.FullName == handled!.FullName).Method;
            if (keyOf is null && KeyOfAggregate(handled!.Aggregate) is not { } ofAggregate)
            {
                Report(
                    Rules.ViewKey, method, _view.Name, $"the id of '{handled.Aggregate.Name}' has the type '{(IdParser.FindType(handled.Aggregate, _compilation) is { } id ? Names.Show(id) : "Guid")}', but the key of the view '{Names.Show(_key)}': write 'private static {Names.Show(_key)} KeyOf({handled.Written} e) => …'");
                continue;
            }

            handlers.Add(new HandlerModel
            {
                EventType = handled!.FullName,
                Topics = handled.Topics.ToEquatableArray(),
                EventName = handled.Name,
                Kind = !method.IsStatic ? HandlerKind.Changes : TakesRow(method) ? HandlerKind.Replaces : HandlerKind.Creates,
                TakesKey = TakesKey(method),
                TakesHeader = IsHeader(method.Parameters[method.Parameters.Length - 1].Type),
                Key = keyOf is null ? KeySource.Aggregate : IsKey(keyOf.ReturnType) ? KeySource.One : KeySource.Many,
                KeyTakesHeader = keyOf?.Parameters.Length == 2,
                KeyOfAggregate = keyOf is null ? KeyOfAggregate(handled.Aggregate)! : "",
            });
        }

        return handlers;
    }

    private IEnumerable<IMethodSymbol> Methods(string name) => _view.GetMembers(name).OfType<IMethodSymbol>().Where(m => m.IsUserWritten());

    private HandledEvent? ParseWhen(IMethodSymbol method)
    {
        var parameters = method.Parameters.Skip((TakesRow(method) ? 1 : 0) + (TakesKey(method) ? 1 : 0)).ToList();
        var reason = Common(method) ?? (parameters.Count is < 1 or > 2 || (parameters.Count == 2 && !IsHeader(parameters[1].Type))
            ? $"must take an event, and may take an EventHeader after it: write '{Expected("Dog.Registered")}'"
            : !SymbolEqualityComparer.Default.Equals(method.ReturnType, _view) ? $"must return '{_view.Name}'{(method.IsStatic && !TakesRow(method) ? "" : " or null")}, the row afterwards"
            : method.IsStatic && !TakesRow(method) && method.ReturnType.NullableAnnotation == NullableAnnotation.Annotated
                ? $"creates a row, so it can't return null; to leave out some rows, write 'static {_view.Name}? When({_view.Name}? row, …)'"
            : TakesRow(method) && !method.IsStatic ? "takes a row, so it must be static"
            : TakesKey(method) && !method.IsStatic ? "takes the key, which the row has already; remove the parameter"
            : null);
        return Resolve(method, parameters.FirstOrDefault(), reason);
    }

    private HandledEvent? ParseKeyOf(IMethodSymbol method)
    {
        var reason = Common(method) ?? (!method.IsStatic ? "must be static, because it is called before the row is read"
            : method.Parameters.Length is < 1 or > 2 || (method.Parameters.Length == 2 && !IsHeader(method.Parameters[1].Type))
                ? $"must take an event, and may take an EventHeader after it"
            : !IsKey(method.ReturnType) && !ReturnsKeys(method.ReturnType) ? $"must return the key '{Names.Show(_key)}', or several in an IEnumerable<{Names.Show(_key)}>"
            : null);
        return Resolve(method, method.Parameters.FirstOrDefault(), reason);
    }

    private HandledEvent? Resolve(IMethodSymbol method, IParameterSymbol? parameter, string? reason)
    {
        if (reason is not null || parameter is null)
        {
            Report(Rules.ViewHandler, method, Show(method), reason ?? "takes no event");
            return null;
        }

        if (HandledEvent.Find(parameter, _view) is { } found)
        {
            return found;
        }

        Report(Rules.ViewHandler, method, Show(method), HandledEvent.ReasonAgainst(parameter));
        return null;
    }

    private static string? Common(IMethodSymbol method) =>
        method.IsGenericMethod ? "is generic"
        : method.IsAsync ? "is asynchronous, but a fold has nothing to wait for"
        : method.Parameters.Any(p => p.RefKind is not (RefKind.None or RefKind.In)) ? "takes a parameter by reference"
        : null;

    private bool TakesRow(IMethodSymbol method) => method.Parameters is [{ } first, ..] && SymbolEqualityComparer.Default.Equals(first.Type, _view);

    /// <summary>Whether a method takes the key before the event: a row can be created for each of several keys.</summary>
    private bool TakesKey(IMethodSymbol method) =>
        method.Parameters.Skip(TakesRow(method) ? 1 : 0).FirstOrDefault() is { } next && SymbolEqualityComparer.Default.Equals(next.Type, _key);

    private static bool IsHeader(ITypeSymbol type) => HandledEvent.IsHeader(type);

    private bool IsKey(ITypeSymbol type) => SymbolEqualityComparer.Default.Equals(type, _key) && type.NullableAnnotation != NullableAnnotation.Annotated;

    private bool ReturnsKeys(ITypeSymbol type) => type.SpecialType != SpecialType.System_String
        && type.AllInterfaces.Concat([type as INamedTypeSymbol]).Any(i => i is { OriginalDefinition.SpecialType: SpecialType.System_Collections_Generic_IEnumerable_T } many && IsKey(many.TypeArguments[0]));

    /// <summary>The expression that converts the id of an aggregate to the key; null if their types don't fit.</summary>
    private string? KeyOfAggregate(INamedTypeSymbol aggregate)
    {
        var idType = IdParser.FindType(aggregate, _compilation);
        var id = idType is null ? null : IdParser.Parse(idType, _compilation);
        var key = IdParser.Parse(_key, _compilation);
        return id is null || key is null || id.Key != key.Key || (id.Type != key.Type && key.Type != key.KeyType)
            ? null
            : key.IdOf($"({key.KeyType})header.AggregateId");
    }

    private string Expected(string e) => $"private static {_view.Name} When({e} e, EventHeader header)";

    private static string Show(IMethodSymbol method) => HandledEvent.Show(method);

    private void Report(DiagnosticDescriptor rule, ISymbol symbol, params object[] arguments)
    {
        _fits = false;
        _report?.Invoke(Diagnostic.Create(rule, symbol.UserLocation(), arguments));
    }
}
