namespace EventSourcing;

/// <summary>How widely the generated record of an event can be seen.</summary>
public enum EventAccessibility
{
    /// <summary>As the member that raises it, at least internal.</summary>
    AsMember,

    /// <summary>In all assemblies, also where the member that raises it is private: commands behind a check, for instance.</summary>
    Public,

    /// <summary>In its own assembly, also where the member that raises it is public.</summary>
    Internal,
}
