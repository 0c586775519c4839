"""Training catalog models (linear, mlp, cnn) on local data."""
