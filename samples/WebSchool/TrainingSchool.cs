using EventSourcing;

namespace School;

/// <summary>The same application as in the console sample, with the search: both work on one database, if they get the same URL.</summary>
[EventSourcedApplication(typeof(Dog), typeof(TricksPerDog), typeof(Search))]
public sealed partial class TrainingSchool;
