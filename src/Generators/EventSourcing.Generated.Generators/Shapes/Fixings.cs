using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Shapes;

/// <summary>How a value is handled when its event is raised.</summary>
internal enum Fixing
{
    /// <summary>Nothing is done: the value can't change, and any value can be stored.</summary>
    None,

    /// <summary>The value is checked, and refused if it can't be saved, or couldn't be loaded unchanged.</summary>
    Check,

    /// <summary>The value is checked and copied, because the caller could change it later.</summary>
    Copy,
}

/// <summary>Determines how the values of all shapes of an aggregate are handled when an event is raised.</summary>
internal sealed class Fixings
{
    private readonly Fixing[] _fixings;
    private readonly bool[] _isDeep;

    public Fixings(EquatableArray<ShapeModel> shapes)
    {
        var within = Enumerable.Range(0, shapes.Count).Select(shape => Within(shapes, shape)).ToList();
        var recursive = Enumerable.Range(0, shapes.Count).Where(shape => within[shape].Contains(shape)).ToList();
        _isDeep = new bool[shapes.Count];
        foreach (var shape in recursive.Concat(recursive.SelectMany(r => within[r])))
        {
            _isDeep[shape] = true;
        }
        // A shape that contains one of these passes the level on.
        var deep = Enumerable.Range(0, shapes.Count).Where(shape => _isDeep[shape]).ToList();
        for (var shape = 0; shape < shapes.Count; shape++)
        {
            _isDeep[shape] |= deep.Any(within[shape].Contains);
        }

        Fixing[] own = [.. shapes.Select((s, i) => Own(s) == Fixing.None && _isDeep[i] && Nests(s) ? Fixing.Check : Own(s))];
        _fixings = [.. within.Select((parts, shape) => parts.Select(p => own[p]).Append(own[shape]).Max())];
    }

    public Fixing Of(int shape) => _fixings[shape];

    /// <summary>
    /// Whether a value can hold another one of its shape, or is a part of one that can, or has one of these as a part: only the value
    /// itself shows how deeply it is nested.
    /// </summary>
    public bool IsDeep(int shape) => _isDeep[shape];

    /// <summary>The shapes of all parts of a value. A type may contain itself.</summary>
    private static HashSet<int> Within(EquatableArray<ShapeModel> shapes, int shape)
    {
        var found = new HashSet<int>();
        var open = new Stack<int>(Parts(shapes[shape]));
        while (open.Count > 0)
        {
            var part = open.Pop();
            if (!found.Add(part))
            {
                continue;
            }

            foreach (var next in Parts(shapes[part]))
            {
                open.Push(next);
            }
        }

        return found;
    }

    private static Fixing Own(ShapeModel shape) => shape switch
    {
        { Scalar: not null, Name: "Bytes" } => Fixing.Copy,
        { Scalar: not null, Name: "String" or "Uri" or "Char" or "DateTime" } => Fixing.Check,
        { Kind: ShapeKind.List or ShapeKind.Set or ShapeKind.Map or ShapeKind.Object or ShapeKind.Converted, IsImmutable: false } => Fixing.Copy,
        // The value is created again to see what its constructor does.
        { IsCompared: true } => Fixing.Check,
        // Such a value can be null, without a name, without its value, or of a kind that its converter doesn't take.
        { Kind: ShapeKind.Nullable } => Fixing.None,
        { Kind: ShapeKind.Object } when shape.Members.Any(m => m.CanThrow) => Fixing.Check,
        { IsReference: true } or { HasInvalidDefault: true } or { Kind: ShapeKind.Set or ShapeKind.Map or ShapeKind.Enum or ShapeKind.Flags or ShapeKind.Converted or ShapeKind.Wrapper } => Fixing.Check,
        _ => Fixing.None,
    };

    /// <summary>Whether the shape is an object or array in JSON.</summary>
    public static bool Nests(ShapeModel shape) => shape.Kind is ShapeKind.List or ShapeKind.Set or ShapeKind.Map or ShapeKind.Object or ShapeKind.Tuple;

    private static IEnumerable<int> Parts(ShapeModel shape)
    {
        foreach (var member in shape.Members)
        {
            yield return member.Shape;
        }

        if (shape.Element >= 0)
        {
            yield return shape.Element;
        }

        if (shape.Key >= 0)
        {
            yield return shape.Key;
        }
    }
}
