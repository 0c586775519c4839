using System.Collections.Immutable;

namespace Octomil.Devices;

internal sealed partial class DeviceGrain : IDeviceCertificateGrain
{
    public Task<ImmutableSortedSet<string>?> GetCertificatesAsync(string callerId) =>
        Task.FromResult(store.State.IsOf(callerId) ? store.State.Certificates : null);

    public Task<DeviceCertificateResult> AddCertificateAsync(string callerId, string fingerprint) =>
        ChangeCertificatesAsync(callerId, state => state.WithCertificate(fingerprint));

    public async Task<DeviceCertificateResult> RemoveCertificateAsync(string callerId, string fingerprint)
    {
        var result = await ChangeCertificatesAsync(callerId, state => state.WithoutCertificate(fingerprint));

        if (result is DeviceCertificateResult.Done)
        {
            // After the save: what is open may have come in with it, and who still may comes in again.
            await push.EndDeviceAsync(Id, mayReturn: true);
        }

        return result;
    }

    public async Task<bool> PinFirstCertificateAsync(string callerId, string fingerprint) =>
        store.State.Certificates.IsEmpty && await AddCertificateAsync(callerId, fingerprint) is DeviceCertificateResult.Done;

    private async Task<DeviceCertificateResult> ChangeCertificatesAsync(string callerId, Func<DeviceState, (DeviceState, DeviceCertificateResult)> change)
    {
        if (!store.State.IsOf(callerId))
        {
            return DeviceCertificateResult.NoDevice;
        }

        var (next, result) = change(store.State);
        await store.SaveAsync(next, this);
        return result;
    }
}
