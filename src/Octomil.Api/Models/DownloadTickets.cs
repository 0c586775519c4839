using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using Octomil.Training;

namespace Octomil.Models;

/// <summary>Short-lived signed permissions to download one file without a key.</summary>
internal sealed class DownloadTickets(IDataProtectionProvider protection, IOptions<ModelOptions> options)
{
    private readonly ITimeLimitedDataProtector _protector = protection.CreateProtector("octomil.download-ticket").ToTimeLimitedDataProtector();

    public string Issue(DownloadTicket ticket) => _protector.Protect(JsonSerializer.Serialize(ticket), options.Value.DownloadUrlLifetime);

    /// <summary>Null for a ticket that is not ours or has expired.</summary>
    public DownloadTicket? Open(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<DownloadTicket>(_protector.Unprotect(text));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}

/// <summary>What a ticket lets its bearer download.</summary>
internal sealed record DownloadTicket(string Sha256, long Bytes, string FileName, string? RunId)
{
    public WeightsRef Weights() => new() { Sha256 = Sha256, Bytes = Bytes, RunId = RunId };
}
