using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Diagnostics;

/// <summary>Every diagnostic. A message says what is wrong, why, and what to do; its page is docs/diagnostics/{id}.md.</summary>
/// <remarks>
/// A <c>Refusal</c> is an error that can be found in declarations. In a build the generator reports it, before the compiler finds the errors
/// that follow from it. In an editor an analyzer reports it, because code fixes need that. It can't be configured, so that the compiler
/// stops at it. Only analyzers report the other rules.
/// </remarks>
internal static class Rules
{
    // This field is the first, because the rules below add themselves to it.
    private static readonly Dictionary<string, DiagnosticDescriptor> ById = new(StringComparer.Ordinal);

    private const string Aggregates = "EventSourcing.Aggregates";
    private const string Applications = "EventSourcing.Applications";
    private const string Serialization = "EventSourcing.Serialization";
    private const string Projections = "EventSourcing.Projections";

    public static readonly DiagnosticDescriptor TypeMustBePartial = Refusal("ESG0001", Aggregates, "An aggregate or application must be partial",
        "'{0}' must be partial, because the generator writes the rest of '{1}'");

    public static readonly DiagnosticDescriptor TypeMustNotBeGeneric = Refusal("ESG0002", Aggregates, "An aggregate or application must not be generic",
        "'{0}' must not be generic, because topics and tables in the database belong to one class; make '{1}' a class without type parameters");

    public static readonly DiagnosticDescriptor TypeKindNotSupported = Refusal("ESG0003", Aggregates, "An aggregate or application must be an ordinary class",
        "'{0}' can't be {1}: {2}");

    public static readonly DiagnosticDescriptor EventMemberMustBePartial = Refusal("ESG0004", Aggregates, "A member that raises an event must be partial",
        "'{0}' must be partial{1}");

    public static readonly DiagnosticDescriptor EventMemberSignature = Refusal("ESG0005", Aggregates, "The signature of an event member isn't valid",
        "'{0}' can't raise '{1}', because it {2}");

    public static readonly DiagnosticDescriptor UnsupportedType = Refusal("ESG0006", Serialization, "A type can't be stored",
        "{0} can't be stored: {1}");

    public static readonly DiagnosticDescriptor EventNameInvalid = Refusal("ESG0007", Aggregates, "An event name is empty or invalid",
        "'{0}' can't be the name of an event: {1}");

    public static readonly DiagnosticDescriptor EventNameDuplicate = Refusal("ESG0008", Aggregates, "Two events of an aggregate have the same name",
        "'{0}' already has an event '{1}': give one of them another name");

    public static readonly DiagnosticDescriptor NameCollision = Refusal("ESG0009", Aggregates, "A name of an event collides with another member",
        "'{0}' collides with {1}: {2}");

    public static readonly DiagnosticDescriptor TypeLessAccessible = Refusal("ESG0010", Aggregates, "A type is less accessible than its event",
        "'{0}' of the event '{1}' has the type '{2}', which is less accessible than the event; make '{2}' as accessible as the event");

    public static readonly DiagnosticDescriptor TopicDuplicate = Refusal("ESG0011", Aggregates, "Two events have the same topic",
        "The topic '{0}' of '{1}' is also the topic of '{2}', so stored events can't be told apart; give one of them another Topic");

    public static readonly DiagnosticDescriptor EventWithoutApply = Warning("ESG0012", Aggregates, "An event has no Apply method",
        "'{0}' has no 'void Apply({0} e)', so the event changes no state; add the method, with an empty body if this is intended");

    public static readonly DiagnosticDescriptor ApplyWithoutEvent = Refusal("ESG0013", Aggregates, "An Apply method has no event",
        "'{0}' is never called, because '{1}' isn't an event of '{2}'; {3}");

    public static readonly DiagnosticDescriptor ApplyShape = Refusal("ESG0014", Aggregates, "An Apply method has the wrong signature",
        "'{0}' {1}: write 'private void Apply({2} e)' or 'private void Apply({2} e, EventHeader header)'");

    public static readonly DiagnosticDescriptor CreateIdMismatch = Refusal("ESG0015", Aggregates, "CreateId doesn't match the member that creates the aggregate",
        "'{0}' gets no id: {1}");

    public static readonly DiagnosticDescriptor KeyKindsMixed = Refusal("ESG0016", Applications, "The aggregates of an application have different kinds of keys",
        "'{0}' has {1} keys, but '{2}' has {3} keys: all aggregates of an application share a table, so their keys must be of the same kind; give one of them ids of the other kind, or register it in a separate application");

    public static readonly DiagnosticDescriptor NotAnAggregate = Refusal("ESG0017", Applications, "An application names a class that isn't an aggregate",
        "'{0}' can't be saved by '{1}': {2}");

    public static readonly DiagnosticDescriptor AggregateNotRegistered = Error("ESG0018", Applications, "The application doesn't register the aggregate",
        "'{0}' doesn't register '{1}': add typeof({1}) to its [EventSourcedApplication]");

    public static readonly DiagnosticDescriptor NoProvider = Warning("ESG0019", Applications, "Only the in-memory recorder is available",
        "'{0}' can only be opened with 'memory:', because the project that declares it references no provider package; reference EventSourcing.Generated.Sqlite or EventSourcing.Generated.PostgreSql in this project (a reference in the program's project alone has no effect)");

    public static readonly DiagnosticDescriptor RaiseInsideApply = Error("ESG0020", Aggregates, "An event is raised inside Apply",
        "'{0}' raises an event inside Apply, which also runs when the aggregate is loaded; raise the event in a method outside Apply");

    public static readonly DiagnosticDescriptor StateChangedOutsideApply = Info("ESG0021", Aggregates, "State is changed outside Apply",
        "'{0}' is changed outside Apply, so the change is lost when the aggregate is loaded; raise an event and change it in Apply");

    public static readonly DiagnosticDescriptor NondeterministicApply = Warning("ESG0022", Aggregates, "Apply isn't deterministic",
        "{2} uses '{0}', so the aggregate may be different each time it is loaded; {1}");

    public static readonly DiagnosticDescriptor BaseNotSupported = Refusal("ESG0023", Aggregates, "The base class of an aggregate isn't supported",
        "'{0}' can't derive from '{1}': {2}");

    public static readonly DiagnosticDescriptor NoCreationEvent = Refusal("ESG0024", Aggregates, "An aggregate can't be created",
        "'{0}' has no creation event, which must be the first event of each '{0}': put [Event(\"…\")] on a partial constructor or on a static partial method that returns a '{0}', set Creates = true in the [Event] of a record of your own, or make the class abstract");

    public static readonly DiagnosticDescriptor ApplicationConstructor = Refusal("ESG0026", Applications, "The constructor of an application isn't supported",
        "'{0}' {1}");

    public static readonly DiagnosticDescriptor EventOutsideAggregate = Refusal("ESG0027", Aggregates, "[Event] is used outside an aggregate",
        "'{0}' raises no event, because [Event] has an effect only in a class with [EventSourced]: {1}");

    public static readonly DiagnosticDescriptor ReservedMember = Refusal("ESG0028", Aggregates, "A member has the same name as a generated member",
        "'{0}' has the same name as a generated member: rename it, or use the generated member");

    public static readonly DiagnosticDescriptor ConverterShape = Refusal("ESG0029", Serialization, "A state converter doesn't have the required methods",
        "'{0}' can't convert '{1}': it must have the accessible methods 'static void Write(Utf8JsonWriter, {1})' and 'static {1} Read(ref Utf8JsonReader)'");

    public static readonly DiagnosticDescriptor IdTypeNotSupported = Refusal("ESG0030", Aggregates, "A type can't be an id",
        "'{0}' can't be the id of '{1}'{2}: an id is a Guid, a string, a non-generic struct that holds exactly one public Guid or string and has a constructor that takes it, or a wrapper of a Guid or string by a known generator{3}");

    public static readonly DiagnosticDescriptor TablePrefixInvalid = Refusal("ESG0031", Applications, "A table prefix is invalid",
        "'{0}' can't be a table prefix: set TablePrefix = \"…\" to at most 42 letters (A to Z, a to z), digits and underscores that don't begin with a digit");

    public static readonly DiagnosticDescriptor StateNotSet = Warning("ESG0032", Aggregates, "A creation event leaves non-nullable state null",
        "'{0}' is null after '{1}', although its type isn't nullable: set it in Apply({1} e), give it an initial value, or make it nullable");

    public static readonly DiagnosticDescriptor SchemaInvalid = Refusal("ESG0033", Applications, "A schema is invalid",
        "'{0}' can't be the schema of the tables: set Schema = \"…\" to at most 63 letters (A to Z, a to z), digits and underscores that don't begin with a digit or with 'pg_'");

    public static readonly DiagnosticDescriptor ScopedSessionShape = Refusal("ESG0034", Applications, "The adapter of a scoped session isn't valid",
        "'{0}' can't provide the session of '{1}': {2}; write 'public static StoreSession<{3}>? Current => …', or the same property with the type DbTransaction");

    public static readonly DiagnosticDescriptor ConnectionCreatorShape = Refusal("ESG0035", Applications, "A connection creator isn't valid",
        "'{0}' can't create connections for '{1}': {2}");

    public static readonly DiagnosticDescriptor NotDisposed = Warning("ESG0036", Applications, "A transaction or session isn't disposed",
        "The result of '{0}' is never disposed, so it may hold a connection and locks until the program ends: write 'await using var {1} = …'");

    public static readonly DiagnosticDescriptor DependsOnOtherGenerator = Error("ESG0037", Serialization, "A stored type depends on another generator",
        "'{0}' depends on the output of another generator, which this generator can't see: {1}");

    public static readonly DiagnosticDescriptor UnknownType = Refusal("ESG0038", Serialization, "The type of an event's field or of an id is unknown",
        "The type '{0}' of {1} {2}");

    public static readonly DiagnosticDescriptor LanguageVersion = Refusal("ESG0039", Aggregates, "An aggregate needs C# 14",
        "'{0}' needs C# 14, because its events are raised by partial constructors, but the project is compiled as C# {1}: remove LangVersion from the project, or set it to 14");

    public static readonly DiagnosticDescriptor ThrowInsideApply = Warning("ESG0040", Aggregates, "Apply throws an exception",
        "Apply throws an exception, but the event has already happened and can't be rejected: an aggregate with such an event could never be loaded; check the condition before the event is raised");

    public static readonly DiagnosticDescriptor GeneratorFailed = Refusal("ESG0041", Aggregates, "The generator failed",
        "Nothing could be generated for '{0}', because the generator failed. This is a defect of EventSourcing.Generated; please report it with this text and the declaration of '{0}': {1}");

    public static readonly DiagnosticDescriptor ConverterDuplicate = Refusal("ESG0045", Serialization, "A type has two converters",
        "'{0}' already has the converter '{1}' in this assembly: remove one of them");

    public static readonly DiagnosticDescriptor JsonAttributeIgnored = Warning("ESG0046", Serialization, "A JSON attribute has no effect on what is stored",
        "[{0}] has no effect on how '{1}' is stored, because generated code writes it: {2}");

    /// <summary>All rules.</summary>
    public static IReadOnlyCollection<DiagnosticDescriptor> All => ById.Values;

    /// <summary>The rule with the id.</summary>
    public static DiagnosticDescriptor Get(string id) => ById[id];

    public static readonly DiagnosticDescriptor EventOfAnother = Refusal("ESG0042", Aggregates, "An event of another aggregate is raised",
        "'{0}' would add an event of '{2}' to the stream of a '{1}', which can contain only its own events: call a command of the '{2}', or declare an event in '{1}'");

    public static readonly DiagnosticDescriptor CreationShape = Refusal("ESG0044", Aggregates, "An aggregate or application can't be created in this way",
        "'{0}' can't create {2}: {1}");

    public static readonly DiagnosticDescriptor EventMissing = Refusal("ESG0047", Aggregates, "A partial member has no [Event]",
        "'{0}' has neither a body nor an [Event], so it raises no event: put [Event(\"{1}\")] on it");

    public static readonly DiagnosticDescriptor RequiredMember = Error("ESG0048", Aggregates, "A required member of an aggregate is never set",
        "'{0}' is required, but the generated code that creates the aggregate doesn't ask the caller for it, and Apply({1} e) doesn't set it: set it in Apply, and remove 'required'");

    public static readonly DiagnosticDescriptor ConstructorWithoutEvent = Error("ESG0050", Aggregates, "A constructor creates an aggregate without a creation event",
        "'{0}' raises no creation event, so the aggregate that it creates can't be saved: {1}");

    public static readonly DiagnosticDescriptor ApplyDuplicate = Refusal("ESG0051", Aggregates, "An event has two Apply methods",
        "'{0}' is never called, because '{1}' also applies '{2}': keep only one of them");

    public static readonly DiagnosticDescriptor CreateIdShape = Error("ESG0052", Aggregates, "A CreateId member is never called",
        "'{0}' is never called, so it doesn't create the ids: it {1}; write 'public static {2} CreateId(…)'");

    public static readonly DiagnosticDescriptor AsyncVoid = Error("ESG0053", Applications, "Asynchronous code is not awaited",
        "'{0}' doesn't wait for this asynchronous code, so its effects come too late or never: {1}");

    public static readonly DiagnosticDescriptor EventOption = Refusal("ESG0054", Aggregates, "An option of [Event] has no effect",
        "'{0}' of [Event] has no effect on '{1}': {2}; remove it");

    public static readonly DiagnosticDescriptor TopicNotStorable = Refusal("ESG0055", Aggregates, "A topic can't be stored",
        "A topic of '{0}' {1}");

    public static readonly DiagnosticDescriptor ApplyCalled = Error("ESG0043", Aggregates, "Apply is called outside Apply",
        "'Apply({0})' is called outside Apply, so no event is raised, and its changes are lost when the aggregate is loaded: raise the event instead");

    public static readonly DiagnosticDescriptor UnstableCheck = Warning("ESG0049", Serialization, "A stored type depends on more than its values",
        "'{0}' depends on '{1}', so a value that is accepted now may be rejected when its event is loaded; check it where the event is raised");

    public static readonly DiagnosticDescriptor EventNotRaised = Error("ESG0058", Aggregates, "An event is created but not raised",
        "'{0}' is created but not raised, so nothing changes: write 'Raise(new {0}(…))'");

    public static readonly DiagnosticDescriptor NotAwaited = Warning("ESG0057", Applications, "A call is not awaited",
        "'{0}' isn't awaited, so its exceptions are lost and the following code may run before it completes: await it, or return its task");

    public static readonly DiagnosticDescriptor BegunForCaller = Warning("ESG0059", Applications, "An async method begins a transaction or scope for its caller",
        "The transaction or scope that '{0}' begins doesn't apply to the caller of {1}, because {1} is async: call '{0}' in the caller, or return its result from a method without 'async' and 'await'");

    public static readonly DiagnosticDescriptor SettingsOutsideApplication = Refusal("ESG0060", Applications, "Table settings are used outside an application",
        "[{0}] has no effect on '{1}', because only an application has tables: move it to the class with [EventSourcedApplication]");

    public static readonly DiagnosticDescriptor ViewShape = Refusal("ESG0061", Projections, "A record can't be a view",
        "'{0}' can't be a view: {1}");

    public static readonly DiagnosticDescriptor ViewKey = Refusal("ESG0062", Projections, "The key of a view is missing or doesn't fit",
        "The view '{0}' has no usable key: {1}");

    public static readonly DiagnosticDescriptor ViewHandler = Refusal("ESG0063", Projections, "A method of a projection isn't valid",
        "'{0}' {1}");

    public static readonly DiagnosticDescriptor ViewDuplicate = Refusal("ESG0064", Projections, "Two projections of an application have the same name",
        "The projections '{0}' and '{1}' of '{2}' have the same {3}: give one of them another name");

    public static readonly DiagnosticDescriptor ViewEvent = Refusal("ESG0065", Projections, "A projection handles an event that the application doesn't have",
        "The projection '{0}' handles '{1}', but '{2}' doesn't have its aggregate, so the event never comes: add the aggregate to the [EventSourcedApplication], or remove '{0}' from it");

    public static readonly DiagnosticDescriptor ProjectionClass = Refusal("ESG0070", Projections, "A class can't be a projection",
        "'{0}' can't be a projection: {1}");

    public static readonly DiagnosticDescriptor NondeterministicFold = Error("ESG0066", Projections, "The fold of a view isn't deterministic",
        "{0} uses '{1}', so the rows may be different each time the view is built; {2}");

    public static readonly DiagnosticDescriptor SharedStateInFold = Error("ESG0067", Projections, "The fold of a view uses shared state",
        "{0} {1} '{2}', which is shared and can change, so the rows may be different each time the view is built; use only the row, the event and its header");

    public static readonly DiagnosticDescriptor ChangeInPlace = Error("ESG0068", Projections, "The fold of a view changes a row or an event in place",
        "{0} changes '{1}' in place, but the row before the event, and the event, must stay as they are; change a copy, and return a new row with it");

    public static readonly DiagnosticDescriptor InlineOnError = Refusal("ESG0069", Projections, "An inline view goes on after errors",
        "The inline view '{0}' can't have 'OnError = {1}', because an event that fails there fails its save; remove 'OnError', or 'Inline'");

    public static readonly DiagnosticDescriptor ProjectionChanged = Error("ESG0071", Projections, "A projection has changed, and its Version hasn't",
        "'{0}' has changed since its Version {1} was recorded in {2}: {3}; write 'Version = {4}', so that its rows are built again, or, if they stay the same, delete the line of '{5}' from the file");

    public static readonly DiagnosticDescriptor LockFileInvalid = Error("ESG0072", Projections, "A line of a lock file isn't valid",
        "Line {0} of {1} isn't valid: {2}; restore the line, or delete it, so that the build writes it again");

    public static readonly DiagnosticDescriptor ProjectionNotLocked = Error("ESG0073", Projections, "A projection isn't in the lock file",
        "'{0}' has no line for its Version {1} in {2}, and this build only compares: build the project where CI isn't set and EventSourcingUpdateLocks isn't false, and commit the file");

    /// <summary>Whether the generator reports the rule in a build.</summary>
    public static bool IsRefusal(DiagnosticDescriptor rule) => rule.CustomTags.Contains(WellKnownDiagnosticTags.NotConfigurable);

    /// <summary>The text that reports an exception of the generator, with the place where it was thrown.</summary>
    public static string Describe(Exception exception) =>
        $"{exception.GetType().Name}: {exception.Message} {exception.StackTrace?.Split('\n')[0].Trim()}".Trim();

    private static DiagnosticDescriptor Refusal(string id, string category, string title, string message) =>
        Rule(id, category, title, message, DiagnosticSeverity.Error, WellKnownDiagnosticTags.NotConfigurable);

    private static DiagnosticDescriptor Error(string id, string category, string title, string message) => Rule(id, category, title, message, DiagnosticSeverity.Error);

    private static DiagnosticDescriptor Warning(string id, string category, string title, string message) => Rule(id, category, title, message, DiagnosticSeverity.Warning);

    private static DiagnosticDescriptor Info(string id, string category, string title, string message) => Rule(id, category, title, message, DiagnosticSeverity.Info);

    private static DiagnosticDescriptor Rule(string id, string category, string title, string message, DiagnosticSeverity severity, params string[] tags)
    {
        var help = $"https://github.com/eventsourcing-generated/eventsourcing-generated/blob/main/docs/diagnostics/{id}.md";
        return ById[id] = new(id, title, message, category, severity, isEnabledByDefault: true, helpLinkUri: help, customTags: tags);
    }
}
