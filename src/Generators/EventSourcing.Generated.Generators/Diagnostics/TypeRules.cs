using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Diagnostics;

/// <summary>Checks what aggregates and applications have in common: they are ordinary partial classes.</summary>
internal static class TypeRules
{
    public const string Aggregate = "an aggregate";
    public const string Application = "an application";

    /// <summary>
    /// Whether no member of the user has a name that the generated part needs. Generated members, which analyzers see, don't count.
    /// </summary>
    public static bool CheckNames(INamedTypeSymbol type, Func<ISymbol, bool> isTaken, Action<Diagnostic>? report)
    {
        var taken = type.GetMembers().Where(m => m.IsUserWritten() && m is not IMethodSymbol { AssociatedSymbol: not null } && isTaken(m)).ToList();
        foreach (var member in taken)
        {
            report?.Invoke(Diagnostic.Create(Rules.ReservedMember, member.UserLocation(), member.Name));
        }

        return taken.Count == 0;
    }

    /// <summary>Whether the class itself has no such name, either.</summary>
    public static bool CheckOwnName(INamedTypeSymbol type, string role, IEnumerable<string> generated, Action<Diagnostic>? report)
    {
        if (!generated.Contains(type.Name))
        {
            return true;
        }

        report?.Invoke(Diagnostic.Create(Rules.TypeKindNotSupported, type.UserLocation(), type.Name, role,
            $"the generator adds a member '{type.Name}' to it, and in C# a member can't have the name of its class; rename the class"));
        return false;
    }

    /// <summary>Whether generated code can name the class inside of it: a nested type of that name would hide the class.</summary>
    public static bool CheckMembersOwnName(INamedTypeSymbol type, Action<Diagnostic>? report)
    {
        var named = type.GetMembers(type.Name).Where(m => m.IsUserWritten()).ToList();
        foreach (var member in named)
        {
            report?.Invoke(Diagnostic.Create(Rules.NameCollision, member.UserLocation(), member.Name, "its class", "in C# a member can't have the name of its class; rename one of them"));
        }

        return !named.Any(m => m is INamedTypeSymbol);
    }

    /// <summary>Whether the generator can write a part of the class.</summary>
    public static bool Check(INamedTypeSymbol type, string role, Action<Diagnostic>? report, CancellationToken cancellation)
    {
        var good = true;
        for (var current = type; current is not null; current = current.ContainingType)
        {
            var declarations = current.UserDeclarations(cancellation).OfType<TypeDeclarationSyntax>().ToList();
            foreach (var declaration in declarations.Where(d => !d.IsPartial()))
            {
                good &= role == Aggregate && IsWrittenWithoutPartial(type);
                report?.Invoke(Diagnostic.Create(Rules.TypeMustBePartial, declaration.Identifier.GetLocation(), current.Name, type.Name));
            }

            if (current.TypeParameters.Length > 0)
            {
                Fail(Rules.TypeMustNotBeGeneric, current.UserLocation(), current.Name, type.Name);
            }
        }

        if (type.IsRecord)
        {
            Fail(Rules.TypeKindNotSupported, type.UserLocation(), type.Name, role, "it is a record, which is compared and copied by value; make it a class");
        }
        else if (type.IsStatic)
        {
            Fail(Rules.TypeKindNotSupported, type.UserLocation(), type.Name, role, "it is static, but generated code creates instances of it; remove 'static'");
        }
        else if (IsFileLocal(type))
        {
            Fail(Rules.TypeKindNotSupported, type.UserLocation(), type.Name, role, "it is local to its file, but the generated part is in another file; make it internal");
        }

        if (ReservedNames.OfLanguage.FirstOrDefault(n => CanSeeType(type, n)) is { } hidden)
        {
            Fail(Rules.TypeKindNotSupported, type.UserLocation(), type.Name, role, $"a type named '{hidden}' is visible in it and would change the meaning of the generated code; rename that type");
        }

        if (role == Aggregate && type.UserDeclarations(cancellation).OfType<TypeDeclarationSyntax>().FirstOrDefault(d => d.ParameterList is not null) is { } primary)
        {
            Fail(Rules.TypeKindNotSupported, primary.ParameterList!.GetLocation(), type.Name, role,
                "it has a primary constructor, which can't raise an event; declare a partial constructor with [Event(\"…\")]");
        }

        if (role == Application && type.IsAbstract && !type.IsStatic)
        {
            Fail(Rules.TypeKindNotSupported, type.UserLocation(), type.Name, role, "it is abstract, but generated code creates instances of it; remove 'abstract'");
        }

        return good;

        void Fail(DiagnosticDescriptor rule, Location location, params object[] arguments)
        {
            good = false;
            report?.Invoke(Diagnostic.Create(rule, location, arguments));
        }
    }

    /// <summary>
    /// Whether a part of a class that isn't partial is generated. Then the compiler only adds that 'partial' is missing; without the part
    /// it would report each partial member, and each Apply.
    /// </summary>
    public static bool IsWrittenWithoutPartial(INamedTypeSymbol type) => type.GetMembers().OfType<IMethodSymbol>()
        .Any(m => m.IsUserWritten() && m is { IsPartialDefinition: true } or { Name: "Apply", Parameters.Length: 1 or 2 });

    private static bool IsFileLocal(INamedTypeSymbol? type) => type is not null && (type.IsFileLocal || IsFileLocal(type.ContainingType));

    private static bool CanSeeType(INamedTypeSymbol type, string name)
    {
        for (INamespaceOrTypeSymbol? around = type; around is not null; around = (INamespaceOrTypeSymbol?)around.ContainingType ?? around.ContainingNamespace)
        {
            if ((around.Name == name && around.IsType) || !around.GetTypeMembers(name).IsEmpty)
            {
                return true;
            }
        }

        return false;
    }
}
