using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Events;
using EventSourcing.Generators.Ids;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Aggregates;

/// <summary>
/// ESG0044: code that creates an aggregate in a way that doesn't exist. The compiler's error would name generated members that the user
/// doesn't know. The check reads the syntax, because the types of the events don't exist while the generator runs.
/// </summary>
internal static class CreationRules
{
    /// <summary>Checks the whole program.</summary>
    /// <param name="own">The aggregates of the compilation.</param>
    /// <param name="aggregates">The aggregates of the compilation and of its references.</param>
    /// <param name="applications">The applications of the compilation.</param>
    /// <param name="compilation">The program.</param>
    /// <param name="report">Receives the diagnostics.</param>
    /// <param name="cancellation">Cancels the check.</param>
    public static void CheckAll(
        IReadOnlyList<INamedTypeSymbol> own, IReadOnlyList<INamedTypeSymbol> aggregates, IReadOnlyList<INamedTypeSymbol> applications, Compilation compilation, Action<Diagnostic> report, CancellationToken cancellation)
    {
        foreach (var aggregate in own)
        {
            Check(aggregate, compilation, report, cancellation);
        }

        var names = new HashSet<string>(aggregates.Where(a => !a.IsAbstract).Concat(applications).Select(a => a.Name), StringComparer.Ordinal);
        if (names.Count == 0)
        {
            return;
        }

        foreach (var tree in compilation.SyntaxTrees)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var (creation, type) in CreationSearch.In(tree, names, cancellation))
            {
                // Nearly all are correct, and then the type needn't be looked up in the semantic model.
                var name = CreationSearch.NameOf(type);
                var mayBeWrong = aggregates.Any(a => a.Name == name && !IsWrittenIn(creation, a) && ReasonAgainst(creation, a) is not null)
                    || applications.Any(a => a.Name == name && ReasonAgainstApplication(creation, a) is not null);
                if (!mayBeWrong)
                {
                    continue;
                }

                if (compilation.GetSemanticModel(tree).GetSymbolInfo(type, cancellation).Symbol is not INamedTypeSymbol made)
                {
                    continue;
                }

                if (aggregates.Contains(made, SymbolEqualityComparer.Default) && ReasonAgainst(creation, made) is { } reason)
                {
                    Report(creation, reason, TypeRules.Aggregate);
                }
                else if (ReasonAgainstApplication(creation, made) is { } other)
                {
                    Report(creation, other, TypeRules.Application);
                }
            }
        }

        void Report(BaseObjectCreationExpressionSyntax creation, string reason, string role) =>
            report(Diagnostic.Create(Rules.CreationShape, creation.GetLocation(), Shorten(creation), reason, role));
    }

    /// <summary>Checks the code of the class itself.</summary>
    public static void Check(INamedTypeSymbol aggregate, Compilation compilation, Action<Diagnostic> report, CancellationToken cancellation)
    {
        var events = TopicReader.Declared(aggregate).ToList();
        // A class without a creation event has an error already.
        var isCreated = !aggregate.IsAbstract && events.Any(IsCreation);
        var hasOwnCreate = aggregate.GetMembers("Create").Any(m => m.IsUserWritten());
        foreach (var node in aggregate.UserDeclarations(cancellation).SelectMany(d => d.DescendantNodes()))
        {
            if (node is InvocationExpressionSyntax raising && CalledName(raising) == "Raise" && OwnerOf(raising, aggregate, compilation, cancellation) is { } owner)
            {
                report(Diagnostic.Create(Rules.EventOfAnother, node.GetLocation(), Shorten(node), aggregate.Name, owner.Name));
            }

            if (!isCreated)
            {
                continue;
            }

            var reason = node switch
            {
                InvocationExpressionSyntax call => CalledName(call) switch
                {
                    "Raise" when EventIn(call.ArgumentList, aggregate, events) is { } raised && IsCreation(raised) =>
                        $"'{raised.TypeName}' is a creation event, which can only be the first event of an aggregate; {WayOf(raised, aggregate, node)}",
                    "Create" when !hasOwnCreate && EventIn(call.ArgumentList, aggregate, events) is { } created && !IsCreationRecord(created) =>
                        NoRecordReason(created, aggregate, node),
                    "Create" when !hasOwnCreate && EventIn(call.ArgumentList, aggregate, events) is { Member: INamedTypeSymbol record } created && call.ArgumentList.Arguments[0].Expression is not ObjectCreationExpressionSyntax
                        && IdParser.OwnIdOf(record, IdParser.FindType(aggregate, compilation)) is { } id =>
                        $"the '{id.Name}' of '{created.TypeName}' is the id, so no other id is passed; write 'Create(new {created.TypeName}(…))'",
                    _ => null,
                },
                ObjectCreationExpressionSyntax creation when creation.Type is IdentifierNameSyntax { Identifier.ValueText: var name } && name == aggregate.Name =>
                    ReasonAgainst(creation, aggregate, events),
                _ => null,
            };
            if (reason is not null)
            {
                report(Diagnostic.Create(Rules.CreationShape, node.GetLocation(), Shorten(node), reason, TypeRules.Aggregate));
            }
        }
    }

    // Such an expression is checked with the class. An expression with a qualified name, which is rare there, is found as elsewhere.
    private static bool IsWrittenIn(BaseObjectCreationExpressionSyntax creation, INamedTypeSymbol aggregate) =>
        creation is ObjectCreationExpressionSyntax { Type: IdentifierNameSyntax } && aggregate.DeclaringSyntaxReferences.Any(r => r.SyntaxTree == creation.SyntaxTree && r.Span.Contains(creation.Span));

    /// <summary>Why the expression can't mean a constructor of the aggregate; null when it may.</summary>
    public static string? ReasonAgainst(BaseObjectCreationExpressionSyntax creation, INamedTypeSymbol aggregate) =>
        ReasonAgainst(creation, aggregate, [.. TopicReader.Raising(aggregate)]);

    /// <summary>
    /// Why the expression can't mean a constructor of the application: the generated one is private. Null when it may mean one of the
    /// user's.
    /// </summary>
    public static string? ReasonAgainstApplication(BaseObjectCreationExpressionSyntax creation, INamedTypeSymbol application)
    {
        if (application.FindAttribute(KnownNames.EventSourcedApplication) is null || application.InstanceConstructors.Any(c => c.IsUserWritten() && Takes(c, creation.ArgumentList?.Arguments.Count ?? 0))
            || creation.Ancestors().OfType<TypeDeclarationSyntax>().Any(t => t.Identifier.ValueText == application.Name))
        {
            return null;
        }

        return $"its constructor is generated, and is called when the store is opened; write 'await {application.Name}.OpenAsync(url)', or get the application from dependency injection";
    }

    /// <summary>The expression as messages show it: without the details of its arguments.</summary>
    public static string Shorten(SyntaxNode node) => node switch
    {
        InvocationExpressionSyntax call => $"{CalledName(call)}({string.Join(", ", call.ArgumentList.Arguments.Select(a => Shorten(a.Expression)))})",
        ObjectCreationExpressionSyntax creation => $"new {creation.Type}({(creation.ArgumentList?.Arguments.Count > 0 ? "…" : "")})",
        BaseObjectCreationExpressionSyntax creation => $"new({(creation.ArgumentList?.Arguments.Count > 0 ? "…" : "")})",
        _ => "…",
    };

    // The other aggregate whose event is raised: Raise(new Cat.Fed(…)).
    private static INamedTypeSymbol? OwnerOf(InvocationExpressionSyntax raising, INamedTypeSymbol aggregate, Compilation compilation, CancellationToken cancellation)
    {
        if (raising.ArgumentList.Arguments is not [{ Expression: ObjectCreationExpressionSyntax { Type: QualifiedNameSyntax { Left: var left, Right: IdentifierNameSyntax name } } }]
            || CreationSearch.NameOf(left) == aggregate.Name
            || compilation.GetSemanticModel(left.SyntaxTree).GetSymbolInfo(left, cancellation).Symbol is not INamedTypeSymbol owner || !owner.IsEventSourced())
        {
            return null;
        }

        for (var current = aggregate; current is not null; current = current.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(current, owner))
            {
                return null;
            }
        }

        return TopicReader.Declared(owner).Any(e => e.TypeName == name.Identifier.ValueText) ? owner : null;
    }

    private static string? ReasonAgainst(BaseObjectCreationExpressionSyntax creation, INamedTypeSymbol aggregate, List<EventTopics> events)
    {
        var arguments = creation.ArgumentList;
        var count = arguments?.Arguments.Count ?? 0;
        var given = EventIn(arguments, aggregate, events);
        // A user's constructor may take an event, too; but then the number of parameters fits.
        var constructors = aggregate.InstanceConstructors.Where(c => c.IsUserWritten() || (c is { IsImplicitlyDeclared: false, DeclaringSyntaxReferences.IsEmpty: true } && c.Parameters.All(p => p.Type.Name != "Rehydration"))).ToList();
        if (constructors.Any(c => Takes(c, count)) && !(given is not null && count == 1 && IsCreation(given)))
        {
            return null;
        }

        if (given is not null && IsCreation(given))
        {
            return $"the event is raised by the member that creates the aggregate; {WayOf(given, aggregate, creation)}";
        }

        var ways = events.Where(IsCreation).Select(e => WayOf(e, aggregate, creation)).Distinct().ToList();
        return ways.Count == 0 ? null : $"an aggregate begins with a creation event; {string.Join(", or ", ways)}";
    }

    private static bool Takes(IMethodSymbol constructor, int count) =>
        constructor.Parameters.Count(p => !p.IsOptional && !p.IsParams) <= count && (count <= constructor.Parameters.Length || constructor.Parameters.Any(p => p.IsParams));

    private static string? NoRecordReason(EventTopics @event, INamedTypeSymbol aggregate, SyntaxNode at) =>
        IsCreation(@event) ? $"'{@event.TypeName}' is raised by a member; {WayOf(@event, aggregate, at)}"
        : @event.Member is INamedTypeSymbol ? $"'{@event.TypeName}' isn't a creation event; set Creates = true in its [Event]"
        : $"'{@event.TypeName}' isn't a creation event; '{@event.Member.Name}' raises it for an existing aggregate";

    /// <summary>How to create an aggregate that begins with the event.</summary>
    private static string WayOf(EventTopics creation, INamedTypeSymbol aggregate, SyntaxNode at)
    {
        var isInside = at.Ancestors().OfType<TypeDeclarationSyntax>().Any(t => t.Identifier.ValueText == aggregate.Name);
        var isInConstructor = isInside && at.Ancestors().OfType<ConstructorDeclarationSyntax>().Any();
        return creation.Member switch
        {
            IMethodSymbol { MethodKind: MethodKind.Constructor } constructor => isInConstructor
                ? $"add ': this({Parameters(constructor)})' to the constructor"
                : $"write 'new {aggregate.Name}({Parameters(constructor)})'",
            IMethodSymbol factory => $"write '{aggregate.Name}.{factory.Name}({Parameters(factory)})'",
            _ when !isInside && aggregate.GetMembers().OfType<IMethodSymbol>().FirstOrDefault(m => IsFactory(m, aggregate)) is { } written =>
                $"write '{aggregate.Name}.{written.Name}({Parameters(written)})'",
            _ => $"return 'Create(new {creation.TypeName}(…))' from a static method of '{aggregate.Name}'{(isInside ? "" : ", and call that method")}",
        };
    }

    private static bool IsFactory(IMethodSymbol method, INamedTypeSymbol aggregate) =>
        method is { IsStatic: true, MethodKind: MethodKind.Ordinary, DeclaredAccessibility: Accessibility.Public or Accessibility.Internal }
        && (method.DeclaringSyntaxReferences.IsEmpty || method.IsUserWritten()) && SymbolEqualityComparer.Default.Equals(method.ReturnType, aggregate);

    private static string Parameters(IMethodSymbol method) => string.Join(", ", method.Parameters.Select(p => $"{Names.Show(p.Type)} {p.Name}"));

    private static bool IsCreation(EventTopics @event) => @event.Member is IMethodSymbol { MethodKind: MethodKind.Constructor } or IMethodSymbol { IsStatic: true } || IsCreationRecord(@event);

    private static bool IsCreationRecord(EventTopics @event) => @event.Member is INamedTypeSymbol && @event.Attribute.NamedFlag("Creates", otherwise: false);

    private static string? CalledName(InvocationExpressionSyntax call) => call.Expression switch
    {
        IdentifierNameSyntax name => name.Identifier.ValueText,
        MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } access => access.Name.Identifier.ValueText,
        _ => null,
    };

    /// <summary>The event of the aggregate that the arguments create: <c>new Opened(…)</c>, <c>new Dog.Opened(…)</c>.</summary>
    private static EventTopics? EventIn(ArgumentListSyntax? arguments, INamedTypeSymbol aggregate, List<EventTopics> events)
    {
        foreach (var creation in arguments?.Arguments.Select(a => a.Expression).OfType<ObjectCreationExpressionSyntax>() ?? [])
        {
            var name = creation.Type switch
            {
                IdentifierNameSyntax simple => simple.Identifier.ValueText,
                QualifiedNameSyntax { Left: IdentifierNameSyntax left, Right: IdentifierNameSyntax right } when left.Identifier.ValueText == aggregate.Name => right.Identifier.ValueText,
                _ => null,
            };
            if (name is not null && events.FirstOrDefault(e => e.TypeName == name) is { } found)
            {
                return found;
            }
        }

        return null;
    }
}
