using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Shapes.Code;

/// <summary>The storage that a setter writes, and the change that it makes to its value.</summary>
/// <param name="Storage">The field that is set, or the property itself for the field that the compiler generates for it.</param>
/// <param name="Change">The change that is made to the value before.</param>
internal sealed record Setter(ISymbol Storage, Change Change);

/// <summary>
/// Finds out whether a getter returns the value of a field, and a setter or constructor restores it, in the source of this compilation.
/// </summary>
/// <param name="type">The type whose object is created.</param>
/// <param name="compilation">Has the code.</param>
internal sealed class Restoring(INamedTypeSymbol type, Compilation compilation)
{
    private const int MaxDepth = 4;

    private Construction? _construction;
    private bool _hasAccessorCode;

    /// <summary>Whether user code runs when an object is created or read, so that its effect is seen only then.</summary>
    public bool HasCode => _construction is { HasCode: true } || _hasAccessorCode;

    /// <summary>
    /// The storage that the property returns unchanged: a field, a captured parameter, or the property itself for the field that the
    /// compiler generates for it; null when it may be something else.
    /// </summary>
    /// <param name="property">The property.</param>
    /// <param name="type">The type whose object is created.</param>
    /// <param name="compilation">Has the code.</param>
    public static ISymbol? StorageOf(IPropertySymbol property, INamedTypeSymbol type, Compilation compilation)
    {
        return DeclarationOf(property) switch
        {
            ParameterSyntax => property, // of a record
            PropertyDeclarationSyntax { ExpressionBody: { } arrow } => Returned(arrow),
            PropertyDeclarationSyntax declaration => Accessor(declaration, SyntaxKind.GetAccessorDeclaration) switch
            {
                null => null,
                { Body: null, ExpressionBody: null } => property,
                { ExpressionBody: { } arrow } => Returned(arrow),
                { Body.Statements: [ReturnStatementSyntax returned] } => Returned(returned),
                _ => null,
            },
            _ => null,
        };

        ISymbol? Returned(SyntaxNode syntax)
        {
            var owner = property.ContainingType;
            var returned = compilation.GetSemanticModel(syntax.SyntaxTree).GetOperation(syntax)?.DescendantsAndSelf().OfType<IReturnOperation>().FirstOrDefault();
            var value = new StraightCode(type, compilation) { ReadsMembers = true }.Evaluate(returned?.ReturnedValue);
            if (value.Source is not { } source)
            {
                return null;
            }

            var change = value.ChangeIn(TypeOf(source)) | (value.Change & Change.Filled);
            // Only the property itself sees its field, except in records and structs, where fields are compared.
            return change == Change.None || (change == Change.Filled && source is IPropertySymbol && !owner.IsRecord && owner.IsReferenceType) ? source : null;
        }
    }

    /// <summary>The storage and the change of a setter; null when it does more than store its value.</summary>
    public static Setter? SetterOf(IPropertySymbol property, INamedTypeSymbol type, Compilation compilation, int depth = 0)
    {
        if (DeclarationOf(property) is not PropertyDeclarationSyntax declaration)
        {
            return new Setter(property, Change.None); // of a record
        }

        var implementation = property.PartialImplementationPart ?? property;
        if ((Accessor(declaration, SyntaxKind.SetAccessorDeclaration) ?? Accessor(declaration, SyntaxKind.InitAccessorDeclaration)) is not { } accessor || implementation.SetMethod is not { } setter)
        {
            return null;
        }

        if (((SyntaxNode?)accessor.Body ?? accessor.ExpressionBody) is not { } body)
        {
            return new Setter(property, Change.None);
        }

        if (depth > MaxDepth)
        {
            return null;
        }

        var value = setter.Parameters[setter.Parameters.Length - 1];
        var code = new StraightCode(type, compilation, depth + 1);
        code[value] = new PassedValue(value);
        var operation = compilation.GetSemanticModel(body.SyntaxTree).GetOperation(body);
        code.Run(operation);
        return code.Problem is null && code.Members.Count == 1 && code.Members.First() is var storage && SymbolEqualityComparer.Default.Equals(code[storage].Source, value)
            // When an object is read, other members may not have their values yet.
            && operation!.DescendantsAndSelf().OfType<IMemberReferenceOperation>().All(m => m.Instance is not IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ContainingTypeInstance } || SymbolEqualityComparer.Default.Equals(StraightCode.StorageOf(m.Member), storage))
            ? new Setter(storage, code[storage].Change)
            : null;
    }

    /// <summary>Whether the setter of the property stores its value where the getter reads it, and does nothing else.</summary>
    public bool BySetter(IPropertySymbol property, ISymbol storage) =>
        SetterOf(property, type, compilation) is { } setter && SymbolEqualityComparer.Default.Equals(setter.Storage, storage) && IsStable(storage, setter.Change);

    /// <summary>Notes whether accessors do more than return or store a field.</summary>
    public void NoteCode(IPropertySymbol property) => _hasAccessorCode |= DeclarationOf(property) is PropertyDeclarationSyntax declaration
        && declaration.ChildNodes().Where(n => n is AccessorListSyntax or ArrowExpressionClauseSyntax).SelectMany(n => n.DescendantNodes(d => d is not AttributeListSyntax))
            .Any(n => n is ExpressionSyntax and not (IdentifierNameSyntax or FieldExpressionSyntax or ThisExpressionSyntax or MemberAccessExpressionSyntax or AssignmentExpressionSyntax));

    /// <summary>Why the constructor doesn't store the parameter where the member reads its value; null when it does.</summary>
    /// <param name="parameter">The parameter of the constructor.</param>
    /// <param name="member">The property or field.</param>
    /// <param name="storage">The storage from which the member reads its value.</param>
    /// <param name="isKey">Whether it is the key of an id, which isn't compared when an event is raised.</param>
    public string? WhyNotByConstructor(IParameterSymbol parameter, ISymbol member, ISymbol storage, bool isKey)
    {
        var constructor = (IMethodSymbol)parameter.ContainingSymbol;
        if (_construction is null || !SymbolEqualityComparer.Default.Equals(_construction.Constructor, constructor))
        {
            _construction = new Construction(constructor, type, compilation);
        }
        // The compiler reports the error.
        if (_construction.IsBroken)
        {
            return null;
        }

        if (_construction.Problem is { } problem)
        {
            return $"the constructor of '{type.Name}' does more than check and assign its parameters ('{problem}'), so the value that is read may differ from the value that was written: move the other code elsewhere";
        }

        var value = _construction.ValueOf(member, storage);
        if (!SymbolEqualityComparer.Default.Equals(value.Source, parameter))
        {
            return $"the constructor of '{type.Name}' doesn't assign its parameter '{parameter.Name}' unchanged to '{member.ContainingType.Name}.{member.Name}': assign it directly";
        }

        return (isKey ? IsAlwaysPassedOn(value, storage) : IsOnlyPassedOn(value, storage))
            ? null
            : $"the constructor of '{type.Name}' changes its parameter '{parameter.Name}' before it assigns '{member.ContainingType.Name}.{member.Name}', to which other code can assign other values: make the setter private or 'init', or assign the parameter directly";
    }

    /// <summary>
    /// Whether the constructor's changes are acceptable: the object is compared when an event is raised. A member that any code can assign
    /// would get other values sooner or later, and the comparison would fail.
    /// </summary>
    private bool IsOnlyPassedOn(PassedValue value, ISymbol storage)
    {
        var change = value.ChangeIn(TypeOf(storage));
        if (change == Change.None)
        {
            return true;
        }

        if ((change & Change.Distinct) != 0)
        {
            return false;
        }

        return storage switch
        {
            IPropertySymbol { SetMethod: { IsInitOnly: false, DeclaredAccessibility: not (Accessibility.Private or Accessibility.Protected) } } property =>
                SetterOf(property, type, compilation) is { } setter && (change & ~setter.Change) == 0,
            IFieldSymbol field => field.IsReadOnly || field.DeclaredAccessibility is Accessibility.Private or Accessibility.Protected,
            _ => true,
        };
    }

    /// <summary>Whether each value of the storage is one that the constructor doesn't change.</summary>
    private static bool IsAlwaysPassedOn(PassedValue value, ISymbol storage)
    {
        var change = value.ChangeIn(TypeOf(storage));
        var owner = storage.ContainingType;
        return change == Change.None
            || ((change & (Change.Distinct | Change.Tested)) == 0
                && storage is IPropertySymbol { SetMethod: null } or IFieldSymbol { IsReadOnly: true }
                && owner.InstanceConstructors.Count(c => !c.IsImplicitlyDeclared && !CallsAnother(c)) == 1
                // A struct can also have its default value.
                && (owner.IsReferenceType || (change & (Change.Bounded | Change.Filled)) == 0));
    }

    private static bool CallsAnother(IMethodSymbol constructor) =>
        constructor.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is ConstructorDeclarationSyntax { Initializer.RawKind: (int)SyntaxKind.ThisConstructorInitializer };

    /// <summary>
    /// Whether the setter keeps the initial value of a new object, as far as the code shows it. Other changes are detected when an event is
    /// raised.
    /// </summary>
    private bool IsStable(ISymbol storage, Change change)
    {
        change = new PassedValue(storage, change).ChangeIn(TypeOf(storage));
        var initial = DeclarationOf(storage) switch
        {
            PropertyDeclarationSyntax { Initializer.Value: { } value } => value,
            VariableDeclaratorSyntax { Initializer.Value: { } value } => value,
            _ => null,
        };
        var isDefault = initial is null || new StraightCode(type, compilation).Evaluate(compilation.GetSemanticModel(initial.SyntaxTree).GetOperation(initial)).Constant == ConstantKind.Default;
        return (change & Change.Distinct) == 0 && (!isDefault || (change & (Change.Bounded | Change.Filled)) == 0);
    }

    private static ITypeSymbol TypeOf(ISymbol storage) => storage.TypeOfValue()!;

    // A partial property has two declarations: the one with bodies counts.
    private static SyntaxNode? DeclarationOf(ISymbol symbol) =>
        ((symbol as IPropertySymbol)?.PartialImplementationPart ?? symbol).DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax();

    private static AccessorDeclarationSyntax? Accessor(PropertyDeclarationSyntax property, SyntaxKind kind) =>
        property.AccessorList?.Accessors.FirstOrDefault(a => a.IsKind(kind));
}
