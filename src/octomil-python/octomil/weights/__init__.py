"""Weights: tensors, safetensors files, updates."""

from .model_weights import ModelWeights
from .safetensors import read_safetensors, write_safetensors
from .tensor import Tensor, TensorSpec

__all__ = ["ModelWeights", "Tensor", "TensorSpec", "read_safetensors", "write_safetensors"]
