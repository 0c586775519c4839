"""Where everything the service tells this device ends up."""

from __future__ import annotations

import logging
import threading
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from ..errors import DeviceRevokedError, ServiceError
from ..rounds.assignment import Assignment
from ..rounds.queue import RoundQueue

log = logging.getLogger("octomil")


class AssignedVersion(NamedTuple):
    """The version of a model that this device should run. ``sha256`` in lower-case hex."""

    model_id: str
    version: str
    sha256: str
    #: The model's name; None in a push.
    model: Optional[str] = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AssignedVersion) and tuple(self[:3]) == tuple(other[:3])

    def __ne__(self, other: object) -> bool:
        # A tuple has one of its own, which would count the name.
        return not self == other

    def __hash__(self) -> int:
        return hash(tuple(self[:3]))


class Inbox:
    """Thread-safe."""

    def __init__(self, queue: RoundQueue, fail: Callable[[BaseException], None], on_version: Optional[Callable[[AssignedVersion], None]]) -> None:
        self.queue = queue
        self._fail = fail
        self._on_version = on_version
        #: Hears every word on versions, also one that is repeated.
        self.offer_version: Optional[Callable[[AssignedVersion], None]] = None
        self._told: Dict[str, AssignedVersion] = {}
        #: Asks for a listing at once.
        self.poll_now = threading.Event()
        #: A round closed or ended here: the run may have ended too.
        self.run_may_have_ended = threading.Event()

    def on_hello(self, hello: Dict[str, Any], asked_at: int) -> None:
        self.on_listed(hello.get("assignments") or [], asked_at)
        self.on_versions(hello.get("versions"))

    def on_versions(self, documents: Any) -> None:
        """What a greeting or a heartbeat says of versions."""
        for version in documents or []:
            try:
                self._version(AssignedVersion(version["model_id"], version["version"], version["sha256"], version.get("model")))
            except (KeyError, TypeError, AttributeError):
                log.error("The service named a version that cannot be read")

    def on_listed(self, documents: List[Any], asked_at: int) -> None:
        """A complete listing; an assignment that cannot be read costs the device that round alone."""
        listed = [assignment for assignment in map(self._read, documents) if assignment is not None]
        self.queue.offer_listed(listed, asked_at)

    def on_call(self, target: str, arguments: List[Any]) -> None:
        """A call of the hub; names that this version does not know are left alone."""
        if target == "RoundAssigned":
            assignment = self._read(arguments[0])
            if assignment is not None and not self.queue.offer_pushed(assignment):
                self.poll_now.set()
        elif target == "RoundClosed":
            log.info("Round %s closed: %s", arguments[0], arguments[1])
            self.queue.close(arguments[0], arguments[1])
            self.run_may_have_ended.set()
        elif target == "VersionAssigned":
            self._version(AssignedVersion(*arguments[:3]))
        elif target == "Revoked":
            self._fail(DeviceRevokedError(f"This device was revoked: {arguments[0]}", code="revoked"))

    def _version(self, version: AssignedVersion) -> None:
        if self.offer_version is not None:
            self.offer_version(version)
        # Every heartbeat says it again; the program hears it once.
        if self._told.get(version.model_id) == version:
            return
        self._told[version.model_id] = version
        log.info("This device should run version %s of %s", version.version, version.model_id)
        if self._on_version is not None:
            try:
                self._on_version(version)
            except Exception:  # noqa: BLE001 - the program's own failure must not cost it its rounds
                log.exception("A callback of the program failed")

    @staticmethod
    def _read(document: Any) -> Optional[Assignment]:
        try:
            return Assignment(document)
        except ServiceError as error:
            log.error("%s", error)
            return None
