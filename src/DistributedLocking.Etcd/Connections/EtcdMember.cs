using System.Security.Cryptography.X509Certificates;
using DistributedLocking.Etcd.Protocol;
using Grpc.Net.Client;

namespace DistributedLocking.Etcd.Connections;

/// <summary>One endpoint: its channel, and the streams that go over it while it is the one in use.</summary>
internal sealed class EtcdMember : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly object _lock = new();
    private readonly EtcdConnection _connection;
    private KeepAliveStream? _keepAlives;
    private WatchStream? _watches;

    internal EtcdMember(EtcdConnection connection, string endpoint, EtcdLockOptions options)
    {
        _connection = connection;
        Endpoint = endpoint;
        _channel = GrpcChannel.ForAddress(endpoint, new GrpcChannelOptions
        {
            HttpHandler = Handler(options),
            DisposeHttpClient = true,
            ThrowOperationCanceledOnCancellation = true,
            InitialReconnectBackoff = TimeSpan.FromMilliseconds(100),
            MaxReconnectBackoff = TimeSpan.FromSeconds(1),
        });
        Keys = new KV.KVClient(_channel);
        Leases = new Lease.LeaseClient(_channel);
        Watches = new Watch.WatchClient(_channel);
        Users = new Auth.AuthClient(_channel);
    }

    /// <summary>Its address, as it was given.</summary>
    internal string Endpoint { get; }

    internal KV.KVClient Keys { get; }

    internal Lease.LeaseClient Leases { get; }

    internal Watch.WatchClient Watches { get; }

    internal Auth.AuthClient Users { get; }

    /// <summary>What the user was given here to show with each call; null where that has to be asked for.</summary>
    internal string? UserToken { get; set; }

    /// <summary>The stream of keep-alives. A new one where the last has ended.</summary>
    internal KeepAliveStream KeepAlives()
    {
        lock (_lock)
        {
            return _keepAlives is { HasEnded: false } open ? open : _keepAlives = new KeepAliveStream(_connection, this);
        }
    }

    /// <summary>The stream of watches. A new one where the last has ended.</summary>
    internal WatchStream WatchStream()
    {
        lock (_lock)
        {
            return _watches is { HasEnded: false } open ? open : _watches = new WatchStream(_connection, this);
        }
    }

    /// <summary>Ends the streams, since another member is used from now on.</summary>
    internal void Leave(Exception reason)
    {
        lock (_lock)
        {
            _keepAlives?.End(reason);
            _watches?.End(reason);
        }
    }

    public void Dispose() => _channel.Dispose();

    private static SocketsHttpHandler Handler(EtcdLockOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = options.CommandTimeout,
            KeepAlivePingDelay = TimeSpan.FromSeconds(10),
            KeepAlivePingTimeout = options.CommandTimeout,
        };
        if (options is { ClientCertificateFile: { } certificate, ClientKeyFile: { } key })
        {
            handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPemFile(certificate, key)];
        }

        if (options.CertificateAuthorityFile is { } file)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPemFile(file);
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        return handler;
    }
}
