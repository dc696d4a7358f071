using System.Collections;
using System.Data.Common;
using MySql.Data.MySqlClient;

namespace DistributedLocking.TestDrivers.Offloading;

/// <summary>A reader that reads from the server on its connection's thread.</summary>
internal sealed class OffloadedReader(OffloadedConnection connection, MySqlDataReader inner) : DbDataReader
{
    private bool _isClosed;

    public override int Depth => inner.Depth;

    public override int FieldCount => inner.FieldCount;

    public override bool HasRows => inner.HasRows;

    public override bool IsClosed => _isClosed;

    public override int RecordsAffected => inner.RecordsAffected;

    public override object this[int ordinal] => inner[ordinal];

    public override object this[string name] => inner[name];

    public override bool Read() => WorkerThread.Block(ReadAsync(CancellationToken.None));

    public override bool NextResult() => WorkerThread.Block(NextResultAsync(CancellationToken.None));

    public override void Close() => WorkerThread.Block(CloseCoreAsync());

    public override Task CloseAsync() => CloseCoreAsync();

    public override async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        var isRow = await connection.RunAsync(inner.Read, cancellationToken);
        if (!isRow)
        {
            // MySql.Data takes a killed statement for its last row.
            cancellationToken.ThrowIfCancellationRequested();
        }

        return isRow;
    }

    public override Task<bool> NextResultAsync(CancellationToken cancellationToken) => connection.RunAsync(inner.NextResult, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await CloseCoreAsync();
        await base.DisposeAsync();
    }

    public override bool GetBoolean(int ordinal) => inner.GetBoolean(ordinal);

    public override byte GetByte(int ordinal) => inner.GetByte(ordinal);

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) =>
        inner.GetBytes(ordinal, dataOffset, buffer, bufferOffset, length);

    public override char GetChar(int ordinal) => inner.GetChar(ordinal);

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        inner.GetChars(ordinal, dataOffset, buffer, bufferOffset, length);

    public override string GetDataTypeName(int ordinal) => inner.GetDataTypeName(ordinal);

    public override DateTime GetDateTime(int ordinal) => inner.GetDateTime(ordinal);

    public override decimal GetDecimal(int ordinal) => inner.GetDecimal(ordinal);

    public override double GetDouble(int ordinal) => inner.GetDouble(ordinal);

    public override IEnumerator GetEnumerator() => new DbEnumerator(this);

    public override Type GetFieldType(int ordinal) => inner.GetFieldType(ordinal);

    public override float GetFloat(int ordinal) => inner.GetFloat(ordinal);

    public override Guid GetGuid(int ordinal) => inner.GetGuid(ordinal);

    public override short GetInt16(int ordinal) => inner.GetInt16(ordinal);

    public override int GetInt32(int ordinal) => inner.GetInt32(ordinal);

    public override long GetInt64(int ordinal) => inner.GetInt64(ordinal);

    public override string GetName(int ordinal) => inner.GetName(ordinal);

    public override int GetOrdinal(string name) => inner.GetOrdinal(name);

    public override string GetString(int ordinal) => inner.GetString(ordinal);

    public override object GetValue(int ordinal) => inner.GetValue(ordinal);

    public override int GetValues(object[] values) => inner.GetValues(values);

    public override bool IsDBNull(int ordinal) => inner.IsDBNull(ordinal);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Close();
        }

        base.Dispose(disposing);
    }

    private async Task<bool> CloseCoreAsync()
    {
        if (_isClosed)
        {
            return false;
        }

        _isClosed = true;
        return connection.State == System.Data.ConnectionState.Open && await connection.RunAsync(
            () =>
            {
                inner.Close();
                return true;
            },
            CancellationToken.None);
    }
}
