using DistributedLocking.Providers;
using Microsoft.Extensions.Configuration;

namespace DistributedLocking.Etcd.Configuration;

/// <summary>Reads a configuration section into the options.</summary>
internal static class EtcdLockOptionsReader
{
    internal static void Read(IConfiguration section, EtcdLockOptions options)
    {
        var reader = new LockOptionsSection(section);
        reader.ReadCommon(options);
        reader.ReadTexts(nameof(options.Endpoints), value => options.Endpoints = value);
        reader.ReadText(nameof(options.UserName), value => options.UserName = value);
        reader.ReadText(nameof(options.Password), value => options.Password = value);
        reader.ReadText(nameof(options.CertificateAuthorityFile), value => options.CertificateAuthorityFile = value);
        reader.ReadText(nameof(options.ClientCertificateFile), value => options.ClientCertificateFile = value);
        reader.ReadText(nameof(options.ClientKeyFile), value => options.ClientKeyFile = value);
        reader.ReadDuration(nameof(options.CommandTimeout), value => options.CommandTimeout = value);
        reader.Complete(typeof(EtcdLockOptions));
    }
}
