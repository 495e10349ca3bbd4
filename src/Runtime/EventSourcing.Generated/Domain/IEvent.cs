using System.Diagnostics.CodeAnalysis;

namespace EventSourcing;

/// <summary>A fact about an aggregate. Implemented by the generated events; not for your own classes.</summary>
[SuppressMessage("Design", "CA1040", Justification = "The interface marks the events.")]
public interface IEvent;
