using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Octomil.Devices;

/// <summary><c>octomil devices certificate</c>: which certificates a device may show; without an option, those it has.</summary>
internal static class DeviceCertificateCommand
{
    public static Command Create(CommandHost host)
    {
        var id = Inputs.Name("ID", "The device's id or identifier");
        var fingerprint = Inputs.Text("--fingerprint", "Add the certificate with this SHA-256", "SHA256");
        var file = Inputs.Text("--file", "Add the certificate of this PEM file, of which only the SHA-256 is sent", "FILE");
        var remove = Inputs.Text("--remove", "Take the certificate with this SHA-256 away", "SHA256");
        var command = new Command("certificate", "Which certificates a device may show where devices need one").With(id, fingerprint, file, remove);
        command.Validators.Add(result =>
        {
            if (new Option[] { fingerprint, file, remove }.Count(option => result.GetResult(option) is not null) > 1)
            {
                result.AddError("Give one of --fingerprint, --file and --remove.");
            }
        });
        return command.Runs(host, async (parse, context, cancellationToken) =>
        {
            var path = ApiClient.Path($"devices/{parse.GetRequiredValue(id)}/certificates");
            var added = parse.GetValue(file) is { } pem ? FingerprintOf(pem) : parse.GetValue(fingerprint);
            var answer = parse.GetValue(remove) is { } removed
                ? await context.Api.SendAsync<DeviceCertificateList>(HttpMethod.Delete, path + ApiClient.Path($"/{removed}"), null, cancellationToken)
                : added is null
                ? await context.Api.GetAsync<DeviceCertificateList>(path, cancellationToken)
                : await context.Api.PostAsync<DeviceCertificateList>(path, new AddCertificateRequest { Fingerprint = added }, cancellationToken);
            context.Show(answer, list => context.Data(list.Fingerprints));
            if (answer.Value.Fingerprints.Count == 0)
            {
                context.Note("None: any certificate in the device's name is taken, and the next one that it registers with is kept.");
            }
        });
    }

    private static string FingerprintOf(string path)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(path));
            return Convert.ToHexStringLower(certificate.GetCertHash(HashAlgorithmName.SHA256));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CommandFailureException(ExitCodes.Usage, $"{path} cannot be read as a certificate: {unreadable.Message}", "it must be a PEM file: -----BEGIN CERTIFICATE-----", unreadable);
        }
    }
}
