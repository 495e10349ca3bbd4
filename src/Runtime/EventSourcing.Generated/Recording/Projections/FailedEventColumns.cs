namespace EventSourcing.Recording;

/// <summary>The columns of the table of failed events. It is a table like those of views.</summary>
internal static class FailedEventColumns
{
    /// <summary>The name that follows the prefix of the application.</summary>
    public const string Name = "failed_events";

    /// <summary>The columns; the first is the key.</summary>
    public static readonly ViewColumn[] All =
    [
        // The projection, the position with leading zeros, and the key: unique, and in the order of the positions.
        new("id", ViewColumnType.Text),
        new("projection", ViewColumnType.Text, IsIndexed: true),
        new("position", ViewColumnType.Int64),
        new("row_key", ViewColumnType.Text, IsNullable: true),
        new("state", ViewColumnType.Text, IsIndexed: true),
        new("error", ViewColumnType.Text, IsNullable: true),
    ];
}
