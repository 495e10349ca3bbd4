using EventSourcing.Generators.Aggregates;

namespace EventSourcing.Generators.Serializers;

/// <summary>What is to be done with a value when its event is raised.</summary>
internal enum Fixing
{
    /// <summary>Nothing: it can't change, and any of it can be stored.</summary>
    None,

    /// <summary>It is looked at, and refused if it couldn't be loaded as it is.</summary>
    Check,

    /// <summary>It is looked at and copied, because the caller could change it later.</summary>
    Copy,
}

/// <summary>Finds out for all shapes of an aggregate what is to be done with their values when an event is raised.</summary>
internal sealed class Fixings
{
    private readonly EquatableArray<ShapeModel> _shapes;
    private readonly Fixing[] _fixings;

    public Fixings(AggregateModel model)
    {
        _shapes = model.Shapes;
        _fixings = [.. _shapes.Select(Own)];
        // A type may contain itself, so that it isn't enough to look at the parts first.
        bool changed;
        do
        {
            changed = false;
            for (var i = 0; i < _fixings.Length; i++)
            {
                var needed = Parts(_shapes[i]).Select(Of).Append(_fixings[i]).Max();
                changed |= needed != _fixings[i];
                _fixings[i] = needed;
            }
        }
        while (changed);
    }

    public Fixing Of(int shape) => _fixings[shape];

    public Fixing Of(EventModel e) => e.Fields.Select(f => Of(f.Shape)).Append(e.IsImmutable ? Fixing.None : Fixing.Copy).Max();

    /// <summary>Whether a value can hold another one of its shape.</summary>
    public bool IsRecursive(int shape)
    {
        var seen = new HashSet<int>();
        var open = new Stack<int>(Parts(_shapes[shape]));
        while (open.Count > 0)
        {
            var part = open.Pop();
            if (part == shape)
                return true;
            if (!seen.Add(part))
                continue;
            foreach (var next in Parts(_shapes[part]))
                open.Push(next);
        }

        return false;
    }

    private static Fixing Own(ShapeModel shape) => shape switch
    {
        { Scalar: not null, Name: "DateTime" } => Fixing.Check,
        { Scalar: not null, Name: "Bytes" } => Fixing.Copy,
        { Kind: ShapeKind.Set or ShapeKind.Map, IsImmutable: true } => Fixing.Check,
        { Kind: ShapeKind.List or ShapeKind.Set or ShapeKind.Map or ShapeKind.Object or ShapeKind.Converted, IsImmutable: false } => Fixing.Copy,
        _ => Fixing.None,
    };

    private static IEnumerable<int> Parts(ShapeModel shape) =>
        shape.Members.Select(m => m.Shape).Concat(shape.Element < 0 ? [] : [shape.Element]);
}
