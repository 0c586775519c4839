using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Octomil.Server;

/// <summary>Section <c>Octomil:Bootstrap</c>: the first organization of a new service.</summary>
internal sealed class BootstrapOptions
{
    public const string Section = "Octomil:Bootstrap";

    /// <summary>Name of the first organization.</summary>
    [Required, StringLength(100)]
    public string Organization { get; set; } = "First organization";

    /// <summary>Its administrator's key; a new one is made and printed once where it is not given.</summary>
    [RegularExpression("^edg_(live|test)_[0-9A-Za-z]{32}$", ErrorMessage = "Octomil:Bootstrap:Key (OCTOMIL_BOOTSTRAP_KEY) must be edg_live_ or edg_test_ and 32 letters or digits.")]
    public string? Key { get; set; }
}

[OptionsValidator]
internal sealed partial class BootstrapOptionsValidator : IValidateOptions<BootstrapOptions>;
