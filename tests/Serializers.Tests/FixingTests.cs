using System.Collections;
using System.Reflection;
using CsCheck;
using EventSourcing.CompilerServices;
using EventSourcing.Serializers.Tests.Types;
using Xunit;

namespace EventSourcing.Serializers.Tests;

/// <summary>A raised event gets values of its own: equal to the given ones, but its caller can't change them.</summary>
public sealed class FixingTests
{
    [Theory]
    [MemberData(nameof(RoundTripTests.Events), MemberType = typeof(RoundTripTests))]
    public void A_raised_event_is_like_the_given_one_and_shares_nothing_that_can_change(Type type)
    {
        var rounds = Environment.GetEnvironmentVariable("EVENTSOURCING_LONG") == "1" ? 2_000 : 100;
        Arbitrary.Event(type).Sample(
            e =>
            {
                var kept = Fix(type, e);
                Assert.Null(Likeness.Difference(e, kept));
                // From here on, sorted texts are in the order of their code units.
                Assert.Equal(RoundTripTests.Encode(type, kept, Codec.Time).State, RoundTripTests.Encode(type, Fix(type, kept), Codec.Time).State);
                var given = Changeable(e, []);
                Assert.DoesNotContain(Changeable(kept, []), given.Contains);
            },
            iter: rounds,
            threads: 1);
    }

    [Theory]
    [MemberData(nameof(RoundTripTests.Events), MemberType = typeof(RoundTripTests))]
    public void An_event_can_be_raised_if_and_only_if_it_can_be_saved(Type type)
    {
        var rounds = Environment.GetEnvironmentVariable("EVENTSOURCING_LONG") == "1" ? 5_000 : 300;
        Arbitrary.Spoiled(type).Sample(
            e =>
            {
                var isSaved = Record.Exception(() => RoundTripTests.Encode(type, e, Codec.Time)) is not { } error || Assert.IsType<StateEncodeException>(error) is null;
                var isRaised = Record.Exception(() => Fix(type, e)) is not { } refusal || Assert.IsType<EventValueException>(refusal) is null;
                Assert.Equal(isSaved, isRaised);
            },
            iter: rounds,
            threads: 1);
    }

    [Fact]
    public void Events_of_immutable_values_are_not_copied()
    {
        IEvent[] events = [new Scalars.Defaults(), new Objects.Refusals(new Percent(1)), Samples.Filled, .. Sample.All.Where(s => s.Event is Scalars.Numbers or Objects.OwnEvent).Select(s => s.Event)];
        Assert.All(events, e => Assert.Same(e, Fix(e.GetType(), e)));
    }

    [Fact]
    public void Events_that_need_no_copy_are_checked_without_an_allocation()
    {
        var events = Sample.All.Select(s => s.Event).Where(e => ReferenceEquals(e, Fix(e.GetType(), e))).ToList();
        Assert.Contains(events, e => e is Objects.OwnEvent);
        foreach (var e in events)
        {
            var aggregate = (IAggregate<Guid>)Rehydrate(e.GetType());
            // The runtime allocates, too, when it compiles or loads something.
            var allocated = Enumerable.Range(0, 20).Min(_ =>
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                aggregate.Fix(e);
                return GC.GetAllocatedBytesForCurrentThread() - before;
            });
            Assert.True(allocated == 0, $"{e.GetType().Name}: {allocated} bytes");
        }
    }

    /// <summary>The mutable objects in a value, with all that they contain.</summary>
    private static HashSet<object> Changeable(object? value, HashSet<object> found)
    {
        if (value is null or string or Uri || value.GetType() is { IsPrimitive: true } or { IsEnum: true })
        {
            return found;
        }

        var type = value.GetType();
        var isEmptyArray = value is Array { Length: 0 };
        var isFrozen = type.FullName!.StartsWith("System.Collections.Immutable", StringComparison.Ordinal) || type.FullName.StartsWith("System.Collections.Frozen", StringComparison.Ordinal);
        if (value is IEnumerable items)
        {
            if (!isEmptyArray && !isFrozen)
            {
                found.Add(value);
            }

            foreach (var item in items)
            {
                Changeable(item, found);
            }

            return found;
        }

        foreach (var member in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetIndexParameters().Length == 0 && type.Namespace != "System"))
        {
            Changeable(member.GetValue(value), found);
        }

        foreach (var field in type.GetFields(BindingFlags.Public | BindingFlags.Instance))
        {
            Changeable(field.GetValue(value), found);
        }

        if (value is Settings)
        {
            found.Add(value);
        }

        return found;
    }

    internal static IEvent Fix(Type type, IEvent e) => ((IAggregate<Guid>)Rehydrate(type)).Fix(e);

    private static object Rehydrate(Type type) => type.DeclaringType!.Name switch
    {
        nameof(Scalars) => Rehydrate<Scalars>(),
        nameof(Collections) => Rehydrate<Collections>(),
        nameof(Objects) => Rehydrate<Objects>(),
        nameof(Visit) => Rehydrate<Visit>(),
        _ => Rehydrate<Wide>(),
    };

    private static TAggregate Rehydrate<TAggregate>()
        where TAggregate : class, IAggregate<TAggregate, Guid, Guid> => TAggregate.Rehydrate(Codec.Id);
}
