using System.Collections;
using System.Data.Common;

namespace DistributedLocking.Sql.Tests.Doubles;

/// <summary>
/// A server's answer whose first row is followed by what a Galera node sends after it: another row in its place, or an
/// error.
/// </summary>
/// <param name="inner">The answer.</param>
/// <param name="second">Another row after the first; null for none.</param>
/// <param name="error">What to throw after that; null for nothing.</param>
internal sealed class FollowedReader(DbDataReader inner, object[]? second, Exception? error) : DbDataReader
{
    private int _rows;

    private object[]? Own => _rows == 2 ? second : null;

    public override int Depth => inner.Depth;

    public override int FieldCount => inner.FieldCount;

    public override bool HasRows => inner.HasRows;

    public override bool IsClosed => inner.IsClosed;

    public override int RecordsAffected => inner.RecordsAffected;

    public override object this[int ordinal] => GetValue(ordinal);

    public override object this[string name] => GetValue(GetOrdinal(name));

    public override async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        _rows++;
        return _rows switch
        {
            1 => await inner.ReadAsync(cancellationToken),
            2 when second is not null => true,
            _ when error is not null => throw error,
            _ => await inner.ReadAsync(cancellationToken),
        };
    }

    public override Task<bool> NextResultAsync(CancellationToken cancellationToken) => inner.NextResultAsync(cancellationToken);

    public override bool Read() => throw new NotSupportedException();

    public override bool NextResult() => throw new NotSupportedException();

    public override object GetValue(int ordinal) => Own?[ordinal] ?? inner.GetValue(ordinal);

    public override long GetInt64(int ordinal) => Own is { } row ? Convert.ToInt64(row[ordinal], null) : inner.GetInt64(ordinal);

    public override bool IsDBNull(int ordinal) => Own is { } row ? row[ordinal] is DBNull : inner.IsDBNull(ordinal);

    public override string GetName(int ordinal) => inner.GetName(ordinal);

    public override int GetOrdinal(string name) => inner.GetOrdinal(name);

    public override Type GetFieldType(int ordinal) => inner.GetFieldType(ordinal);

    public override string GetDataTypeName(int ordinal) => inner.GetDataTypeName(ordinal);

    public override int GetValues(object[] values) => throw new NotSupportedException();

    public override bool GetBoolean(int ordinal) => (bool)GetValue(ordinal);

    public override byte GetByte(int ordinal) => throw new NotSupportedException();

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) => throw new NotSupportedException();

    public override char GetChar(int ordinal) => throw new NotSupportedException();

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) => throw new NotSupportedException();

    public override DateTime GetDateTime(int ordinal) => throw new NotSupportedException();

    public override decimal GetDecimal(int ordinal) => throw new NotSupportedException();

    public override double GetDouble(int ordinal) => throw new NotSupportedException();

    public override float GetFloat(int ordinal) => throw new NotSupportedException();

    public override Guid GetGuid(int ordinal) => throw new NotSupportedException();

    public override short GetInt16(int ordinal) => throw new NotSupportedException();

    public override int GetInt32(int ordinal) => Convert.ToInt32(GetValue(ordinal), null);

    public override string GetString(int ordinal) => (string)GetValue(ordinal);

    public override IEnumerator GetEnumerator() => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
