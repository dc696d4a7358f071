using DistributedLocking.Etcd.Configuration;

namespace DistributedLocking.Etcd.Tests.Configuration;

public sealed class EtcdLockOptionsValidatorTests
{
    [Fact]
    public void The_defaults_with_an_endpoint_are_valid()
    {
        Failures(_ => { }).ShouldBeEmpty();
        Failures(options => options.Endpoints = ["https://a:2379", "https://b:2379/"]).ShouldBeEmpty();
    }

    [Fact]
    public void Options_without_an_endpoint_are_refused() => Failures(options => options.Endpoints = []).Single().ShouldContain("EtcdLockOptions.Endpoints must name");

    [Theory]
    [InlineData("localhost:2379")]
    [InlineData("localhost")]
    [InlineData("ftp://localhost")]
    [InlineData("http://localhost:2379/v3")]
    [InlineData("")]
    public void What_is_no_address_is_refused_and_shown(string endpoint) =>
        Failures(options => options.Endpoints = [endpoint]).Single().ShouldContain($"'{endpoint}', which is none such as http://localhost:2379");

    [Fact]
    public void An_address_with_a_password_is_refused_without_being_shown()
    {
        var failure = Failures(options => options.Endpoints = ["http://user:s3cret@localhost:2379"]).Single();

        failure.ShouldContain("Endpoints");
        failure.ShouldNotContain("s3cret");
    }

    [Fact]
    public void Addresses_with_and_without_encryption_are_refused() =>
        Failures(options => options.Endpoints = ["http://a:2379", "https://b:2379"]).Single().ShouldContain("the same");

    [Fact]
    public void A_user_needs_a_password() => Failures(options => options.UserName = "app").Single().ShouldContain("EtcdLockOptions.UserName and Password");

    [Fact]
    public void A_certificate_needs_its_key_and_encryption()
    {
        var file = Path.GetTempFileName();
        try
        {
            Failures(options => options.ClientCertificateFile = file).ShouldContain(failure => failure.Contains("ClientKeyFile", StringComparison.Ordinal));
            Failures(options => options.CertificateAuthorityFile = file).Single().ShouldContain("https");
            Failures(options =>
            {
                options.Endpoints = ["https://localhost:2379"];
                options.CertificateAuthorityFile = file;
            }).ShouldBeEmpty();
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_file_that_is_not_there_is_refused() =>
        Failures(options =>
        {
            options.Endpoints = ["https://localhost:2379"];
            options.CertificateAuthorityFile = "/nowhere/ca.pem";
        }).Single().ShouldContain("CertificateAuthorityFile '/nowhere/ca.pem' does not exist");

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(3601)]
    public void A_time_out_out_of_range_is_refused(double seconds) =>
        Failures(options => options.CommandTimeout = TimeSpan.FromSeconds(seconds)).Single().ShouldContain("CommandTimeout");

    private static List<string> Failures(Action<EtcdLockOptions> configure)
    {
        var options = new EtcdLockOptions { Endpoints = ["http://localhost:2379"] };
        configure(options);
        return [.. new EtcdLockOptionsValidator().Validate(null, options).Failures ?? []];
    }
}
