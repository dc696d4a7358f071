using DistributedLocking.Telemetry;

namespace DistributedLocking.Tests.Telemetry;

public sealed class KeyNameTests
{
    [Fact]
    public void A_hash_is_the_same_in_every_process_with_the_same_prefix()
    {
        new KeyName("lock:", reveal: false).Of("orders:42").ShouldBe("key#0862f9bc");
        new KeyName("lock:", reveal: false).Of("orders:43").ShouldNotBe("key#0862f9bc", StringComparer.Ordinal);
    }

    [Fact]
    public void Who_does_not_know_the_prefix_can_check_no_guess() =>
        new KeyName("f3c9:", reveal: false).Of("orders:42").ShouldNotBe(new KeyName("lock:", reveal: false).Of("orders:42"), StringComparer.Ordinal);

    [Fact]
    public void A_revealed_key_is_shown_as_it_is() => new KeyName("", reveal: true).Of("orders:42").ShouldBe("orders:42");
}
