"""The version of the package; sent to the service as the SDK version."""

__version__ = "0.1.0"
