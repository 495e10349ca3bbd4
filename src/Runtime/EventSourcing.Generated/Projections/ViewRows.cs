using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>Creates rows of a view from what the recorder reads.</summary>
internal static class ViewRows<TRow, TRowKey>
    where TRow : class, IView<TRow, TRowKey>
    where TRowKey : notnull
{
    /// <exception cref="StoreException">A column has a value that the view can't have.</exception>
    public static TRow Read(ViewRowReader reader)
    {
        try
        {
            return TRow.ReadRow(reader);
        }
        catch (Exception exception) when (exception is not (EventSourcingException or OutOfMemoryException))
        {
            // Without the exception of the driver, whose message may contain the value.
            throw new StoreException($"A row of the view '{TRow.Table.Projection}' can't be read: a column has a value that {typeof(TRow).Name} can't have ({exception.GetType().Name}).");
        }
    }
}
