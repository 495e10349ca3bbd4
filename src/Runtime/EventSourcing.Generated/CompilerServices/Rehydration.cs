using System.ComponentModel;

namespace EventSourcing.CompilerServices;

/// <summary>Distinguishes the generated constructor that loads an aggregate from those that create one.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct Rehydration;
