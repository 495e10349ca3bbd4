using System.Globalization;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>
/// Compares keys of a view as the database does: by the stored value. The type of a key may have another equality, for instance one that ignores
/// case. For one thread.
/// </summary>
internal sealed class ViewKeyComparer<TRow, TRowKey> : IEqualityComparer<TRowKey>
    where TRow : class, IView<TRow, TRowKey>
    where TRowKey : notnull
{
    private static readonly bool HasOwnEquality =
        typeof(TRowKey) == typeof(string) || typeof(TRowKey) == typeof(Guid) || typeof(TRowKey) == typeof(DateOnly) || typeof(TRowKey).IsPrimitive || typeof(TRowKey).IsEnum;

    private readonly StoredKey _first = new();
    private readonly StoredKey _second = new();

    /// <summary>Checks that every engine can store a key.</summary>
    /// <exception cref="StateFormatException">Not every engine can.</exception>
    public void ThrowIfUnstorable(TRowKey key)
    {
        TRow.WriteKey(key, _first);
        if (_first.Text is { } text && StoredEvents.WhyNotKey(text) is { } reason)
        {
            throw new StateFormatException($"the text {reason}");
        }
    }

    /// <summary>Returns the stored value of a key, as a text.</summary>
    public string TextOf(TRowKey key)
    {
        TRow.WriteKey(key, _first);
        return _first.ToText();
    }

    /// <inheritdoc/>
    public bool Equals(TRowKey? x, TRowKey? y)
    {
        if (HasOwnEquality)
        {
            return EqualityComparer<TRowKey>.Default.Equals(x, y);
        }

        TRow.WriteKey(x!, _first);
        TRow.WriteKey(y!, _second);
        return _first.Guid == _second.Guid && _first.Number == _second.Number && _first.Text == _second.Text;
    }

    /// <inheritdoc/>
    public int GetHashCode(TRowKey key)
    {
        if (HasOwnEquality)
        {
            return key.GetHashCode();
        }

        TRow.WriteKey(key, _first);
        return HashCode.Combine(_first.Guid, _first.Number, _first.Text);
    }

    /// <summary>Takes the value of a key. Always the same one of its members is used, because all keys have one type.</summary>
    private sealed class StoredKey : ViewRowWriter
    {
        private bool _isGuid;
        private bool _isDate;

        public Guid Guid { get; private set; }

        public long Number { get; private set; }

        public string? Text { get; private set; }

        /// <summary>Returns the value that was written last.</summary>
        public string ToText() => Text ?? (_isGuid ? Guid.ToString() : _isDate ? DateOnly.FromDayNumber((int)Number).ToString("O", CultureInfo.InvariantCulture) : Number.ToString(CultureInfo.InvariantCulture));

        public override void Write(int column, bool value) => Number = value ? 1 : 0;

        public override void Write(int column, long value) => Number = value;

        public override void Write(int column, Guid value) => (Guid, _isGuid) = (value, true);

        public override void Write(int column, DateOnly value) => (Number, _isDate) = (value.DayNumber, true);

        public override void WriteNull(int column) => throw new NotSupportedException();

        public override void Write(int column, decimal value) => throw new NotSupportedException();

        public override void Write(int column, DateTimeOffset value) => throw new NotSupportedException();

        public override void Write(int column, DateTime value) => throw new NotSupportedException();

        public override void Write(int column, TimeOnly value) => throw new NotSupportedException();

        public override void Write(int column, TimeSpan value) => throw new NotSupportedException();

        protected override void WriteNumber(int column, double value) => throw new NotSupportedException();

        protected override void WriteText(int column, string value) => Text = value;

        protected override void WriteBytes(int column, byte[] value) => throw new NotSupportedException();
    }
}
