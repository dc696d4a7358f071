using System.Security.Cryptography;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Sql.Connections;

/// <summary>Repeats what was undone because it was chosen as the victim of a deadlock, after a random wait.</summary>
internal static class DeadlockRetry
{
    private const int Retries = 5;

    private const int FirstPause = 20;

    internal static async Task<T> RunAsync<T>(
        SqlDatabase database, SqlSession session, Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        for (var retry = 0; ; retry++)
        {
            try
            {
                return await work(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (retry < Retries && database.Dialect.Classify(e) == SqlFault.Deadlock)
            {
                await session.RollBackAsync(cancellationToken).ConfigureAwait(false);
                var pause = TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(1, FirstPause << retry));
                await Task.Delay(pause, database.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
