using System.Data.Common;
using System.Net.Sockets;
using MySql.Data.MySqlClient;

namespace DistributedLocking.TestDrivers.Offloading;

/// <summary>What MySqlConnector would throw where MySql.Data throws nothing, or no <see cref="DbException"/>.</summary>
internal sealed class OffloadedException : DbException
{
    internal const int QueryInterrupted = 1317;

    private const string ErrorNumber = "Server Error Code";

    internal OffloadedException(string message, int number, Exception? inner)
        : base(message, inner)
    {
        if (number != 0)
        {
            Data[ErrorNumber] = number;
        }
    }

    internal static OffloadedException Interrupted() => new("Query execution was interrupted.", QueryInterrupted, inner: null);

    /// <summary>Whether the server has ended the session, or will have when the next command reaches it.</summary>
    internal static bool EndsSession(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            // Shut down; connection lost; killed; ended for being idle. MySql.Data notices only the socket's end, with the next command.
            if (e is IOException or SocketException or NullReferenceException || (e as MySqlException)?.Number is 1053 or 1927 or 2006 or 2013 or 4031)
            {
                return true;
            }
        }

        return false;
    }
}
