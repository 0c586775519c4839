using Xunit;

namespace Octomil.Webhooks;

public sealed class WebhookSignatureTests
{
    // The same by: openssl dgst -sha256 -mac HMAC -macopt hexkey:... -binary | base64
    [Fact]
    public void Of_AKnownMessage_IsWhatOpenSslComputes() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        WebhookSignature.Of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, """{"test": 2432232314}"""u8));
}
