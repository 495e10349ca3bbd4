using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Recorders;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Applications;

/// <summary>Checks that the names, the base class and the required members of an application fit the generated code.</summary>
internal static class ApplicationRules
{
    private static readonly string[] Overloaded = ["SaveAsync", "RetryOnConflictAsync"];
    private static readonly string[] NestedClasses = ["AggregateRepository", "Registry", .. Providers.All.Select(p => p.RecorderName), "SchemaSql"];

    public static bool Check(INamedTypeSymbol application, HashSet<string> reserved, Compilation compilation, Action<Diagnostic>? report) =>
        TypeRules.CheckOwnName(application, TypeRules.Application, reserved.Concat(Overloaded), report)
            & CheckInherited(application, reserved, report) & CheckExtensions(application, report) & CheckCreation(application, compilation, report);

    /// <summary>
    /// The name of the class with the extension methods for dependency injection. It contains the outer classes, to distinguish two classes
    /// of one name.
    /// </summary>
    public static string ExtensionsNameOf(INamedTypeSymbol application)
    {
        var name = application.Name + "ServiceCollectionExtensions";
        for (var outer = application.ContainingType; outer is not null; outer = outer.ContainingType)
        {
            name = $"{outer.Name}_{name}";
        }

        return name;
    }

    /// <summary>Whether a member conflicts with generated methods of its name. Overloads with other parameters are allowed.</summary>
    public static bool IsOverloadedName(ISymbol member) => Overloaded.Contains(member.Name) && (member is not IMethodSymbol method || IsLikeGenerated(method));

    private static bool IsLikeGenerated(IMethodSymbol method)
    {
        // Such an overload would hide the methods of the base class for every aggregate, and would call itself.
        if (method.Name == "SaveAsync" && method.Parameters.FirstOrDefault()?.Type is { } first && TakesAnyAggregate(first))
        {
            return true;
        }

        if (method.Parameters.LastOrDefault()?.Type.IsNamed("System.Threading.CancellationToken") != true)
        {
            return false;
        }

        var types = method.Parameters.Select(p => p.Type.OriginalDefinition).ToList();
        if (method.Name == "SaveAsync")
        {
            return method.Arity == 0 && (types[0].IsNamed("EventSourcing.IAggregate`1") || types[0].IsNamed("System.Collections.Generic.IReadOnlyCollection`1"))
                && (types.Count == 2 || (types.Count == 3 && types[1].IsNamed("EventSourcing.SaveOptions`1")));
        }

        return method.Arity == 1 && types.Count is 3 or 4 && types[types.Count - 2].SpecialType == SpecialType.System_Int32
            && (types[types.Count - 3].IsNamed("System.Func`2") || types[types.Count - 3].IsNamed("System.Action`1"));
    }

    /// <summary>Whether the user wrote a base class, or named the one that would be generated.</summary>
    public static bool HasBase(INamedTypeSymbol application) => application.BaseType is { SpecialType: not SpecialType.System_Object };

    /// <summary>The kind of the keys that a base class of the user's determines; null if there is none.</summary>
    public static KeyKind? BaseKeyOf(INamedTypeSymbol application) =>
        FindBase(application) is { TypeKind: not TypeKind.Error } found
            ? found.TypeArguments[0].SpecialType == SpecialType.System_String ? KeyKind.String : KeyKind.Guid
            : null;

    /// <summary>The base class of all applications, or an unknown class, for which the compiler has an error; null if it derives from neither.</summary>
    private static INamedTypeSymbol? FindBase(INamedTypeSymbol application)
    {
        var parent = application.BaseType;
        while (parent is not null && !IsBase(parent) && parent.TypeKind != TypeKind.Error)
        {
            parent = parent.BaseType;
        }

        return parent;
    }

    private static bool IsBase(INamedTypeSymbol type) => type.OriginalDefinition.IsNamed("EventSourcing.EventSourcedApplication`1");

    private static bool TakesAnyAggregate(ITypeSymbol type) =>
        type.TypeKind == TypeKind.Dynamic
        || type.SpecialType == SpecialType.System_Object
        || type.OriginalDefinition.SpecialType is SpecialType.System_Collections_IEnumerable or SpecialType.System_Collections_Generic_IEnumerable_T;

    private static bool CheckInherited(INamedTypeSymbol application, HashSet<string> reserved, Action<Diagnostic>? report)
    {
        if (reserved.Select(application.InheritedMember).FirstOrDefault(m => m is not null && !IsBase(m.ContainingType)) is not { } member)
        {
            return true;
        }

        report?.Invoke(Diagnostic.Create(Rules.ReservedMember, application.UserLocation(), $"{member.ContainingType.Name}.{member.Name}"));
        return false;
    }

    private static bool CheckExtensions(INamedTypeSymbol application, Action<Diagnostic>? report)
    {
        if (application.ContainingNamespace.GetTypeMembers(ExtensionsNameOf(application)).FirstOrDefault(t => t.IsUserWritten()) is not { } taken)
        {
            return true;
        }

        report?.Invoke(Diagnostic.Create(Rules.ReservedMember, taken.UserLocation(), taken.Name));
        return false;
    }

    private static bool CheckCreation(INamedTypeSymbol application, Compilation compilation, Action<Diagnostic>? report)
    {
        var constructor = application.InstanceConstructors.FirstOrDefault(c => c.IsUserWritten());
        string? reason = null;
        if (HasBase(application) && FindBase(application) is null)
        {
            reason = $"derives from '{application.BaseType!.Name}', which doesn't derive from EventSourcedApplication: derive that class from EventSourcedApplication<Guid>, or from EventSourcedApplication<string> if the keys are strings";
        }
        else if (constructor is null && application.BaseType is { } parent && HasBase(application) && !IsBase(parent)
            && !parent.InstanceConstructors.Any(c => c.Parameters is [{ RefKind: RefKind.None } only] && only.Type.IsNamed("EventSourcing.ApplicationContext") && compilation.IsSymbolAccessibleWithin(c, application) && !c.IsObsoleteError()))
        {
            reason = $"derives from '{parent.Name}', which has no constructor that takes only an ApplicationContext: declare a constructor that takes an ApplicationContext and calls a constructor of the base class";
        }
        else if (constructor?.FindAttribute("System.Diagnostics.CodeAnalysis.SetsRequiredMembersAttribute") is null && RequiredMember(application) is { } required)
        {
            reason = $"has the required member '{required.Name}', which the generated code can't set: declare a constructor that takes an ApplicationContext and sets the member, and put [SetsRequiredMembers] on the constructor";
        }
        else if (constructor?.DeclaringSyntaxReferences.Select(r => r.GetSyntax()).SelectMany(s => (s as BaseMethodDeclarationSyntax)?.ParameterList.Parameters ?? (s as TypeDeclarationSyntax)?.ParameterList?.Parameters ?? []).FirstOrDefault(IsHidden) is { } parameter)
        {
            reason = $"takes '{parameter}', but the application contains a generated class with the name of this type: qualify the type with its namespace";
        }

        if (reason is null)
        {
            return true;
        }

        report?.Invoke(Diagnostic.Create(Rules.ApplicationConstructor, (constructor ?? (ISymbol)application).UserLocation(), application.Name, reason));
        return false;
    }

    private static bool IsHidden(ParameterSyntax parameter) =>
        parameter.Type is { } type && type.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>().Any(n => n.Parent is not QualifiedNameSyntax and not AliasQualifiedNameSyntax && NestedClasses.Contains(n.Identifier.ValueText));

    private static ISymbol? RequiredMember(INamedTypeSymbol application)
    {
        for (var type = application; type is not null; type = type.BaseType)
        {
            if (type.GetMembers().FirstOrDefault(m => m is IPropertySymbol { IsRequired: true } or IFieldSymbol { IsRequired: true }) is { } member)
            {
                return member;
            }
        }

        return null;
    }
}
