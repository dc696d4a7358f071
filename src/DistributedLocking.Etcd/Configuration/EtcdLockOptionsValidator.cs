using DistributedLocking.Providers;

namespace DistributedLocking.Etcd.Configuration;

/// <summary>Checks what etcd adds to the common options.</summary>
internal sealed class EtcdLockOptionsValidator : LockOptionsValidator<EtcdLockOptions>
{
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(1);

    /// <inheritdoc />
    protected override void AddFailures(EtcdLockOptions options, ICollection<string> failures)
    {
        AddEndpointFailures(options, failures);
        if (options.UserName is null != options.Password is null)
        {
            failures.Add($"{nameof(options.UserName)} and {nameof(options.Password)} must both be set, or neither.");
        }

        if (options.ClientCertificateFile is null != options.ClientKeyFile is null)
        {
            failures.Add($"{nameof(options.ClientCertificateFile)} and {nameof(options.ClientKeyFile)} must both be set, or neither.");
        }

        AddFileFailure(nameof(options.CertificateAuthorityFile), options.CertificateAuthorityFile, failures);
        AddFileFailure(nameof(options.ClientCertificateFile), options.ClientCertificateFile, failures);
        AddFileFailure(nameof(options.ClientKeyFile), options.ClientKeyFile, failures);
        if (options.CommandTimeout <= TimeSpan.Zero || options.CommandTimeout > LongestTimeout)
        {
            failures.Add($"{nameof(options.CommandTimeout)} {options.CommandTimeout} must be positive and at most {LongestTimeout}.");
        }
    }

    private static void AddEndpointFailures(EtcdLockOptions options, ICollection<string> failures)
    {
        if (options.Endpoints is not { Count: > 0 })
        {
            failures.Add($"{nameof(options.Endpoints)} must name a member of the cluster, such as http://localhost:2379.");
            return;
        }

        var schemes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var endpoint in options.Endpoints)
        {
            if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var address)
                || address.Scheme is not ("http" or "https")
                || address.PathAndQuery is not "/"
                || address.UserInfo.Length > 0)
            {
                // An address with a password in it is not shown.
                var shown = endpoint?.Contains('@', StringComparison.Ordinal) == true ? "with an '@'" : $"'{endpoint}'";
                failures.Add($"{nameof(options.Endpoints)} has the address {shown}, which is none such as http://localhost:2379.");
                continue;
            }

            schemes.Add(address.Scheme);
        }

        if (schemes.Count > 1)
        {
            failures.Add($"{nameof(options.Endpoints)} has addresses with http and with https; all must have the same.");
        }
        else if (schemes.Contains(Uri.UriSchemeHttp) && (options.CertificateAuthorityFile ?? options.ClientCertificateFile) is not null)
        {
            failures.Add($"{nameof(options.Endpoints)} must have https where certificates are set.");
        }
    }

    private static void AddFileFailure(string name, string? path, ICollection<string> failures)
    {
        if (path is not null && !File.Exists(path))
        {
            failures.Add($"{name} '{path}' does not exist.");
        }
    }
}
