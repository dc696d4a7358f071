using DistributedLocking.Benchmarks.Stores;

namespace DistributedLocking.Samples.Tests.Benchmarks.Stores;

public sealed class CommandStatisticsTests
{
    [Fact]
    public void What_scripts_call_and_what_asks_is_not_counted()
    {
        const string Info =
            """
            # Commandstats
            cmdstat_evalsha:calls=100,usec=1467,usec_per_call=14.67,rejected_calls=0,failed_calls=0
            cmdstat_set:calls=90,usec=120,usec_per_call=1.33,rejected_calls=0,failed_calls=0
            cmdstat_get:calls=80,usec=120,usec_per_call=1.33,rejected_calls=0,failed_calls=0
            cmdstat_publish:calls=70,usec=120,usec_per_call=1.33,rejected_calls=0,failed_calls=0
            cmdstat_info:calls=60,usec=120,usec_per_call=1.33,rejected_calls=0,failed_calls=0
            cmdstat_subscribe:calls=8,usec=20,usec_per_call=1.33,rejected_calls=0,failed_calls=0
            cmdstat_client|setname:calls=3,usec=20,usec_per_call=1.33,rejected_calls=0,failed_calls=0
            cmdstat_ping:calls=1,usec=20,usec_per_call=1.33,rejected_calls=0,failed_calls=0

            """;

        string[] scripts = ["if redis.call('SET', KEYS[1]) then return redis.call('GET', KEYS[1]) end", "redis.pcall( \"publish\", ARGV[2], '')"];
        CommandStatistics.CountOfClients(Info, scripts).ShouldBe(100 + 8 + 3 + 1);
    }
}
