using EventSourcing.Generators.Aggregates;

namespace EventSourcing.Generators.Serializers.Emitters;

/// <summary>Gives events values of their own when they are raised: checks and copies, for the types that need them.</summary>
internal sealed class FixEmitter(AggregateModel model, Fixings fixings, ValueCode code)
{
    private const string Values = KnownNames.Services + ".RaisedValues";
    private const string Event = KnownNames.Library + ".IEvent";

    /// <summary>A value, where it goes, and how its declared type differs from that of its shape.</summary>
    private sealed record Part(string Member, string Value, Placement Placement);

    public static void Write(AggregateModel model, ValueCode code, SourceWriter writer)
    {
        var fixings = new Fixings(model);
        if (model.Events.Any(e => fixings.Of(e) != Fixing.None))
            new FixEmitter(model, fixings, code).Write(writer);
    }

    private void Write(SourceWriter writer)
    {
        var events = model.Events.Where(e => fixings.Of(e) != Fixing.None).ToList();
        writer.Line();
        writer.Line("/// <summary>An event that is raised, with values of its own, which its caller can't change.</summary>");
        using (writer.Open($"public static {Event} Fix({Event} e) => e switch", "};"))
        {
            foreach (var e in events)
            {
                var local = AggregateEmitter.Local(e);
                // A record that derives from it isn't one of the aggregate's events.
                var exactly = e.IsOpen ? $" when {local}.GetType() == typeof({e.TypeName})" : "";
                writer.Line($"{e.TypeName} {local}{exactly} => Fix({local}),");
            }

            writer.Line("_ => e,");
        }

        foreach (var e in events)
        {
            writer.Line();
            using (writer.Open($"private static {e.TypeName} Fix({e.TypeName} e)"))
                WriteEvent(e, writer);
        }

        for (var shape = 0; shape < model.Shapes.Count; shape++)
        {
            if (fixings.Of(shape) != Fixing.None && code.Shape(shape).Kind is not (ShapeKind.Scalar or ShapeKind.Nullable))
                WriteShape(shape, writer);
        }
    }

    private void WriteEvent(EventModel e, SourceWriter writer)
    {
        var locals = FieldReader.LocalsOf(e.Fields.Select(f => f.JsonName));
        var parts = e.Fields.Select((f, i) => new Part(
            f.Property, Member(f.Shape, "e." + f.Property, f.Type, locals[i], Names.Literal(f.JsonName)), f.Placement));
        if (fixings.Of(e) == Fixing.Copy)
            WriteMaking(e.TypeName, [.. parts], writer);
        else
            WriteChecks(parts.Where((_, i) => fixings.Of(e.Fields[i].Shape) != Fixing.None).Select(p => p.Value), "e", writer);
    }

    private void WriteShape(int index, SourceWriter writer)
    {
        var shape = code.Shape(index);
        writer.Line();
        if (shape.IsReference)
            writer.Line("[return: global::System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(value))]");
        var type = shape.Type + (shape.IsReference ? "?" : "");
        using (writer.Open($"private static {type} Fix{shape.Name}({type} value, string field)"))
        {
            // What isn't a value is refused when it is written.
            if (shape.IsReference || shape.HasInvalidDefault)
            {
                writer.Line(shape.IsReference ? "if (value is null)" : "if (value.IsDefault)");
                using (writer.Indent())
                    writer.Line("return value;");
            }

            if (fixings.IsRecursive(index))
                writer.Line($"{Values}.RequireStack(field);");
            switch (shape.Kind)
            {
                case ShapeKind.Object or ShapeKind.Tuple:
                    WriteObject(index, shape, writer);
                    break;
                case ShapeKind.Wrapper:
                    var wrapped = Value(shape.Element, string.Format(shape.Unwrap!, "value"), "wrapped", "field");
                    if (fixings.Of(index) == Fixing.Check)
                        WriteChecks([wrapped], "value", writer);
                    else
                        writer.Line($"return {string.Format(shape.Wrap!, wrapped)};");
                    break;
                case ShapeKind.Converted:
                    writer.Line($"return {Values}.Copy<{shape.Type}>(value, Write{shape.Name}, Read{shape.Name}, field);");
                    break;
                default:
                    WriteCollection(index, shape, writer);
                    break;
            }
        }
    }

    private void WriteObject(int index, ShapeModel shape, SourceWriter writer)
    {
        var locals = FieldReader.LocalsOf(shape.Members.Select(m => m.JsonName));
        var parts = shape.Members.Select((m, i) => new Part(m.Name, Member(m.Shape, "value." + m.Name, m.Type, locals[i], "field"), m.Placement)).ToList();
        if (shape.IsOpen)
            writer.Line($"{Values}.RequireExact(value, field);");
        if (fixings.Of(index) == Fixing.Check)
            WriteChecks(parts.Where((_, i) => fixings.Of(shape.Members[i].Shape) != Fixing.None).Select(p => p.Value), "value", writer);
        else if (shape.Type[0] == '(')
        {
            // The tuple of items that differ from their declared types differs, too.
            var bang = shape.Members.Any(m => code.Shape(m.Shape).Type != m.Type) ? "!" : "";
            writer.Line($"return ({string.Join(", ", parts.Select(p => p.Value))}){bang};");
        }
        else
            WriteMaking(shape.Type, parts, writer);
    }

    private void WriteCollection(int index, ShapeModel shape, SourceWriter writer)
    {
        var item = Value(shape.Element, "item", "present", "field");
        var isMap = shape.Kind == ShapeKind.Map;
        if (shape.Kind != ShapeKind.List)
            writer.Line($"{Values}.RequireDefaultComparer(value, field);");
        var loop = isMap ? "foreach (var (key, item) in value)" : "foreach (var item in value)";
        if (fixings.Of(index) == Fixing.Check)
        {
            if (fixings.Of(shape.Element) != Fixing.None)
            {
                writer.Line(isMap ? "foreach (var (_, item) in value)" : loop);
                using (writer.Indent())
                    writer.Line($"_ = {item};");
            }

            writer.Line("return value;");
            return;
        }

        if (shape.Kind == ShapeKind.List && item == "item" && !shape.Result!.EndsWith("Immutable()", StringComparison.Ordinal))
        {
            writer.Line(shape.Result == "items" ? $"return {shape.Builder!.Substring(0, shape.Builder.Length - 2)}(value);" : $"return {Values}.Copy(value);");
            return;
        }

        writer.Line($"var items = {shape.Builder};");
        ValueCode.WriteBody(loop, writer, body =>
        {
            if (shape.Kind != ShapeKind.List)
            {
                body.Line(isMap ? "if (items.ContainsKey(key))" : $"if (!items.Add({item}))");
                using (body.Indent())
                    body.Line($"throw {Values}.Duplicate(field);");
            }

            if (shape.Kind != ShapeKind.Set)
                body.Line(isMap ? $"items.Add(key, {item});" : $"items.Add({item});");
        });
        writer.Line($"return {shape.Result};");
    }

    private static void WriteMaking(string type, List<Part> parts, SourceWriter writer)
    {
        var arguments = string.Join(", ", parts.Where(p => p.Placement == Placement.Argument).Select(p => p.Value));
        var initializer = string.Join(", ", parts.Where(p => p.Placement == Placement.Initializer).Select(p => $"{p.Member} = {p.Value}"));
        var making = $"new {type}({arguments}){(initializer.Length == 0 ? "" : $" {{ {initializer} }}")}";
        var assigned = parts.Where(p => p.Placement == Placement.Assignment).ToList();
        if (assigned.Count == 0)
        {
            writer.Line($"return {making};");
            return;
        }

        writer.Line($"var result = {making};");
        foreach (var part in assigned)
            writer.Line($"result.{part.Member} = {part.Value};");
        writer.Line("return result;");
    }

    private static void WriteChecks(IEnumerable<string> values, string result, SourceWriter writer)
    {
        foreach (var value in values)
            writer.Line($"_ = {value};");
        writer.Line($"return {result};");
    }

    // Types of code without annotations differ from ours, which ! passes over.
    private string Member(int shape, string expression, string declaredType, string local, string field)
    {
        var bang = code.Shape(shape).Type == declaredType ? "" : "!";
        return Value(shape, expression + bang, local, field) + (fixings.Of(shape) == Fixing.None ? "" : bang);
    }

    /// <summary>The expression of a value that its caller can't change.</summary>
    private string Value(int shape, string expression, string local, string field)
    {
        if (fixings.Of(shape) == Fixing.None)
            return expression;
        var model = code.Shape(shape);
        switch (model)
        {
            case { Kind: ShapeKind.Nullable, IsReference: false } when code.Shape(model.Element) is not { Scalar: not null }:
                return $"({expression.TrimEnd('!')} is {{ }} {local} ? {Value(model.Element, local, local, field)} : default({model.Type}))";
            case { Kind: ShapeKind.Nullable }:
                return Value(model.Element, expression, local, field);
            case { Scalar: not null, Name: "Bytes" }:
                return $"{Values}.Copy({expression})";
            case { Scalar: not null }:
                return $"{Values}.NotLocal({expression}, {field})";
            default:
                return $"Fix{model.Name}({expression}, {field})";
        }
    }
}
