"""Brings this device to the versions that it should run."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import Callable, Dict, Optional, Tuple

from ..errors import OctomilError, ServiceError
from ..http.address import segment
from ..http.api import Api
from ..http.retry import retry
from ..rounds.work import SessionEnded
from ..sessions.device import DeviceRegistration
from ..sessions.inbox import AssignedVersion
from .download import CorruptedVersionError, VersionDownload
from .store import StoredVersion, VersionStore

log = logging.getLogger("octomil")
_TRY_AGAIN = 600.0
_REPORT_TRIES = 6


class VersionFollower:
    """Downloads, verifies, activates, reports, one at a time. What fails is reported, the device goes on with what it ran, and it is tried
    again later. Offers may come often and from any thread; ``run`` has a thread of its own and returns once ``stop`` is set."""

    def __init__(
        self,
        api: Api,
        device: DeviceRegistration,
        store: VersionStore,
        activating: Optional[Callable[[StoredVersion], None]],
        stop: threading.Event,
    ) -> None:
        self._api, self._device, self._store, self._activating, self._stop = api, device, store, activating, stop
        self._gate = threading.Lock()
        self._news = threading.Event()
        self._wanted: Dict[str, AssignedVersion] = {}
        self._reported: Dict[str, Tuple[AssignedVersion, bool]] = {}
        self._failed: Dict[str, Tuple[AssignedVersion, str, float]] = {}

    def offer(self, version: AssignedVersion) -> None:
        """The device should run this; the last word on a model counts."""
        with self._gate:
            self._wanted[version.model_id] = version
        self._news.set()

    def run(self) -> None:
        """Follows until ``stop`` is set."""
        while not self._stop.is_set():
            if not self._news.wait(0.5):
                continue
            self._news.clear()
            with self._gate:
                wanted = list(self._wanted.values())
            for version in wanted:
                try:
                    self._report(version, self._try(version))
                except SessionEnded:
                    # The session ends, or another version of the model was assigned, which is news.
                    continue

    def _try(self, version: AssignedVersion) -> Optional[str]:
        """None: the version runs. Otherwise why it does not."""
        failed = self._failed.get(version.model_id)
        if failed is not None and failed[0] == version and time.monotonic() < failed[2]:
            return failed[1]
        try:
            if not self._store.is_safe(version.model_id, version.sha256):
                raise OctomilError("The model's id or the checksum is not well-formed.")
            if self._store.is_rejected(version.model_id, version.version, version.sha256):
                return "It was taken back on this device."
            current = self._store.current(version.model_id)
            if current is None or (current.version, current.sha256) != (version.version, version.sha256):
                self._activate(version, self._file(version))
            self._failed.pop(version.model_id, None)
            return None
        except SessionEnded:
            raise
        except Exception as error:  # noqa: BLE001 - the network's, the disk's, the program's own: none may cost the device its rounds
            log.error("Version %s of %s does not run here: %s", version.version, version.model_id, error)
            self._failed[version.model_id] = (version, str(error), time.monotonic() + _TRY_AGAIN)
            return str(error)

    def _file(self, version: AssignedVersion) -> str:
        path = self._store.file_of(version.model_id, version.sha256)
        if os.path.exists(path):
            return path
        part = self._store.part_of(version.model_id, version.sha256)
        download = VersionDownload(self._api, version.model_id, version.version, version.sha256, part)
        check = lambda: self._check(version)  # noqa: E731
        try:
            download.run(self._sleep, check)
        except CorruptedVersionError:
            # Once more from the beginning: a beginning that was kept for long may be what was wrong.
            download.run(self._sleep, check)
        os.replace(part, path)
        return path

    def _activate(self, version: AssignedVersion, path: str) -> None:
        stored = StoredVersion(version.model_id, version.model, version.version, version.sha256, path)
        if self._activating is not None:
            try:
                self._activating(stored)
            except Exception as error:  # noqa: BLE001 - the program's own; its message may tell of its data, and stays here
                raise OctomilError(f"The program on the device refused it ({type(error).__name__}).") from error
        self._store.activate(stored)
        log.info("Version %s of %s runs now", version.version, version.model_id)

    def _report(self, version: AssignedVersion, failure: Optional[str]) -> None:
        told = (version, failure is None)
        if self._reported.get(version.model_id) == told:
            return
        report = {"model_id": version.model_id, "version": version.version, "status": "active" if failure is None else "failed"}
        if failure is not None:
            report["reason"] = "".join(character if character.isprintable() else " " for character in failure[:500])
        path = f"devices/{segment(self._device.required_id)}/versions"
        try:
            retry(lambda: self._api.call("POST", path, report), self._sleep, max_tries=_REPORT_TRIES)
            self._reported[version.model_id] = told
        except ServiceError as error:
            log.warning("The service was not told of version %s: %s It is with the next heartbeat", version.version, error)

    def _check(self, version: AssignedVersion) -> None:
        if self._stop.is_set() or self._wanted.get(version.model_id) != version:
            raise SessionEnded("The session is over.")

    def _sleep(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise SessionEnded("The session is over.")
