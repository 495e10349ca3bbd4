using System.Reflection;
using EventSourcing.Generators.Tests.Testing;
using Xunit;

namespace EventSourcing.Generators.Tests.Shapes;

/// <summary>
/// Types that another generator completes are recognized by their attribute and written as their value. Our generator doesn't see the
/// output of the other one; the tests add it afterwards.
/// </summary>
public class WrapperTests
{
    private const string Attributes = """
        namespace Vogen
        {
            public class ValueObjectAttribute(Type? underlyingType = null) : Attribute { public Type? Type => underlyingType; }
            public class ValueObjectAttribute<T> : Attribute;
            [AttributeUsage(AttributeTargets.Assembly)] public class VogenDefaultsAttribute(Type? underlyingType = null) : Attribute { public Type? Type => underlyingType; }
        }

        namespace StronglyTypedIds
        {
            public enum Template { Guid, Int, String, Long, NullableString }
            public class StronglyTypedIdAttribute : Attribute
            {
                public StronglyTypedIdAttribute() { }
                public StronglyTypedIdAttribute(Template template, params string[] more) { }
                public StronglyTypedIdAttribute(string template, params string[] more) { }
            }

            [AttributeUsage(AttributeTargets.Assembly)] public class StronglyTypedIdDefaultsAttribute(Template template) : Attribute { public Template Template => template; }
        }

        namespace Thinktecture
        {
            public enum ConversionOperatorsGeneration { None, Implicit, Explicit }
            public class ValueObjectAttribute<T> : Attribute
            {
                public bool SkipFactoryMethods { get; set; }
                public string? CreateFactoryMethodName { get; set; }
                public ConversionOperatorsGeneration ConversionToKeyMemberType { get; set; } = ConversionOperatorsGeneration.Implicit;
                public ConversionOperatorsGeneration UnsafeConversionToKeyMemberType { get; set; } = ConversionOperatorsGeneration.Explicit;
            }
        }

        public class StronglyTypedIdAttribute(Type type) : Attribute { public Type Type => type; }
        """;

    [Theory]
    [InlineData("[Vogen.ValueObject<string>] public readonly partial struct T;", "string", "T.From")]
    [InlineData("[Vogen.ValueObject<Guid>] public partial record T;", "Guid", "T.From")]
    [InlineData("[Vogen.ValueObject<decimal>] public partial class T;", "decimal", "T.From")]
    [InlineData("[Vogen.ValueObject(typeof(DateOnly))] public partial record struct T;", "DateOnly", "T.From")]
    [InlineData("[Vogen.ValueObject] public partial struct T;", "int", "T.From")]
    [InlineData("[assembly: Vogen.VogenDefaults(typeof(long))] [Vogen.ValueObject] public partial struct T;", "long", "T.From")]
    [InlineData("[StronglyTypedIds.StronglyTypedId] public readonly partial struct T;", "Guid", "new")]
    [InlineData("[StronglyTypedIds.StronglyTypedId(StronglyTypedIds.Template.Int)] public readonly partial struct T;", "int", "new")]
    [InlineData("[StronglyTypedIds.StronglyTypedId(StronglyTypedIds.Template.Guid, \"guid-efcore\")] public readonly partial struct T;", "Guid", "new")]
    [InlineData("[StronglyTypedIds.StronglyTypedId(\"long-full\")] public readonly partial struct T;", "long", "new")]
    [InlineData("[assembly: StronglyTypedIds.StronglyTypedIdDefaults(StronglyTypedIds.Template.String)] [StronglyTypedIds.StronglyTypedId] public readonly partial struct T;", "string", "new")]
    [InlineData("[StronglyTypedId(typeof(int))] public readonly partial struct T;", "int", "T.FromInt32")]
    [InlineData("[StronglyTypedId(typeof(string))] public partial class T;", "string", "T.FromString")]
    [InlineData("[Thinktecture.ValueObject<string>] public partial class T;", "string", "T.Create")]
    [InlineData("[Thinktecture.ValueObject<int>(CreateFactoryMethodName = \"Of\")] public readonly partial struct T;", "int", "T.Of")]
    public async Task A_wrapper_of_a_known_generator_is_written_as_its_value(string declaration, string value, string factory)
    {
        var assembly = Build(declaration, value, factory, value is "string" or "Guid" or "int" or "long"
            ? ["T", "T?", "List<T>", "(T, int)", "Dictionary<T, T>"]
            : ["T", "T?", "List<T>", "(T, int)"]);

        var type = assembly.GetType("T")!;
        var wrapped = Wrap(type, factory, Sample(value));
        Assert.Equal(Sample(value), Unwrap(await Keeper.RoundTrip(assembly, 0, wrapped)));
        Assert.Equal(Sample(value), Unwrap(await Keeper.RoundTrip(assembly, 1, wrapped)));
        Assert.Null(await Keeper.RoundTrip(assembly, 1, null));
        var list = (System.Collections.IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(type))!;
        list.Add(wrapped);
        Assert.Equal(Sample(value), Unwrap(Assert.Single(((System.Collections.IEnumerable)(await Keeper.RoundTrip(assembly, 2, list))!).Cast<object>())));
        if (assembly.GetType("Keeper")!.GetNestedType("Kept4") is null)
        {
            return;
        }

        var map = (System.Collections.IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(type, type))!;
        map.Add(wrapped, wrapped);
        var read = (System.Collections.IDictionary)(await Keeper.RoundTrip(assembly, 4, map))!;
        Assert.Equal(Sample(value), Unwrap(Assert.Single(read.Keys.Cast<object>())));
        Assert.Equal(Sample(value), Unwrap(Assert.Single(read.Values.Cast<object>())));

        object? Unwrap(object? o) => type.GetProperty("Value")!.GetValue(o);
    }

    [Theory]
    [InlineData("[Vogen.ValueObject<Guid>] public readonly partial struct T;", "Guid", "T.From")]
    [InlineData("[Vogen.ValueObject<string>] public partial record T;", "string", "T.From")]
    [InlineData("[StronglyTypedIds.StronglyTypedId] public readonly partial struct T;", "Guid", "new")]
    [InlineData("[StronglyTypedId(typeof(string))] public readonly partial struct T;", "string", "T.FromString")]
    [InlineData("[Thinktecture.ValueObject<Guid>] public readonly partial struct T;", "Guid", "T.Create")]
    public async Task A_wrapper_of_a_known_generator_is_an_id(string declaration, string value, string factory)
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, Attributes + declaration, """
            [EventSourced]
            public sealed partial class Dog
            {
                [Event("Registered")]
                public partial Dog(T id, string name);
                private void Apply(Registered e) => Name = e.Name;
                public string Name { get; private set; }
            }

            [EventSourcedApplication(typeof(Dog))]
            public sealed partial class School;

            public static class Trip
            {
                public static async Task<string> Go(T id)
                {
                    await using var school = await School.OpenAsync("memory:");
                    await school.SaveAsync(new Dog(id, "Fido"));
                    return (await school.Repository.GetAsync(id)).Name;
                }
            }
            """.Replace("GetAsync(id)", "GetAsync<Dog>(id)", StringComparison.Ordinal));
        var assembly = run.CompileWith(Other(declaration, value, factory));
        Assert.Equal("Fido", await (Task<string>)assembly.GetType("Trip")!.GetMethod("Go")!.Invoke(null, [Wrap(assembly.GetType("T")!, factory, Sample(value))])!);
    }

    /// <summary>The name of a template says which type it wraps, and a struct around a value is written inline.</summary>
    [Theory]
    [InlineData("\"guid\"", "Guid")]
    [InlineData("\"Guid\"", "Guid")]
    [InlineData("\"int-dapper\"", "Int32")]
    [InlineData("\"Int\"", "Int32")]
    [InlineData("\"long\"", "Int64")]
    [InlineData("\"short-full\"", "Int16")]
    [InlineData("\"Short\"", "Int16")]
    [InlineData("\"string\"", "String")]
    [InlineData("\"nullablestring\"", "IsNull")]
    [InlineData("StronglyTypedIds.Template.Long", "Int64")]
    [InlineData("StronglyTypedIds.Template.String", "String")]
    [InlineData("StronglyTypedIds.Template.NullableString", "IsNull")]
    public void The_name_of_a_template_says_which_type_it_wraps(string template, string read)
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, Attributes + $"[StronglyTypedIds.StronglyTypedId({template})] public readonly partial struct T;", Keeper.Source("T"));
        Assert.Contains($"state.{read}(\",\\\"value\\\":\"u8)", run.Files["Keeper.Json.g.cs"], StringComparison.Ordinal);
        Assert.DoesNotContain("void WriteT(", run.Files["Keeper.Json.g.cs"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrapper_in_a_reference_is_recognized_by_its_attribute_too()
    {
        var reference = StateCoverageTests.Reference(Attributes.Replace("namespace Vogen", "namespace Vogen", StringComparison.Ordinal)
            + "namespace My.System { [Vogen.ValueObject<string>] public readonly struct T { private readonly string _value; private T(string value) => _value = value; public string Value => _value; public static T From(string value) => new(value); } }");
        Assert.Null(StateCoverageTests.Refusal("", "My.System.T", [.. GeneratorRun.CoreReferences, reference]));
    }

    [Theory]
    [InlineData("[StronglyTypedIds.StronglyTypedId(\"my-template\")] public readonly partial struct T;")]
    [InlineData("[Thinktecture.ValueObject<string>(SkipFactoryMethods = true)] public partial class T;")]
    [InlineData("[Thinktecture.ValueObject<string>(ConversionToKeyMemberType = Thinktecture.ConversionOperatorsGeneration.None)] public partial class T;")]
    [InlineData("[Thinktecture.ValueObject<string>(UnsafeConversionToKeyMemberType = Thinktecture.ConversionOperatorsGeneration.None)] public partial class T;")]
    public void An_unknown_setting_is_refused(string declaration) =>
        Assert.Contains("uses a setting of its generator that isn't supported", StateCoverageTests.Refusal("using System;\n" + Attributes + declaration), StringComparison.Ordinal);

    [Theory]
    [InlineData("[Vogen.ValueObject<string>] public partial class T { private int _uses; public void Use() => _uses++; }", "'T._uses' would be lost")]
    [InlineData("[Vogen.ValueObject<string>] public partial record T { public int Uses { get; set; } }", "'T.Uses' would be lost")]
    [InlineData("public class B { public int Uses { get; set; } } [Vogen.ValueObject<string>] public partial class T : B;", "'B.Uses' would be lost")]
    [InlineData("[StronglyTypedIds.StronglyTypedId] public partial struct T { private int _tenant; public void Set() => _tenant = 1; }", "'T._tenant' would be lost")]
    [InlineData("[Vogen.ValueObject<string>] public partial class T { [StateIgnore] private int _uses; public static int All; public int Length => 1; public void Use() => _uses++; }", null)]
    [InlineData("[StronglyTypedIds.StronglyTypedId] public readonly partial struct T { public T(Guid value) => Value = value; public Guid Value { get; } }", null)]
    public void A_wrapper_with_additional_fields_is_refused(string declaration, string? reason)
    {
        var refusal = StateCoverageTests.Refusal("using System;\n" + Attributes + declaration);
        if (reason is null)
        {
            Assert.Null(refusal);
        }
        else
        {
            Assert.Contains(reason, refusal, StringComparison.Ordinal);
        }
    }

    /// <summary>Two ids that differ only outside the key would mean the same aggregate.</summary>
    [Theory]
    [InlineData("public readonly record struct T(Guid Value);", true)]
    [InlineData("public readonly struct T(string value) { public string Value { get; } = value; public string Upper => Value.ToUpper(); }", true)]
    [InlineData("public readonly struct T { private readonly Guid _value; public T(Guid key) => _value = key; public Guid Value => _value; }", true)]
    [InlineData("public readonly record struct T(Guid Value) { public int Tenant { get; init; } }", false)]
    [InlineData("public record struct T(Guid Value) { private int _tenant; public void Set() => _tenant = 1; }", false)]
    [InlineData("public readonly struct T { public T(Guid a) { A = a; B = a; } public Guid A { get; } public Guid B { get; } }", false)]
    [InlineData("public readonly struct T(string value) { public string Value { get; } = value + \"!\"; }", false)]
    [InlineData("public readonly struct T { public T(string value) => Value = value.Trim('a').TrimStart('b'); public string Value { get; } }", false)]
    [InlineData("public readonly struct T { public T(string? value) => Value = value ?? \"none\"; public string? Value { get; } }", false)]
    [InlineData("public struct T { public T(string value) => Value = value.Trim(); public string Value { get; set; } }", false)]
    [InlineData("public struct T { public T(string value) => Value = value.Trim(); public string Value { get; private set; } }", false)]
    [InlineData("public struct T { private string _value; public T(string value) => _value = value.Trim(); public readonly string Value => _value; public void Set() => _value = \"\"; }", false)]
    [InlineData("public readonly struct T { public T(string value) => Value = value.Trim(); private T(int value) => Value = \" x \"; public string Value { get; } }", false)]
    [InlineData("public readonly struct T { public T(string value) => Value = value.Trim(); public T(int value) : this(\"x\") { } public string Value { get; } }", true)]
    [InlineData("public readonly struct T { public T(string value) => Value = value.Replace(\"-\", \"\"); public string Value { get; } }", false)]
    [InlineData("public readonly struct T { public T(string value) => Value = value is { Length: > 0 } text ? text : throw new ArgumentException(\"\"); public string Value { get; } }", true)]
    [InlineData("public readonly struct T { public T(string value) => Value = value.Trim().ToLowerInvariant(); public string Value { get; } }", true)]
    [InlineData("[StronglyTypedIds.StronglyTypedId] public partial struct T { private int _tenant; public void Set() => _tenant = 1; }", false)]
    [InlineData("public readonly partial struct T;", false)]
    [InlineData("public readonly struct T(Guid value) { public readonly Guid Value = value; }", true)]
    [InlineData("public readonly struct T { internal T(Guid value) => Value = value; public Guid Value { get; } }", true)]
    [InlineData("public readonly struct T { private T(Guid value) => Value = value; public Guid Value { get; } public static T Of(Guid value) => new(value); }", false)]
    [InlineData("public readonly struct T(Guid value) { public static Guid Empty => default; public Guid this[int i] => default; public Guid Value { get; } = value; }", true)]
    [InlineData("public readonly struct T(Guid value) { private Guid Value { get; } = value; public override string ToString() => Value.ToString(); }", false)]
    [InlineData("public readonly struct T(Guid value, bool other) { public Guid Value { get; } = other ? value : value; }", false)]
    [InlineData("[StronglyTypedIds.StronglyTypedId(StronglyTypedIds.Template.Int)] public readonly partial struct T;", false)]
    [InlineData("[StronglyTypedIds.StronglyTypedId(StronglyTypedIds.Template.NullableString)] public readonly partial struct T;", false)]
    public void An_id_holds_nothing_but_its_key(string declaration, bool isId)
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, Attributes + declaration, """
            [EventSourced]
            public sealed partial class Dog
            {
                [Event("Registered")]
                public partial Dog(T id, string name);
                private void Apply(Registered e) { }
            }
            """);
        Assert.Equal(!isId, run.Files.ContainsKey("Dog.Refused.g.cs"));
    }

    /// <summary>A value that a wrapper refuses causes a typed error, when it is read and when its event is raised.</summary>
    [Fact]
    public async Task A_value_that_the_wrapper_refuses_causes_a_typed_error()
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, Attributes + "[Vogen.ValueObject<string>] public readonly partial struct T;", Keeper.Source("T"));
        var assembly = run.CompileWith("""
            using System;
            public readonly partial struct T
            {
                private readonly string _value;
                private T(string value) => _value = value;
                public string Value => _value ?? throw new TimeZoneNotFoundException("not initialized");
                public static T From(string value) => value == "bad" ? throw new TimeZoneNotFoundException("not valid") : new(value);
                public static T Unchecked(string value) => new(value);
            }
            """);
        var type = assembly.GetType("T")!;
        var refused = await Assert.ThrowsAsync<EventValueException>(() => Keeper.RoundTrip(assembly, 0, Activator.CreateInstance(type)));
        Assert.Equal(("value", "Kept0"), (refused.Field, refused.Event));
        await Assert.ThrowsAsync<EventValueException>(() => Keeper.RoundTrip(assembly, 0, type.GetMethod("Unchecked")!.Invoke(null, ["bad"])));
    }

    /// <summary>An object whose type throws when it is read or created again is refused when its event is raised.</summary>
    [Theory]
    [InlineData("public readonly struct T { private readonly string? _a; public T(string a) => _a = a; public string A => _a ?? throw new TimeZoneNotFoundException(); public static T Bad => default; }")]
    [InlineData("public readonly struct T { public T(int a) => A = a; public int A { get => field == 0 ? throw new TimeZoneNotFoundException() : field; } public static T Bad => default; }")]
    [InlineData("public sealed class T { public T(string a) { if (a.Length == 0) throw new TimeZoneNotFoundException(); A = a; } public string A { get; set; } public static T Bad => new(\"a\") { A = \"\" }; }")]
    [InlineData("public sealed class T(int a) { public int A { get; set; } = a == 0 ? throw new TimeZoneNotFoundException() : a; public static T Bad => new(1) { A = 0 }; }")]
    public async Task A_value_whose_type_throws_when_it_is_read_or_copied_causes_a_typed_error(string type)
    {
        var assembly = GeneratorRun.With(GeneratorRun.CoreReferences, type, Keeper.Source("T")).Compile();
        var refused = await Assert.ThrowsAsync<EventValueException>(() => Keeper.RoundTrip(assembly, 0, assembly.GetType("T")!.GetProperty("Bad")!.GetValue(null)));
        Assert.Equal(("value", "Kept0", typeof(TimeZoneNotFoundException)), (refused.Field, refused.Event, refused.InnerException?.GetType()));
    }

    private static Assembly Build(string declaration, string value, string factory, string[] fields)
    {
        // An assembly attribute must precede everything else in a file.
        var types = declaration.StartsWith("[assembly", StringComparison.Ordinal) ? new[] { declaration, Attributes } : [Attributes + declaration];
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, [.. types, Keeper.Source(fields)]);
        return run.CompileWith(Other(declaration, value, factory));
    }

    private static string Other(string declaration, string value, string factory)
    {
        var kind = declaration[declaration.IndexOf("partial", StringComparison.Ordinal)..declaration.LastIndexOf(" T", StringComparison.Ordinal)];
        var make = factory == "new" ? "public T(VALUE value) => Value = value;" : $"private T(VALUE value) => Value = value; public static T {factory[2..]}(VALUE value) => new(value);";
        return $"using System; public {kind} T {{ public VALUE Value {{ get; }} {make} public static implicit operator VALUE(T t) => t.Value; }}".Replace("VALUE", value, StringComparison.Ordinal);
    }

    private static object Wrap(Type type, string factory, object value) => factory == "new"
        ? Activator.CreateInstance(type, value)!
        : type.GetMethod(factory[2..], BindingFlags.Public | BindingFlags.Static)!.Invoke(null, [value])!;

    private static object Sample(string value) => value switch
    {
        "string" => "a",
        "Guid" => new Guid("00112233-4455-6677-8899-aabbccddeeff"),
        "decimal" => 1.5m,
        "DateOnly" => new DateOnly(2026, 1, 2),
        "int" => 7,
        _ => 8L,
    };
}
