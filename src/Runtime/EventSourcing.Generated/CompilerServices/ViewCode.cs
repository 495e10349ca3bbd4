using System.ComponentModel;
using EventSourcing.Recording;

namespace EventSourcing.CompilerServices;

/// <summary>What generated code of views and applications calls. Thread safe.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ViewCode
{
    /// <summary>Returns the table of a view.</summary>
    /// <typeparam name="TRow">The record.</typeparam>
    /// <typeparam name="TRowKey">The type of its key.</typeparam>
    public static ViewTable TableOf<TRow, TRowKey>()
        where TRow : class, IView<TRow, TRowKey>
        where TRowKey : notnull => TRow.Table;

    /// <summary>Creates the exception for an event that creates a row, although the row is there.</summary>
    /// <param name="event">The name of the event.</param>
    public static Exception Exists(string @event) => new ViewFaultException(
        $"{@event} creates a row that exists already: if this is intended, write 'static When(TRow? row, {@event} e)', which gets the row");

    /// <summary>Creates the exception for an event that changes a row, although there is none.</summary>
    /// <param name="event">The name of the event.</param>
    public static Exception Missing(string @event) => new ViewFaultException(
        $"{@event} changes a row that doesn't exist: if this is intended, write 'static When(TRow? row, {@event} e)', which gets null");
}
