using EventSourcing;

namespace School;

/// <summary>The same application as that of the console sample: both work on one database, if they are given the same.</summary>
[EventSourcedApplication(typeof(Dog))]
public sealed partial class TrainingSchool;
