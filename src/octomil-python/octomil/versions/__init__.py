"""Model versions that are deployed to this device."""
