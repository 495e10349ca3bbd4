namespace EventSourcing;

/// <summary>
/// A step of a projection was refused, because another owner has taken the projection, or its stored position isn't the one that the step continues from. Nothing was written.
/// </summary>
public sealed class ProjectionFencedException : EventSourcingException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="projection">The name of the projection.</param>
    public ProjectionFencedException(string projection)
        : base($"Another owner has taken the projection '{MessageText.Show(projection)}'. Nothing was written.") => Projection = projection;

    /// <summary>The name of the projection.</summary>
    public string Projection { get; }
}
