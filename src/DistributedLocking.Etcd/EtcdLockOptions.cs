namespace DistributedLocking.Etcd;

/// <summary>How locks are kept on etcd.</summary>
public class EtcdLockOptions : DistributedLockOptions
{
    /// <summary>The members of the cluster, or some of them, such as <c>http://localhost:2379</c>.</summary>
    /// <value>
    /// One or more addresses with the scheme http or https, all the same, and no path. Required. One is used until it
    /// does not serve; then the next.
    /// </value>
    public IReadOnlyList<string> Endpoints { get; set; } = [];

    /// <summary>The user, where etcd's authentication is on.</summary>
    /// <value>Default: null, no user. It needs <see cref="Password"/>.</value>
    public string? UserName { get; set; }

    /// <summary>The user's password. It never appears in a log or an exception.</summary>
    /// <value>Default: null.</value>
    public string? Password { get; set; }

    /// <summary>
    /// A file in PEM format with the certificates of the authorities that the servers' certificates are to come from.
    /// </summary>
    /// <value>Default: null, those that the machine trusts. It needs https.</value>
    public string? CertificateAuthorityFile { get; set; }

    /// <summary>A file in PEM format with this client's certificate, where the servers ask for one.</summary>
    /// <value>Default: null. It needs <see cref="ClientKeyFile"/>, and https.</value>
    public string? ClientCertificateFile { get; set; }

    /// <summary>A file in PEM format with the private key of <see cref="ClientCertificateFile"/>.</summary>
    /// <value>Default: null.</value>
    public string? ClientKeyFile { get; set; }

    /// <summary>How long to wait for the answer to one call.</summary>
    /// <value>
    /// Positive, at most an hour. Default: five seconds. After it the call fails with
    /// <see cref="DistributedLockUnavailableException"/>, and the next is made to another endpoint.
    /// </value>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
