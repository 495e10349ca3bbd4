using EventSourcing.Generators.Analyzers;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Recorders;

/// <summary>Whose connections are created.</summary>
internal enum CreatorProvider
{
    Sqlite,
    PostgreSql,
}

/// <summary>A creator whose shape fits.</summary>
/// <param name="Provider">Told by what the method returns.</param>
/// <param name="Function">A function that calls the method, as an argument for the recorder's base.</param>
internal sealed record ConnectionCreator(CreatorProvider Provider, string Function);

/// <summary>Reads <c>[ConnectionCreator(typeof(X), nameof(X.CreateAsync))]</c>.</summary>
internal static class ConnectionCreatorParser
{
    private const string NpgsqlConnection = "Npgsql.NpgsqlConnection";
    private const string NpgsqlDataSource = "Npgsql.NpgsqlDataSource";
    private const string SqliteConnection = "Microsoft.Data.Sqlite.SqliteConnection";

    /// <summary>All creators of an application; null when one of them doesn't fit.</summary>
    public static IReadOnlyList<ConnectionCreator>? Parse(INamedTypeSymbol application, Compilation compilation, Action<Diagnostic>? report)
    {
        var creators = new List<ConnectionCreator>();
        var fits = true;
        foreach (var attribute in application.GetAttributes().Where(a => a.AttributeClass is { } type && type.IsNamed(KnownNames.ConnectionCreator)))
        {
            if (attribute.ConstructorArguments is not [{ Value: ITypeSymbol { TypeKind: not TypeKind.Error } type }, { Value: string name }])
            {
                fits = false; // the compiler says so, except of null
                if (attribute.ConstructorArguments is [_, var called] && called.IsWrittenNull())
                {
                    Report(1, "[ConnectionCreator]", "it names no method");
                }
                else if (attribute.ConstructorArguments is [var given, _] && given.IsWrittenNull())
                {
                    Report(0, "[ConnectionCreator]", "it names no type");
                }

                continue;
            }

            if (type is not INamedTypeSymbol { IsUnboundGenericType: false } named || !compilation.IsSymbolAccessibleWithin(named, application))
            {
                Report(0, type.Name, $"'{application.Name}' can't reach it, or it is generic");
                continue;
            }

            var reason = WhyNot(named, name, application, compilation, out var creator);
            if (reason is null && creators.Exists(c => c.Provider == creator!.Provider))
            {
                reason = "there is another creator for the same provider; an application has at most one for each";
            }

            if (reason is null)
            {
                creators.Add(creator!);
            }
            else
            {
                Report(1, $"{named.Name}.{name}", reason);
            }

            void Report(int argument, string what, string why)
            {
                fits = false;
                report?.Invoke(Diagnostic.Create(Rules.ConnectionCreatorShape, attribute.LocationOf(argument, application), what, application.Name, why));
            }
        }

        return fits ? creators : null;
    }

    private static string? WhyNot(INamedTypeSymbol type, string name, INamedTypeSymbol application, Compilation compilation, out ConnectionCreator? creator)
    {
        creator = null;
        var methods = type.NearestMembers(name).OfType<IMethodSymbol>().Where(m => m.MethodKind == MethodKind.Ordinary).ToList();
        if (methods.Count != 1)
        {
            return methods.Count == 0 ? "there is no such method" : "there are several methods of that name";
        }

        var method = methods[0];
        if (!method.IsStatic || method.IsGenericMethod || method.ReturnsByRef || method.ReturnsByRefReadonly)
        {
            return "it must be static, not generic, and return a value";
        }

        if (!compilation.IsSymbolAccessibleWithin(method, application))
        {
            return $"'{application.Name}' can't reach it";
        }

        var returned = method.ReturnType;
        var isAwaited = returned.IsNamed("System.Threading.Tasks.Task`1") || returned.IsNamed("System.Threading.Tasks.ValueTask`1");
        var given = isAwaited ? ((INamedTypeSymbol)returned).TypeArguments[0] : returned;
        if (given.NullableAnnotation == NullableAnnotation.Annotated || returned.NullableAnnotation == NullableAnnotation.Annotated)
        {
            return "it may return null";
        }
        // A task of something derived is no task of its base.
        var isDataSource = isAwaited ? given.IsNamed(NpgsqlDataSource) : given.IsOrDerivesFrom(NpgsqlDataSource);
        if (isDataSource || given.IsNamed(NpgsqlConnection))
        {
            if (compilation.GetTypeByMetadataName(KnownNames.PostgreSqlRecorder) is null)
            {
                return "it returns what PostgreSQL is connected with, but the project doesn't reference EventSourcing.Generated.PostgreSql";
            }

            var takesToken = method.Parameters is [{ RefKind: RefKind.None } parameter] && parameter.Type.IsNamed("System.Threading.CancellationToken");
            if (!takesToken && !method.Parameters.IsEmpty)
            {
                return "it may take a CancellationToken and nothing else";
            }

            creator = new ConnectionCreator(CreatorProvider.PostgreSql, PostgreSqlFunction(Call(method, takesToken ? "cancellationToken" : ""), isDataSource, returned, takesToken));
            return null;
        }

        if (!isAwaited && given.IsOrDerivesFrom(SqliteConnection))
        {
            if (compilation.GetTypeByMetadataName(KnownNames.SqliteRecorder) is null)
            {
                return "it returns a SqliteConnection, but the project doesn't reference EventSourcing.Generated.Sqlite";
            }

            if (!method.Parameters.IsEmpty)
            {
                return "one for SQLite takes nothing";
            }

            creator = new ConnectionCreator(CreatorProvider.Sqlite, $"static () => {Call(method, "")}");
            return null;
        }

        return "it must return an NpgsqlConnection or NpgsqlDataSource, or a Task or ValueTask of one, or a SqliteConnection without a Task";
    }

    private static string PostgreSqlFunction(string call, bool isDataSource, ITypeSymbol returned, bool takesToken)
    {
        var kind = isDataSource ? KnownNames.NpgsqlDataSource : "global::" + NpgsqlConnection;
        var body = !returned.IsNamed("System.Threading.Tasks.ValueTask`1")
            ? $"new global::System.Threading.Tasks.ValueTask<{kind}>({call})"
            : call;
        return $"global::EventSourcing.PostgreSql.PostgreSqlConnectionCreator.{(isDataSource ? "OfDataSource" : "OfConnections")}(static {(takesToken ? "cancellationToken" : "_")} => {body})";
    }

    private static string Call(IMethodSymbol method, string arguments) =>
        $"{method.ContainingType.ToDisplayString(Names.FullyQualified)}.{Names.Escape(method.Name)}({arguments})";
}
