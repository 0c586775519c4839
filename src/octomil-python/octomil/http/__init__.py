"""The HTTP side of the device protocol, on the standard library."""
