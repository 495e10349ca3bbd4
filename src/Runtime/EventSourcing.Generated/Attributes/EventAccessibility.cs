namespace EventSourcing;

/// <summary>The accessibility of the generated record of an event.</summary>
public enum EventAccessibility
{
    /// <summary>As the member that raises it, at least internal.</summary>
    AsMember,

    /// <summary>Public, even if the member that raises it is private: for commands behind a check, for instance.</summary>
    Public,

    /// <summary>Internal, even if the member that raises it is public.</summary>
    Internal,
}
