using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Ids;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Events;

/// <summary>Reads the members of an aggregate that raise events.</summary>
internal sealed class EventParser(
    INamedTypeSymbol aggregate, ITypeSymbol? idType, Compilation compilation, ShapeParser shapes, Action<Diagnostic>? report, CancellationToken cancellation)
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _typeNames = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _signatures = new(StringComparer.Ordinal);
    private readonly HashSet<string> _hidden = HiddenTypes.NamedIn(aggregate, cancellation);

    /// <summary>The events that can be generated, in the order of their declarations.</summary>
    public IEnumerable<EventModel> ParseAll()
    {
        var events = new List<EventModel>();
        foreach (var member in aggregate.GetMembers())
        {
            cancellation.ThrowIfCancellationRequested();
            // Generated members have no [Event]; a partial member appears once, as the part that the user wrote.
            if (member.FindAttribute(KnownNames.Event) is { } attribute && Parse(member, attribute) is { } parsed)
            {
                events.Add(parsed);
            }
        }

        return events;
    }

    private EventModel? Parse(ISymbol member, AttributeData attribute)
    {
        // The member is incomplete: the compiler reports what is missing.
        if (member.IsHalfTyped())
        {
            return null;
        }

        var at = attribute.LocationOf(member);
        // The argument isn't a constant, or isn't a string: the compiler reports it.
        if (attribute.ConstructorArguments is [{ Kind: TypedConstantKind.Error }]
            || (attribute.ConstructorArguments.IsEmpty && attribute.ApplicationSyntaxReference?.GetSyntax(cancellation) is AttributeSyntax { ArgumentList.Arguments: [{ NameEquals: null, Expression.IsMissing: false }, ..] }))
        {
            return null;
        }

        var name = attribute.ConstructorArguments is [{ Value: string given }] ? given : "";
        if (!CheckName(name, attribute, at))
        {
            return null;
        }

        var typeName = TopicReader.TypeNameOf(member, attribute, name);
        if (!CheckTypeName(typeName, member, at))
        {
            return null;
        }

        if (EventRules.TriggerOf(member, aggregate, name, out var reason) is not { } trigger)
        {
            if (reason is not null)
            {
                Report(Rules.EventMemberSignature, member.UserLocation(), Show(member), name, reason);
            }
            else
            {
                Report(Rules.EventMemberMustBePartial, member.UserLocation(), Show(member), member is INamedTypeSymbol
                    ? ", because the generator writes its other part"
                    : $" and must have no body, because the generator writes the body that raises '{name}'; move the state change into Apply({typeName} e)");
            }

            return null;
        }

        if (member is IMethodSymbol declared && !CheckSignature(declared, name))
        {
            return null;
        }

        var isCreationRecord = trigger == EventTrigger.Record && attribute.NamedFlag("Creates", otherwise: false);
        var creates = isCreationRecord || trigger is EventTrigger.Constructor or EventTrigger.Factory;
        CheckOptions(member, attribute, trigger, at);
        if (aggregate.IsAbstract && creates)
        {
            Report(Rules.EventMemberSignature, member.UserLocation(), Show(member), name, "creates an abstract aggregate; declare a creation event in each derived class");
            return null;
        }

        if (member is INamedTypeSymbol own && !CheckRecordMembers(own))
        {
            return null;
        }

        if (isCreationRecord && !CheckCreate((INamedTypeSymbol)member, at))
        {
            return null;
        }

        var accessibility = AccessibilityOf(member, attribute);
        var fields = new FieldParser(aggregate, name, typeName, accessibility, shapes, report).Parse(member, trigger);
        var id = !creates ? null : member is IMethodSymbol creator ? IdExpression(creator) : MadeId((INamedTypeSymbol)member);
        // A record without its own id is created with an id that the caller gives.
        if (fields is null || (creates && id is null && !isCreationRecord))
        {
            return null;
        }

        var topics = TopicReader.TopicsOf(aggregate, attribute, name);
        return new EventModel
        {
            Contract = new EventContract
            {
                Name = name,
                Topic = topics[0],
                FormerTopics = topics.Skip(1).ToEquatableArray(),
                Fields = fields.Select(f => f.Contract).ToEquatableArray(),
            },
            TypeName = Names.Escape(typeName),
            Trigger = trigger,
            IsOpen = member is INamedTypeSymbol { IsSealed: false },
            IsImmutable = member is not INamedTypeSymbol type || Immutability.Of(type, compilation),
            IsCompared = member is INamedTypeSymbol && shapes.IsCompared,
            Accessibility = SyntaxFacts.GetText(accessibility),
            Fields = fields.ToEquatableArray(),
            Declaration = member is IMethodSymbol method ? DeclarationOf(method) : "",
            IsCreationRecord = isCreationRecord,
            IdExpression = id,
            HasOwnId = isCreationRecord && IdParser.OwnIdOf((INamedTypeSymbol)member, idType) is not null,
            TimestampParameter = member is IMethodSymbol { Parameters: var parameters } ? TimestampOf(parameters) : null,
            HasSetsRequiredMembers = member.FindAttribute("System.Diagnostics.CodeAnalysis.SetsRequiredMembersAttribute") is not null && member.UserDeclarations(cancellation).Any(),
            Record = member is INamedTypeSymbol record ? RecordOf(record) : null,
            Apply = EventRules.ApplyOf(aggregate, typeName),
        };
    }

    private static RecordModel RecordOf(INamedTypeSymbol record) => new()
    {
        IsSealed = record.IsSealed,
        IsDerived = record.BaseType is { SpecialType: not SpecialType.System_Object },
        LeavesEquality = !Writes(record, "GetHashCode")
            && !record.GetMembers("Equals").OfType<IMethodSymbol>().Any(m => m.IsUserWritten() && m.Parameters is [var other] && SymbolEqualityComparer.Default.Equals(other.Type, record)),
        LeavesText = !Writes(record, "ToString") && !Writes(record, "PrintMembers"),
    };

    private static bool Writes(INamedTypeSymbol record, string method) => record.GetMembers(method).Any(m => m.IsUserWritten());

    private bool CheckName(string name, AttributeData attribute, Location at)
    {
        if (!SyntaxFacts.IsValidIdentifier(name))
        {
            var reason = name.Length == 0 ? "it is empty; describe what happened in one word, such as \"NameChanged\""
                : attribute.Named<string>("TypeName") is null ? "it must be an identifier, because it is also the name of the event's type; use one word, and set Topic = \"…\" to store another text"
                : "it must be an identifier, even when TypeName names the event's type; use one word, and set Topic = \"…\" to store another text";
            Report(Rules.EventNameInvalid, at, name, reason);
            return false;
        }

        if (_names.Add(name))
        {
            return true;
        }

        Report(Rules.EventNameDuplicate, at, aggregate.Name, name);
        return false;
    }

    // The compiler reports two members with the same signature, and would report their bodies, too.
    private bool CheckSignature(IMethodSymbol member, string name)
    {
        var signature = $"{member.Name}({string.Join(", ", member.Parameters.Select(p => p.Type.WithNullableAnnotation(NullableAnnotation.NotAnnotated).ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat)))})";
        if (!_signatures.TryGetValue(signature, out var other))
        {
            _signatures.Add(signature, name);
            return true;
        }

        Report(Rules.EventMemberSignature, member.UserLocation(), Show(member), name, member.MethodKind == MethodKind.Constructor
            ? $"has the same parameter types as the constructor that raises '{other}'; make one of them a static factory, 'public static partial {aggregate.Name} …'"
            : $"has the same name and parameter types as the member that raises '{other}'; give one of them another name");
        return false;
    }

    private bool CheckTypeName(string typeName, ISymbol member, Location at)
    {
        var (collision, remedy) = CollisionOf(typeName, member, aggregate, _hidden);
        if (collision is null && !_typeNames.Add(typeName))
        {
            collision = $"another event of '{aggregate.Name}'";
        }

        if (collision is null)
        {
            return true;
        }

        Report(Rules.NameCollision, at, typeName, collision, remedy);
        return false;
    }

    /// <summary>The collision of the name of an event's type, and the remedy; null when there is none.</summary>
    /// <param name="typeName">The name.</param>
    /// <param name="member">The event's member.</param>
    /// <param name="aggregate">The aggregate.</param>
    /// <param name="hidden">See <see cref="HiddenTypes"/>.</param>
    public static (string? Collision, string Remedy) CollisionOf(string typeName, ISymbol member, INamedTypeSymbol aggregate, HashSet<string> hidden)
    {
        string? collision = null;
        if (!SyntaxFacts.IsValidIdentifier(typeName))
        {
            collision = "the syntax of C#, because it isn't an identifier";
        }
        else if (typeName == aggregate.Name)
        {
            collision = "its aggregate";
        }
        else if (ReservedNames.OfAggregates.Contains(typeName))
        {
            collision = "a generated member";
        }
        else if (ReservedNames.OfRecords.Contains(typeName))
        {
            collision = $"'{typeName}', which every record has";
        }
        else if (ReservedNames.OfLanguage.Contains(typeName))
        {
            collision = $"the C# keyword '{typeName}'";
        }
        else if (aggregate.GetMembers(typeName).FirstOrDefault(m => m.IsUserWritten() && !SymbolEqualityComparer.Default.Equals(m, member)) is { } other)
        {
            collision = $"the member '{other.Name}'";
        }
        else if (aggregate.GetMembers().Any(m => m is IPropertySymbol { IsIndexer: true } && m.MetadataName == typeName))
        {
            collision = "the indexer";
        }
        else if (InheritedEvent(aggregate, typeName) is { } inherited)
        {
            collision = $"an event of the base '{inherited.Name}'";
        }
        else if (aggregate.InheritedMember(typeName) is { } handedOn)
        {
            collision = $"the member '{handedOn.Name}' of the base '{handedOn.ContainingType.Name}'";
        }
        else if (member is IMethodSymbol { MethodKind: MethodKind.Ordinary } && member.Name == typeName)
        {
            collision = "its own method";
        }
        else if (member is IMethodSymbol && hidden.Contains(typeName))
        {
            return ($"the type '{typeName}' that a member of '{aggregate.Name}' uses", "inside the class the name would refer to the event; set another TypeName = \"…\", or qualify the type with its namespace");
        }

        return (collision, "set another TypeName = \"…\"");
    }

    public static INamedTypeSymbol? InheritedEvent(INamedTypeSymbol aggregate, string typeName)
    {
        for (var parent = aggregate.BaseAggregate(); parent is not null; parent = parent.BaseAggregate())
        {
            if (parent.GetMembers().Any(m => m.FindAttribute(KnownNames.Event) is { ConstructorArguments: [{ Value: string name }] } a && (a.Named<string>("TypeName") ?? name) == typeName)
                || parent.GetTypeMembers(typeName).Any())
            {
                return parent;
            }
        }

        return null;
    }

    /// <summary>The expression for the id in the generated constructor or factory.</summary>
    private string? IdExpression(IMethodSymbol member)
    {
        if (idType is null)
        {
            return null; // the aggregate has an error
        }

        var id = member.Parameters.FirstOrDefault(p => p.Name == "id");
        if (id is not null && !SymbolEqualityComparer.Default.Equals(IdParser.WithoutNull(id.Type), idType))
        {
            Report(Rules.CreateIdMismatch, id.UserLocation(), Show(member), $"its parameter 'id' isn't of the type '{Show(idType)}', which is the type of the aggregate's id; change the type of the parameter, or set the type of the id with IdType or CreateId");
            return null;
        }

        if (id is not null && !IsNullable(id.Type))
        {
            return "id";
        }

        var given = member.Parameters.Where(p => p.Name != "id").Select(p => (p.Name, p.Type, Names.Escape(p.Name))).ToList();
        var made = MadeId(given, StringComparison.Ordinal, out var reason, out _);
        if (made is null && reason is not null)
        {
            Report(Rules.CreateIdMismatch, (id ?? (ISymbol)member).UserLocation(), Show(member), id is null ? reason : $"its parameter 'id' may be null: make it '{Show(idType)} id'; otherwise {reason}");
        }

        return made is null || id is null ? made : $"id ?? {made}";
    }

    /// <summary>The expression for the id of an aggregate that begins with a user-written record; null when no id can be created.</summary>
    private string? MadeId(INamedTypeSymbol record)
    {
        var given = new List<(string, ITypeSymbol, string)>();
        for (var current = record; current is { SpecialType: not SpecialType.System_Object }; current = current.BaseType)
        {
            given.AddRange(current.GetMembers().OfType<IPropertySymbol>().Where(p => p is { IsStatic: false, IsIndexer: false, DeclaredAccessibility: Accessibility.Public })
                .Select(p => (p.Name, p.Type, "e." + Names.Escape(p.Name))));
        }

        // Like a parameter 'id' of a member, the property is the id itself.
        if (IdParser.OwnIdOf(record, idType) is { } own)
        {
            return "e." + Names.Escape(own.Name);
        }

        var made = MadeId(given, StringComparison.OrdinalIgnoreCase, out var reason, out var mayBeNull);
        if (mayBeNull)
        {
            Report(Rules.CreateIdMismatch, record.UserLocation(), Show(record), reason!);
        }

        return made;
    }

    /// <summary>The expression that creates an id from the given values: CreateId, or else a new Guid.</summary>
    private string? MadeId(List<(string Name, ITypeSymbol Type, string Value)> given, StringComparison comparison, out string? reason, out bool mayBeNull)
    {
        reason = null;
        mayBeNull = false;
        if (idType is null)
        {
            return null; // the aggregate has an error
        }

        var candidates = IdParser.CreateIds(aggregate).ToList();
        foreach (var candidate in candidates.OrderByDescending(c => c.Parameters.Length))
        {
            if (!SymbolEqualityComparer.Default.Equals(candidate.ReturnType, idType))
            {
                continue;
            }

            var arguments = candidate.Parameters
                .Select(p => given.FirstOrDefault(g => string.Equals(g.Name, p.Name, comparison) && SymbolEqualityComparer.Default.Equals(g.Type, p.Type)))
                .Zip(candidate.Parameters, (g, p) => g.Value ?? (p.IsOptional ? "" : null))
                .ToList();
            if (arguments.Contains(null))
            {
                continue;
            }

            reason = NullReason(candidate, given, comparison);
            mayBeNull = reason is not null;
            if (mayBeNull)
            {
                return null;
            }

            var positional = !arguments.Contains("");
            // The compiler reports it, and would report each call.
            if (candidate.IsDoubled())
            {
                return null;
            }
            // A parameter of the same name would hide the method.
            var target = given.Any(g => g.Value == "CreateId") ? aggregate.ToDisplayString(Names.FullyQualified) + "." : "";
            return $"{target}CreateId({string.Join(", ", candidate.Parameters.Zip(arguments, (p, a) => positional ? a : a == "" ? "" : $"{Names.Escape(p.Name)}: {a}").Where(a => a != ""))})";
        }

        if (candidates.Count > 0)
        {
            var wanted = string.Join(", ", candidates[0].Parameters.Select(p => $"{Show(p.Type)} {p.Name}"));
            reason = SymbolEqualityComparer.Default.Equals(candidates[0].ReturnType, idType)
                ? $"CreateId({wanted}) takes its arguments from parameters with the same names and types; add them, or a parameter '{Show(idType)} id'"
                : $"CreateId returns {Show(candidates[0].ReturnType)}, but the ids of '{aggregate.Name}' are {Show(idType)}";
            return null;
        }

        if (IdParser.Parse(idType, compilation) is { Key: KeyKind.Guid } model)
        {
            return model.IdOf($"{KnownNames.Guid}.CreateVersion7()");
        }

        reason = $"add a static method CreateId, or a parameter '{Show(idType)} id'";
        return null;
    }

    // The compiler would only warn, and not in generated code.
    private string? NullReason(IMethodSymbol createId, List<(string Name, ITypeSymbol Type, string Value)> given, StringComparison comparison)
    {
        if (IsNullable(createId.ReturnType))
        {
            return $"CreateId may return null, which isn't a valid id; make it return '{Show(IdParser.WithoutNull(idType!))}'";
        }

        var (parameter, argument) = createId.Parameters
            .Select(p => (Parameter: p, given.FirstOrDefault(g => string.Equals(g.Name, p.Name, comparison)).Type))
            .FirstOrDefault(a => a.Type is not null && MayBeNull(a.Type) && !MayBeNull(a.Parameter.Type, a.Parameter));
        return parameter is null ? null
            : $"'{parameter.Name}' may be null, but the parameter of CreateId({Show(parameter.Type)} {parameter.Name}) can't be null; give both the same type";

        // The type itself, or a type that it is made of, may be null.
        static bool MayBeNull(ITypeSymbol type, IParameterSymbol? parameter = null) => type switch
        {
            _ when parameter?.FindAttribute("System.Diagnostics.CodeAnalysis.DisallowNullAttribute") is not null => false,
            _ when IsNullable(type) => true,
            IArrayTypeSymbol array => MayBeNull(array.ElementType),
            INamedTypeSymbol named => named.TypeArguments.Any(a => MayBeNull(a)),
            _ => false,
        };
    }

    private static bool IsNullable(ITypeSymbol type) =>
        type.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T || type is { IsReferenceType: true, NullableAnnotation: NullableAnnotation.Annotated };

    private void CheckOptions(ISymbol member, AttributeData attribute, EventTrigger trigger, Location at)
    {
        if (AccessibilityOption(attribute) is < 0 or > 2)
        {
            Report(Rules.EventOption, at, "Accessibility", Show(member), "its value isn't defined in EventAccessibility");
        }
        else if (trigger == EventTrigger.Record && AccessibilityOption(attribute) != 0)
        {
            Report(Rules.EventOption, at, "Accessibility", Show(member), "the record declares its own accessibility");
        }

        if (trigger != EventTrigger.Record && attribute.NamedFlag("Creates", otherwise: false))
        {
            Report(Rules.EventOption, at, "Creates", Show(member), "constructors and static factories create an aggregate without it, and other methods can't create one");
        }
    }

    // The compiler and the generator write methods of these names.
    private bool CheckRecordMembers(INamedTypeSymbol record)
    {
        if (record.GetMembers().FirstOrDefault(m => m.IsUserWritten() && m is not IMethodSymbol && ReservedNames.OfRecords.Contains(m.Name)) is not { } taken)
        {
            return true;
        }

        Report(Rules.NameCollision, taken.UserLocation(), taken.Name, $"'{taken.Name}', which every record has", "give it another name");
        return false;
    }

    /// <summary>Whether the name Create is free for the method of the user's creation event.</summary>
    private bool CheckCreate(INamedTypeSymbol record, Location at)
    {
        var taken = aggregate.GetMembers("Create").Any(m => m.IsUserWritten() && (m is not IMethodSymbol method
            || method.Parameters.FirstOrDefault(p => !SymbolEqualityComparer.Default.Equals(p.Type, idType)) is { } first && SymbolEqualityComparer.Default.Equals(first.Type, record)))
            || TopicReader.Declared(aggregate).Any(e => e.TypeName == "Create");
        if (taken)
        {
            Report(Rules.NameCollision, at, $"Create({record.Name})", "the member 'Create'", "it is the generated method that creates an aggregate from the event; give your member another name");
        }

        return !taken;
    }

    private static int AccessibilityOption(AttributeData attribute) =>
        attribute.NamedArguments.FirstOrDefault(a => a.Key == "Accessibility").Value.Value as int? ?? 0;

    /// <summary>The expression for the event's time: null means now.</summary>
    private static string? TimestampOf(IEnumerable<IParameterSymbol> parameters) => parameters.FirstOrDefault(EventRules.IsTimestamp) switch
    {
        null => null,
        { HasExplicitDefaultValue: true, Type.OriginalDefinition.SpecialType: not SpecialType.System_Nullable_T } => "timestamp == default ? null : timestamp",
        _ => "timestamp",
    };

    public static Accessibility AccessibilityOf(ISymbol member, AttributeData attribute) => (AccessibilityOption(attribute), member.DeclaredAccessibility) switch
    {
        (1, _) or (0, Accessibility.Public) => Accessibility.Public,
        (0, Accessibility.Protected or Accessibility.ProtectedOrInternal) => Accessibility.ProtectedOrInternal,
        _ => Accessibility.Internal,
    };

    /// <summary>The user's modifiers, name and parameters, without attributes and default values.</summary>
    public static string DeclarationOf(IMethodSymbol method)
    {
        var syntax = (BaseMethodDeclarationSyntax)method.UserDeclarations().First();
        var modifiers = string.Join(" ", syntax.Modifiers.Select(m => m.Text));
        var parameters = string.Join(", ", method.Parameters.Select(p =>
            $"{(p.ScopedKind == ScopedKind.ScopedValue ? "scoped " : "")}{p.Type.ToDisplayString(Names.FullyQualified)} {Names.Escape(p.Name)}"));
        return method.MethodKind == MethodKind.Constructor
            ? $"{modifiers} {Names.Escape(method.ContainingType.Name)}({parameters})"
            : $"{modifiers} {ReturnTypeOf(method)} {Names.Escape(method.Name)}({parameters})";
    }

    /// <summary>
    /// The type that a method returns. Before the name of a member, the compiler reads a class 'partial' as the keyword, also at the end of
    /// a qualified name.
    /// </summary>
    public static string ReturnTypeOf(IMethodSymbol method)
    {
        const string Keyword = "partial";
        var type = method.ReturnType.ToDisplayString(Names.FullyQualified);
        return method.ReturnType.Name == Keyword && type.EndsWith(Keyword, StringComparison.Ordinal) ? type.Insert(type.Length - Keyword.Length, "@") : type;
    }

    private static string Show(ISymbol symbol) => symbol.ToDisplayString(
        SymbolDisplayFormat.MinimallyQualifiedFormat.WithMemberOptions(SymbolDisplayMemberOptions.None).WithParameterOptions(SymbolDisplayParameterOptions.None));

    private void Report(DiagnosticDescriptor rule, Location location, params object[] arguments) =>
        report?.Invoke(Diagnostic.Create(rule, location, arguments));
}
