using System.Diagnostics.CodeAnalysis;

namespace EventSourcing.CompilerServices;

/// <summary>An event of the aggregate <typeparamref name="TAggregate"/> that isn't its first.</summary>
/// <typeparam name="TAggregate">The aggregate that declares the event.</typeparam>
public interface IEvent<TAggregate> : IEvent
    where TAggregate : class;

/// <summary>An event with which an aggregate begins.</summary>
[SuppressMessage("Design", "CA1040", Justification = "The interface marks the first event of an aggregate.")]
public interface ICreationEvent : IEvent;

/// <summary>An event with which an aggregate of the type <typeparamref name="TAggregate"/> begins.</summary>
/// <typeparam name="TAggregate">The aggregate that declares the event.</typeparam>
public interface ICreationEvent<TAggregate> : ICreationEvent
    where TAggregate : class;
