using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DistributedLocking.Etcd.Tests.Doubles;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Etcd.Tests.Security;

/// <summary>A server that speaks TLS, and asks for the client's certificate.</summary>
public sealed class TlsTests : IAsyncLifetime
{
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("certificates-");
    private EtcdServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        using var authority = Create("authority", issuer: null);
        using var server = Create("server", authority);
        using var client = Create("client", authority);
        using var stranger = Create("stranger", issuer: null);
        _server = await EtcdServer.StartSecureAsync(File("authority.pem"), File("server.pem"), File("server.key"));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _files.Delete(recursive: true);
    }

    [Fact]
    public async Task A_certificate_of_each_side_is_enough()
    {
        await using var locks = Lock(options => (options.ClientCertificateFile, options.ClientKeyFile) = (File("client.pem"), File("client.key")));

        await using var handle = await locks.AcquireAsync("key", cancellationToken: Cancel);

        handle.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task A_server_that_is_not_trusted_is_said_so()
    {
        await using var locks = Lock(options =>
        {
            options.CertificateAuthorityFile = File("stranger.pem");
            (options.ClientCertificateFile, options.ClientKeyFile) = (File("client.pem"), File("client.key"));
        });

        (await FailureAsync(locks)).Message.ShouldContain("no secure connection");
    }

    [Fact]
    public async Task A_client_without_a_certificate_is_not_served()
    {
        await using var locks = Lock(_ => { });

        (await FailureAsync(locks)).Message.ShouldContain(_server.Endpoint);
    }

    private static Task<DistributedLockUnavailableException> FailureAsync(DistributedLock locks) =>
        Should.ThrowAsync<DistributedLockUnavailableException>(locks.TryAcquireAsync("key", cancellationToken: Cancel).AsTask());

    private string File(string name) => Path.Combine(_files.FullName, name);

    private DistributedLock Lock(Action<EtcdLockOptions> configure)
    {
        var options = SharedEtcd.Options(_server.Endpoint);
        options.CertificateAuthorityFile = File("authority.pem");
        configure(options);
        return new DistributedLock(new EtcdLockProvider(options), options);
    }

    /// <summary>Makes a certificate and writes it and its key to files. Without an issuer it is its own.</summary>
    private X509Certificate2 Create(string name, X509Certificate2? issuer)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(issuer is null, hasPathLengthConstraint: false, 0, critical: true));
        var alternatives = new SubjectAlternativeNameBuilder();
        alternatives.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(alternatives.Build());
        var (from, to) = (TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddHours(1));
        var made = issuer is null
            ? request.CreateSelfSigned(from.AddMinutes(-1), to.AddMinutes(1))
            : request.Create(issuer, from, to, RandomNumberGenerator.GetBytes(8)).CopyWithPrivateKey(key);
        System.IO.File.WriteAllText(File($"{name}.pem"), made.ExportCertificatePem());
        System.IO.File.WriteAllText(File($"{name}.key"), key.ExportPkcs8PrivateKeyPem());
        return made;
    }
}
