"""Device SDK of Octomil federated training: train where the data are, send only what was learned."""

import logging

from ._version import __version__
from .client import FederatedClient
from .errors import (
    ArchitectureError,
    AuthenticationError,
    ConnectionFailedError,
    DataError,
    DeviceRevokedError,
    NoRunError,
    NotSupportedError,
    OctomilError,
    ServiceError,
    TrainingDivergedError,
    TrainingError,
    WeightsError,
)
from .remote import RemoteTrainer
from .rounds.trainer import LocalTask, LocalTrainer
from .rounds.work import RoundParticipation
from .sessions.goals import TrainingSummary
from .sessions.inbox import AssignedVersion
from .training.trainer import LocalDataTrainer
from .versions.store import StoredVersion, VersionStore
from .weights import ModelWeights, Tensor, TensorSpec, read_safetensors, write_safetensors
from .weights.update import LocalResult

# A library is silent until its program configures logging.
logging.getLogger("octomil").addHandler(logging.NullHandler())

__all__ = [
    "ArchitectureError", "AssignedVersion", "AuthenticationError", "ConnectionFailedError", "DataError", "DeviceRevokedError",
    "FederatedClient", "LocalDataTrainer", "LocalResult", "LocalTask", "LocalTrainer", "ModelWeights", "NoRunError", "NotSupportedError",
    "OctomilError", "RemoteTrainer", "RoundParticipation", "ServiceError", "StoredVersion", "Tensor", "TensorSpec", "TrainingDivergedError",
    "TrainingError", "TrainingSummary", "VersionStore", "WeightsError", "__version__", "read_safetensors", "write_safetensors",
]
