using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Ids;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Projections;

/// <summary>Reads a class with <c>[Projection]</c> that isn't a record, for the generator and for the analyzer.</summary>
internal sealed class HandlerClassParser
{
    public const string Reset = "Reset";

    /// <summary>The name of the generated class with the topics.</summary>
    public const string Data = "ProjectionData";

    private readonly INamedTypeSymbol _type;
    private readonly Compilation _compilation;
    private readonly Action<Diagnostic>? _report;
    private bool _failed;

    private HandlerClassParser(INamedTypeSymbol type, Compilation compilation, Action<Diagnostic>? report) =>
        (_type, _compilation, _report) = (type, compilation, report);

    /// <summary>Whether a type with <c>[Projection]</c> has handlers. Otherwise it is a view.</summary>
    public static bool IsOne(INamedTypeSymbol type) => type is { IsRecord: false, TypeKind: TypeKind.Class };

    /// <summary>The model, or null when nothing can be generated for the class.</summary>
    public static HandlerClassModel? Parse(INamedTypeSymbol type, Compilation compilation, Action<Diagnostic>? report, CancellationToken cancellation) =>
        new HandlerClassParser(type, compilation, report).Parse(cancellation);

    private HandlerClassModel? Parse(CancellationToken cancellation)
    {
        CheckType(cancellation);
        if (ViewParser.ParseName(_type, _report) is not var (projection, version, onError, _))
        {
            return null;
        }

        var whens = Methods(ViewHandlers.When).Select(m => (Method: m, Event: ParseWhen(m))).Where(w => w.Event is not null).ToList();
        CheckWhens(whens);
        var key = whens.Count > 0 && IdParser.FindType(whens[0].Event!.Aggregate, _compilation) is { TypeKind: not TypeKind.Error } idType && IdParser.Parse(idType, _compilation) is { } id
            ? id.Key
            : KeyKind.Guid;
        var arguments = ParseConstructor(key, out var hasServices);
        var reset = ParseReset();
        return _failed || reset is null ? null : new HandlerClassModel
        {
            Shell = TypeShell.Of(_type) with { Quiet = NoticesOf() },
            Projection = projection,
            Version = version,
            OnError = onError,
            Key = key,
            Arguments = arguments.ToEquatableArray(),
            HasServices = hasServices,
            Handlers = whens.Select(w => Describe(w.Method, w.Event)).ToEquatableArray(),
            Reset = reset,
        };
    }

    private void CheckType(CancellationToken cancellation)
    {
        _failed |= !ViewParser.CheckDeclarations(_type, _report, cancellation) | !TypeRules.CheckNames(_type, m => m.Name == Data, _report);
        var reason = _type switch
        {
            { IsAbstract: true } => "it is abstract, but generated code creates it: remove 'abstract'",
            { IsFileLocal: true } => "it is local to its file, but the generated part is in another file; make it internal",
            _ when _type.Reach() < SymbolExtensions.Rank(Accessibility.Internal) => "the application can't access it; make it internal or public",
            _ when _type.GetMembers().Any(m => m is IPropertySymbol { IsRequired: true } or IFieldSymbol { IsRequired: true }) =>
                "it has a required member, but generated code only calls its constructor; take the value as a parameter of the constructor",
            _ => null,
        };
        if (reason is not null)
        {
            Fail(_type, reason);
        }

        if (Methods(ViewHandlers.KeyOf).FirstOrDefault() is { } keyOf)
        {
            Fail(Rules.ViewHandler, keyOf, HandledEvent.Show(keyOf), "is never called, because handlers have no rows: remove it");
        }

        foreach (var misnamed in Methods(ViewHandlers.When + "Async").Concat(Methods(Reset + "Async")))
        {
            Fail(Rules.ViewHandler, misnamed, HandledEvent.Show(misnamed), $"is never called: name it '{misnamed.Name.Substring(0, misnamed.Name.Length - "Async".Length)}'");
        }

        for (var parent = _type.BaseType; parent is not null; parent = parent.BaseType)
        {
            if (parent.GetMembers(ViewHandlers.When).OfType<IMethodSymbol>().FirstOrDefault() is { } inherited)
            {
                Fail(_type, $"'{parent.Name}.{HandledEvent.Show(inherited)}' is never called, because only methods of the class itself are: move it");
            }
        }
    }

    private void CheckWhens(IReadOnlyList<(IMethodSymbol Method, HandledEvent? Event)> whens)
    {
        if (whens.Count == 0 && !_failed)
        {
            Fail(_type, "it has no method When, so it would do nothing: write 'private async Task When(Dog.Registered e, EventHeader header, CancellationToken cancellationToken)'; a view is a record: 'sealed partial record'");
        }

        foreach (var (method, reason) in HandledEvent.Repeated(whens))
        {
            Fail(Rules.ViewHandler, method, HandledEvent.Show(method), reason);
        }
    }

    private HandledEvent? ParseWhen(IMethodSymbol method)
    {
        var parameters = method.Parameters;
        var rest = parameters.Skip(1).ToList();
        if (rest.Count > 0 && HandledEvent.IsHeader(rest[0].Type))
        {
            rest.RemoveAt(0);
        }

        var reason = Common(method) ?? (parameters.Length == 0 || rest.Count > 1 || (rest.Count == 1 && !IsToken(rest[0].Type))
            ? "must take an event, and may take an EventHeader and a CancellationToken after it: write 'private async Task When(Dog.Registered e, EventHeader header, CancellationToken cancellationToken)'; take services in the constructor"
            : null);
        if (reason is null && HandledEvent.Find(parameters[0], _type) is { } found)
        {
            return found;
        }

        Fail(Rules.ViewHandler, method, HandledEvent.Show(method), reason ?? HandledEvent.ReasonAgainst(parameters[0]));
        return null;
    }

    private HandlerMethod? ParseReset()
    {
        var methods = Methods(Reset).ToList();
        if (methods.Count == 0)
        {
            if (!_failed)
            {
                Fail(_type, "it has no method Reset, so that its rows would stay when all events are processed again, and would count twice: write 'private async Task Reset(CancellationToken cancellationToken)', which empties its tables");
            }

            return null;
        }

        foreach (var method in methods)
        {
            if ((methods.Count > 1 ? "exists more than once, and only one can be called; remove the others" : Common(method)
                ?? (method.Parameters.Length > 1 || (method.Parameters.Length == 1 && !IsToken(method.Parameters[0].Type)) ? "may take a CancellationToken, and nothing else" : null)) is { } reason)
            {
                Fail(Rules.ViewHandler, method, HandledEvent.Show(method), reason);
            }
        }

        return Describe(methods[0], null);
    }

    /// <summary>The arguments of the constructor.</summary>
    private List<string> ParseConstructor(KeyKind key, out bool hasServices)
    {
        hasServices = false;
        var constructors = _type.InstanceConstructors.Where(c => c.IsUserWritten()).ToList();
        if (constructors.Count == 0 || constructors.Exists(c => c.IsHalfTyped()))
        {
            // None has no parameters, and for the rest the compiler has an error.
            return [];
        }

        if (constructors.Count > 1)
        {
            Fail(constructors[1], "it has more than one constructor, and generated code calls one: remove the others");
            return [];
        }

        List<string> arguments = [];
        foreach (var parameter in constructors[0].Parameters)
        {
            var argument = Argument(parameter, key, arguments.Count, ref hasServices, out var reason);
            if (reason is not null)
            {
                Fail(parameter, reason);
            }

            arguments.Add(argument ?? "");
        }

        return arguments;
    }

    private string? Argument(IParameterSymbol parameter, KeyKind key, int index, ref bool hasServices, out string? reason)
    {
        reason = null;
        var type = parameter.Type;
        if (parameter.RefKind != RefKind.None)
        {
            reason = $"its constructor takes '{parameter.Name}' by reference; take it by value";
            return null;
        }

        if (type is INamedTypeSymbol { Name: "StoreTransaction", TypeArguments: [var ofKey] } transaction && transaction.OriginalDefinition.IsNamed("EventSourcing.StoreTransaction`1"))
        {
            var wanted = key == KeyKind.Guid ? "Guid" : "string";
            reason = (ofKey.SpecialType == SpecialType.System_String) == (key != KeyKind.Guid) ? null : $"the keys of the events' aggregates are of the type {wanted}: take a 'StoreTransaction<{wanted}>'";
            return "transaction";
        }

        if (type.IsOrDerivesFrom("System.Data.Common.DbConnection"))
        {
            return Cast("transaction.Connection", "System.Data.Common.DbConnection");
        }

        if (type.IsOrDerivesFrom("System.Data.Common.DbTransaction"))
        {
            return Cast("transaction.DbTransaction", "System.Data.Common.DbTransaction");
        }

        // Another one may be null, or has a default value.
        if (type.IsRefLikeType || (type is { IsValueType: true, OriginalDefinition.SpecialType: not SpecialType.System_Nullable_T } && !parameter.HasExplicitDefaultValue))
        {
            reason = $"its constructor takes '{parameter.Name}', and the value type '{type.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat)}' can't be a service: "
                + (IsToken(type) ? $"take the CancellationToken in '{ViewHandlers.When}' and '{Reset}'" : "take a class that has the value, or give the parameter a default value");
            return null;
        }

        if (_compilation.GetTypeByMetadataName(KnownNames.ServiceCollection) is null)
        {
            reason = $"its constructor takes the service '{parameter.Name}', but the project doesn't reference dependency injection; reference Microsoft.Extensions.DependencyInjection.Abstractions";
            return null;
        }

        if (ServiceArguments.ReasonAgainst(parameter) is { } against)
        {
            reason = $"its constructor {against}";
            return null;
        }

        hasServices = true;
        var service = ServiceArguments.Of(parameter, index);
        if (!type.IsOrDerivesFrom("Microsoft.EntityFrameworkCore.DbContext"))
        {
            return service;
        }

        if (_compilation.GetTypeByMetadataName("EventSourcing.StoreTransactionDbContextExtensions") is null)
        {
            reason = $"its constructor takes the context '{parameter.Name}', but without the package EventSourcing.Generated.EntityFrameworkCore its changes can't be in the transaction; reference the package";
            return null;
        }

        return $"await {KnownNames.Library}.StoreTransactionDbContextExtensions.UseDbContextAsync(transaction, {service}, cancellationToken).ConfigureAwait(false)";

        string Cast(string expression, string plain) => type.IsNamed(plain) ? expression : $"({type.ToDisplayString(Names.FullyQualified)}){expression}";
    }

    private EquatableArray<string> NoticesOf()
    {
        var notices = new UseNotices();
        foreach (var constructor in _type.InstanceConstructors.Where(c => c.IsUserWritten()))
        {
            notices.AddSignature(constructor);
        }

        return notices.Ids;
    }

    private static HandlerMethod Describe(IMethodSymbol method, HandledEvent? handled) => new(
        handled?.FullName ?? "", (handled?.Topics ?? []).ToEquatableArray(), method.IsStatic, !method.ReturnsVoid, method.Parameters.Any(p => HandledEvent.IsHeader(p.Type)), method.Parameters.Any(p => IsToken(p.Type)));

    private static string? Common(IMethodSymbol method) =>
        method.IsGenericMethod ? "is generic"
        : method.Parameters.Any(p => p.RefKind is not (RefKind.None or RefKind.In)) ? "takes a parameter by reference"
        : method is { ReturnsVoid: true, IsAsync: true } ? "is 'async void', so that the commit would not wait for it: return Task"
        : !method.ReturnsVoid && !method.ReturnType.IsNamed("System.Threading.Tasks.Task") && !method.ReturnType.IsNamed("System.Threading.Tasks.ValueTask")
            ? "must return Task, ValueTask or void" + (method.Name == ViewHandlers.When ? "; the columns of a view are those of a record: 'sealed partial record'" : "")
        : null;

    private static bool IsToken(ITypeSymbol type) => type.IsNamed("System.Threading.CancellationToken");

    private IEnumerable<IMethodSymbol> Methods(string name) => _type.GetMembers(name).OfType<IMethodSymbol>().Where(m => m.IsUserWritten());

    private void Fail(ISymbol symbol, string reason) => Fail(Rules.ProjectionClass, symbol, _type.Name, reason);

    private void Fail(DiagnosticDescriptor rule, ISymbol symbol, params object[] arguments)
    {
        _failed = true;
        _report?.Invoke(Diagnostic.Create(rule, symbol.UserLocation(), arguments));
    }
}
