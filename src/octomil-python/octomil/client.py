"""A device in federated training."""

from __future__ import annotations

import os
import ssl
import threading
import time
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, Mapping, Optional

from .errors import NoRunError, OctomilError
from .http.address import ApiAddress
from .http.api import Api
from .remote import LocalTrainFn, RemoteTrainer
from .rounds.trainer import LocalTrainer
from .sessions.device import DeviceRegistration
from .sessions.goals import EndlessGoal, Goal, RunGoal, TrainingSummary
from .sessions.inbox import AssignedVersion
from .sessions.session import DeviceSession, VersionUse
from .tokens.credential import Credential, FixedCredential
from .tokens.token_credential import TokenCredential
from .training.trainer import LocalDataTrainer
from .versions.evaluation import Evaluation
from .versions.markers import CrashMarkers
from .versions.sender import TelemetrySender
from .versions.store import StoredVersion, VersionStore
from .versions.telemetry import InferenceTelemetry

DEFAULT_API_BASE = "http://127.0.0.1:5080"
_TRIES_TO_REGISTER = 4
_HOUR = 3600.0


class FederatedClient:
    """Downloads a round's weights, trains on data that stay here, and sends only the difference. One of ``train``,
    ``train_from_remote`` and ``run`` at a time. What happens is logged under the name ``octomil``: never weights, samples or keys.

    api_key: a key with the scope ``devices:write``, or a token of this device; it decides the organization. Default: the environment's
    ``OCTOMIL_DEVICE_TOKEN``, else ``OCTOMIL_API_KEY``.
    token_file: a file with tokens of this device alone, in the place of a key, made by ``octomil devices token DEVICE --output FILE``. They
    are renewed in it before they end, so its folder must be writable; programs of one device may share it. Default: the environment's
    ``OCTOMIL_DEVICE_TOKEN_FILE``, where no api_key is given.
    device_identifier: the device's name in its organization, such as ``hospital-001``.
    api_base: where the service is. Default: the environment's ``OCTOMIL_API_BASE``, else http://127.0.0.1:5080.
    org_id: ignored, for the key decides; kept because other SDKs have it.
    app_version, region: shown to tenants.
    ssl_context: for a private certificate authority or a client certificate.
    on_version: called with an :class:`AssignedVersion` when this device should run another version of a model; must return quickly.
    version_folder: where the versions that this device should run are kept: it downloads and verifies them, keeps the previous one, and
    reports. Default: they are not downloaded.
    on_activating: called with a verified :class:`StoredVersion` before it becomes the current one; an exception refuses it.
    """

    def __init__(
        self,
        api_key: Optional[str] = None,
        device_identifier: str = "",
        api_base: Optional[str] = None,
        *,
        token_file: Optional[str] = None,
        org_id: Optional[str] = None,
        app_version: Optional[str] = None,
        region: Optional[str] = None,
        ssl_context: Optional[ssl.SSLContext] = None,
        on_version: Optional[Callable[[AssignedVersion], None]] = None,
        version_folder: Optional[str] = None,
        on_activating: Optional[Callable[[StoredVersion], None]] = None,
    ) -> None:
        if not device_identifier or not device_identifier.strip():
            raise OctomilError("There is no device_identifier.", "Give the device a name of its own, such as hospital-001.")
        self.device_identifier = device_identifier
        self._address = ApiAddress(api_base or os.environ.get("OCTOMIL_API_BASE") or DEFAULT_API_BASE)
        self._credential = _credential(api_key, token_file, self._address, ssl_context)
        self._api = Api(self._credential, self._address, ssl_context)
        self._device = DeviceRegistration(self._api, device_identifier, app_version, region)
        self._on_version, self._on_activating = on_version, on_activating
        #: The versions that this device runs; None where ``version_folder`` was not given.
        self.versions = None if version_folder is None else VersionStore(version_folder)
        self._counts = InferenceTelemetry(None if version_folder is None else CrashMarkers(version_folder))
        self._telemetry = TelemetrySender(self._device, self._counts)
        self._busy = threading.Lock()
        self._session: Optional[DeviceSession] = None
        self._closed = False

    @property
    def device_id(self) -> Optional[str]:
        """``dev_...``; None before the first registration."""
        return self._device.id

    def register(self) -> Dict[str, Any]:
        """Registers the device, or updates what is known about it: an upsert by organization and identifier. The other methods do it
        where it was not done. Raises AuthenticationError, or ServiceError if the service cannot be reached in a few tries."""
        return self._device.register(time.sleep, _TRIES_TO_REGISTER)

    def train(
        self, model: str, data: Any, target_col: Optional[str] = None, rounds: Optional[int] = None, timeout: Optional[float] = _HOUR,
        *, backend: Optional[str] = None,
    ) -> TrainingSummary:
        """Waits for a run over the model that selects this device, takes part in every round that selects it until the run ends (or so
        many rounds are done), and returns what it did.

        model: its name or id. data: a CSV file, a pandas DataFrame, or idx files of images. target_col: the column to predict; default:
        the model's own. timeout: seconds to wait for a run; None: for ever. backend: torch, numpy or plain; default: what is installed.
        Raises NoRunError, AuthenticationError, DataError, TrainingError, ServiceError.
        """
        return self._train(model, LocalDataTrainer(data, target_col, backend), rounds, timeout)

    def train_from_remote(
        self, model: str, local_train_fn: LocalTrainFn, rounds: int, timeout: Optional[float] = _HOUR, *, framework: Optional[str] = None
    ) -> TrainingSummary:
        """Takes part with a training loop of your own in exactly so many rounds, each from that round's weights; fewer if the run ends,
        which the result says.

        local_train_fn: gets a copy of the base's state_dict, and returns (state_dict, sample count, metrics); of the metrics ``loss``,
        ``steps``, ``eval_count``, ``eval_loss`` and ``eval_accuracy`` (of the base, on a hold-out) have a meaning of their own. framework: torch,
        numpy or plain: what the state_dict holds; default: what is installed. Its own exceptions come as they are. Raises NoRunError,
        AuthenticationError, TrainingError, ServiceError.
        """
        return self._train(model, RemoteTrainer(local_train_fn, framework), rounds, timeout)

    def run(
        self, model: Optional[str] = None, data: Any = None, target_col: Optional[str] = None,
        *, local_train_fn: Optional[LocalTrainFn] = None, trainers: Optional[Mapping[str, LocalTrainer]] = None,
        backend: Optional[str] = None, framework: Optional[str] = None,
    ) -> None:
        """Takes part whenever this device is selected for the model, for ever, whatever the network does; failures of single rounds are
        logged and survived; :meth:`close` ends it. With ``data``, with a ``local_train_fn``, or for several models with ``trainers`` by the model's name.
        Raises AuthenticationError if the key is wrong from the start, DeviceRevokedError; an interrupt ends it."""
        if trainers is None:
            if model is None or (data is None) == (local_train_fn is None):
                raise OctomilError("run needs a model, and either data or local_train_fn; or trainers.")
            trainers = {model: LocalDataTrainer(data, target_col, backend) if local_train_fn is None else RemoteTrainer(local_train_fn, framework)}
        self._run(EndlessGoal(trainers), None)

    def follow_versions(self) -> None:
        """Brings the versions that this device should run into the version folder, for ever, and takes part in no round. ``close`` from
        another thread, AuthenticationError, DeviceRevokedError and an interrupt end it."""
        if self.versions is None:
            raise OctomilError("Versions are followed into a folder.", "Give version_folder.")
        self._run(EndlessGoal({}), None)

    @contextmanager
    def observe(self, model: str) -> Iterator[StoredVersion]:
        """One inference with the version of the model (name or id) that runs here, which is given: how long it takes is counted, and an
        exception as an error. Raises OctomilError where none is here."""
        version = None if self.versions is None else self.versions.current(model)
        if version is None:
            raise OctomilError(f"No version of {model} runs here.", "Give version_folder, and deploy a version; or count with report_inference.")
        # Before the inference, which may be what kills the process.
        self._counts.serve(version.model_id, version.version)
        start = time.perf_counter()
        try:
            yield version
        except Exception:
            self._counts.record(version.model_id, version.version, 0.0, error=True)
            raise
        self._counts.record(version.model_id, version.version, 1000 * (time.perf_counter() - start), error=False)

    def report_inference(self, model: str, version: str, latency_ms: float, error: bool = False) -> None:
        """Counts one inference with a version of the model (id, or the name of one in the version folder): how long it took, or that it
        failed. Never what went in or came out. Sent every half minute while ``run``, ``train`` or ``follow_versions`` runs."""
        model_id = self._model_id(model)
        if not latency_ms >= 0:
            raise OctomilError(f"latency_ms must be at least 0, not {latency_ms}.")
        self._counts.record(model_id, version, latency_ms, error)

    def report_outcome(self, model: str, version: str, correct: bool, loss: Optional[float] = None) -> None:
        """The device has learned whether an answer of this version was right, perhaps long after it: experiments compare versions by it."""
        self.report_evaluation(model, version, 1, 1.0 if correct else 0.0, loss)

    def report_evaluation(self, model: str, version: str, count: int, accuracy: Optional[float] = None, loss: Optional[float] = None) -> None:
        """The same for several answers at once: the share that was right, and their mean loss."""
        model_id = self._model_id(model)
        try:
            evaluation = Evaluation(count, accuracy, loss)
        except ValueError as error:
            raise OctomilError(str(error)) from error
        self._counts.evaluate(model_id, version, evaluation)

    def send_telemetry(self) -> bool:
        """Sends what was counted now, for a program that does not run for long. False: not all of it could be sent; nothing is lost."""
        if self._device.id is None:
            self.register()
        return self._telemetry.send(self._api)

    def _model_id(self, model: str) -> str:
        stored = None if self.versions is None else self.versions.current(model)
        if stored is None and not model.startswith("mdl_"):
            raise OctomilError(f"The id of {model} is not known here.", "Give the model's id, mdl_...")
        return model if stored is None else stored.model_id

    def close(self) -> None:
        """Ends what this client does, from any thread: ``run`` returns, ``train`` returns what it did so far. Local work that is under way
        is waited for, and its result dropped."""
        self._closed = True
        self._counts.close()
        session = self._session
        if session is not None:
            session.end()
        self._api.close()
        self._credential.close()

    def __enter__(self) -> "FederatedClient":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _train(self, model: str, trainer: LocalTrainer, rounds: Optional[int], timeout: Optional[float]) -> TrainingSummary:
        if not model:
            raise OctomilError("There is no model.", "Name the model to train, such as radiology-v1.")
        if rounds is not None and rounds < 1:
            raise OctomilError(f"rounds must be at least 1, not {rounds}.")
        goal = RunGoal(self._api, model, trainer, rounds, timeout, self.device_identifier)
        self._run(goal, timeout)
        return goal.summary()

    def _run(self, goal: Goal, timeout: Optional[float]) -> None:
        with self._alone():
            if self._device.id is None:
                self._register_patiently(timeout)
            use = VersionUse(self._on_version, self.versions, self._on_activating, self._telemetry)
            self._session = DeviceSession(self._api, self._device, goal, use)
            if self._closed:
                raise OctomilError("This client was closed.", "Make a new one.")
            try:
                self._session.run()
            finally:
                self._session = None

    def _register_patiently(self, timeout: Optional[float]) -> None:
        ends = None if timeout is None else time.monotonic() + timeout

        def sleep(seconds: float) -> None:
            if ends is not None and time.monotonic() + seconds > ends:
                raise NoRunError(f"{self._address.root} could not be reached in time, so that {self.device_identifier} is not registered.")
            time.sleep(seconds)

        self._device.register(sleep, None)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._busy.acquire(blocking=False):
            raise OctomilError("This client takes part already.", "Use one client for each device.")
        try:
            yield
        finally:
            self._busy.release()


def _credential(api_key: Optional[str], token_file: Optional[str], address: ApiAddress, tls: Optional[ssl.SSLContext]) -> Credential:
    path = token_file or (None if api_key else os.environ.get("OCTOMIL_DEVICE_TOKEN_FILE"))
    if path:
        return TokenCredential(path, Api(FixedCredential(None), address, tls))
    key = (api_key or os.environ.get("OCTOMIL_DEVICE_TOKEN") or os.environ.get("OCTOMIL_API_KEY") or "").strip()
    if not key or not key.isascii() or not key.isprintable():
        raise OctomilError("There is no usable API key.", "Give api_key or token_file, or set OCTOMIL_API_KEY.")
    return FixedCredential(key)
