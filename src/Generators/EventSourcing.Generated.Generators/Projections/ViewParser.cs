using System.Text;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using EventSourcing.Recording;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Projections;

/// <summary>Reads a record with <c>[Projection]</c>, for the generator and for the analyzer.</summary>
internal sealed class ViewParser
{
    /// <summary>What happens with an event that fails by default.</summary>
    public const string DefaultPolicy = "Stop";

    private const int LongestName = 40;

    private static readonly HashSet<string> Reserved = ["RowData", "RowJson"];

    // Tables of the library have these names.
    private static readonly HashSet<string> ReservedProjections = ["events", "tracking", "snapshots", "projections", "failed_events"];

    /// <summary>The members of <c>ProjectionErrorPolicy</c>, in the order of their values.</summary>
    private static readonly string[] Policies = [DefaultPolicy, "Park", "Skip"];

    private readonly INamedTypeSymbol _type;
    private readonly Compilation _compilation;
    private readonly Action<Diagnostic>? _report;
    private bool _failed;

    private ViewParser(INamedTypeSymbol type, Compilation compilation, Action<Diagnostic>? report) =>
        (_type, _compilation, _report) = (type, compilation, report);

    /// <summary>The model, or null when nothing can be generated for the record.</summary>
    public static ViewModel? Parse(INamedTypeSymbol type, Compilation compilation, Action<Diagnostic>? report, CancellationToken cancellation) =>
        new ViewParser(type, compilation, report).Parse(cancellation);

    /// <summary>The name of the projection and the columns of a record in a reference; null when they can't be read.</summary>
    public static (string Projection, IReadOnlyList<ColumnModel> Columns)? ParseTable(INamedTypeSymbol type, Compilation compilation)
    {
        return type.IsRecord && ParseName(type, null) is var (projection, _, _, _) && ViewColumns.Parse(type, compilation, null) is { } columns
            ? (projection, columns.Columns)
            : null;
    }

    private ViewModel? Parse(CancellationToken cancellation)
    {
        if (!CheckType(cancellation) || ParseName(_type, _report) is not var (projection, version, onError, isInline))
        {
            return null;
        }

        if (ViewColumns.Parse(_type, _compilation, _report) is not { } columns)
        {
            return null;
        }

        var handlers = ViewHandlers.Parse(_type, columns.Key, _compilation, _report, out var fit);
        if (_failed || !fit)
        {
            return null;
        }

        return new ViewModel
        {
            Shell = TypeShell.Of(_type) with { Quiet = columns.Notices },
            Projection = projection,
            Version = version,
            OnError = onError,
            IsInline = isInline,
            Columns = columns.Columns.ToEquatableArray(),
            Parts = columns.Parts.ToEquatableArray(),
            Handlers = handlers.ToEquatableArray(),
            Shapes = columns.Shapes,
            Accessibility = _type.Reach() == SymbolExtensions.Rank(Microsoft.CodeAnalysis.Accessibility.Public) ? "public" : "internal",
        };
    }

    /// <summary>The name of the class with the queries of a view, beside the outermost class.</summary>
    public static string QueriesOf(TypeShell shell) => shell.MetadataName.Split('.').Last().Replace('+', '_') + "Queries";

    /// <summary>The name of a property in the database: <c>DogId</c> → <c>dog_id</c>, <c>IPAddress</c> → <c>ip_address</c>.</summary>
    public static string ToSnakeCase(string name)
    {
        var text = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            var begins = char.IsUpper(name[i]) && i > 0 && name[i - 1] != '_'
                && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            text.Append(begins ? "_" : "").Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }

    /// <summary>Checks that the type and the types around it are partial and not generic.</summary>
    public static bool CheckDeclarations(INamedTypeSymbol type, Action<Diagnostic>? report, CancellationToken cancellation)
    {
        var fits = true;
        for (var current = type; current is not null; current = current.ContainingType)
        {
            foreach (var declaration in current.UserDeclarations(cancellation).OfType<TypeDeclarationSyntax>().Where(d => !d.Modifiers.Any(m => m.ValueText == "partial")))
            {
                fits = false;
                report?.Invoke(Diagnostic.Create(Rules.TypeMustBePartial, declaration.Identifier.GetLocation(), current.Name, type.Name));
            }

            if (current.TypeParameters.Length > 0)
            {
                fits = false;
                report?.Invoke(Diagnostic.Create(Rules.TypeMustNotBeGeneric, current.UserLocation(), current.Name, type.Name));
            }
        }

        return fits;
    }

    private bool CheckType(CancellationToken cancellation)
    {
        _failed |= !CheckDeclarations(_type, _report, cancellation);
        var reason = _type switch
        {
            { IsRecord: false } or { IsValueType: true } => "it isn't a record class: write 'sealed partial record', because a row is replaced as a whole when it changes",
            { IsAbstract: true } => "it is abstract, but generated code creates rows: remove 'abstract'",
            { IsFileLocal: true } => "it is local to its file, but the generated part is in another file; make it internal",
            { BaseType.SpecialType: not SpecialType.System_Object } => "it derives from another record: declare all columns in one record",
            _ when _type.Reach() < SymbolExtensions.Rank(Microsoft.CodeAnalysis.Accessibility.Internal) => "the application can't access it; make it internal or public",
            _ => null,
        };
        if (reason is not null)
        {
            Fail(Rules.ViewShape, _type.UserLocation(), _type.Name, reason);
        }

        if (_type.ContainingNamespace.GetTypeMembers(QueriesOf(TypeShell.Of(_type))).FirstOrDefault(t => t.IsUserWritten()) is { } taken)
        {
            Fail(Rules.ReservedMember, taken.UserLocation(), taken.Name);
        }

        if (!TypeRules.CheckNames(_type, m => Reserved.Contains(m.Name), _report))
        {
            _failed = true;
        }

        return !_failed;
    }

    /// <summary>Reads the attribute; null when it doesn't fit.</summary>
    public static (string Name, int Version, string OnError, bool IsInline)? ParseName(INamedTypeSymbol type, Action<Diagnostic>? report)
    {
        var attribute = type.FindAttribute(KnownNames.Projection)!;
        if (attribute.ConstructorArguments is not [{ Value: string name }])
        {
            if (attribute.ConstructorArguments is [var written] && written.IsWrittenNull())
            {
                Report("its name is null");
            }

            return null; // the compiler reports the rest
        }

        var reason = name.EndsWith(NextTable.Suffix, StringComparison.Ordinal) ? $"a name that ends with '{NextTable.Suffix}' is that of a table in which the library builds rows"
            : ReservedProjections.Contains(name) ? $"the name '{name}' is that of another table of the library"
            : name.Length is 0 or > LongestName || name[0] is >= '0' and <= '9' || !name.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_')
                ? $"the name of a projection has 1 to {LongestName} lower-case letters, digits and underscores, and doesn't begin with a digit"
            : null;
        var version = attribute.NamedArguments.FirstOrDefault(a => a.Key == "Version").Value.Value as int? ?? 1;
        if (version < 1)
        {
            reason ??= "its Version must be at least 1";
        }

        var onError = attribute.NamedArguments.FirstOrDefault(a => a.Key == "OnError").Value.Value as int? ?? 0;
        if (onError < 0 || onError >= Policies.Length)
        {
            reason ??= $"its OnError must be one of {string.Join(", ", Policies)}";
        }

        if (reason is not null)
        {
            Report(reason);
            return null;
        }

        var isInline = attribute.NamedArguments.FirstOrDefault(a => a.Key == "Inline").Value.Value is true;
        if (isInline && HandlerClassParser.IsOne(type))
        {
            Report("handlers can't be Inline, because they need a transaction of their own: remove 'Inline = true', or write the rows as a view, which is a record");
            return null;
        }

        if (isInline && Policies[onError] != DefaultPolicy)
        {
            report?.Invoke(Diagnostic.Create(Rules.InlineOnError, attribute.LocationOf(type), type.Name, Policies[onError]));
            return null;
        }

        return (name, version, Policies[onError], isInline);

        void Report(string why) => report?.Invoke(
            Diagnostic.Create(HandlerClassParser.IsOne(type) ? Rules.ProjectionClass : Rules.ViewShape, attribute.LocationOf(type), type.Name, why));
    }

    private void Fail(DiagnosticDescriptor rule, Location location, params object[] arguments)
    {
        _failed = true;
        _report?.Invoke(Diagnostic.Create(rule, location, arguments));
    }
}
