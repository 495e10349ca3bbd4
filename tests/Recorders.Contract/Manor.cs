using EventSourcing;

namespace Recorders.Contract;

/// <summary>An application with every kind of projection: views that a runner writes, inline views, and handlers.</summary>
[EventSourcedApplication(typeof(Pup), typeof(PupRow), typeof(TrickCount), typeof(GuestRow), typeof(GuestWord), typeof(Diary), TablePrefix = "manor")]
public sealed partial class Manor;

/// <summary>The application of a program without most of the projections, which saves to the same store.</summary>
[EventSourcedApplication(typeof(Pup), typeof(TrickCount), TablePrefix = "manor")]
public sealed partial class EarlierManor;
