namespace Octomil.Storage;

/// <summary>Secrets that the service itself has to know, such as those it signs with: protected by the key ring, which is outside the database.</summary>
public interface ISecretSeals
{
    /// <param name="owner">Whose secret it is; the seal of one does not open as another's.</param>
    /// <param name="secret">The secret in clear.</param>
    string Seal(string owner, string secret);

    /// <summary>The secret in clear; null: it is another owner's, was changed, or the key it was protected with is gone.</summary>
    string? Open(string owner, string sealedSecret);
}
