"""Base weights, downloaded once and verified."""

from __future__ import annotations

import hashlib
import http.client
import logging
from typing import Callable, Optional

from ..errors import ConnectionFailedError, ServiceError
from ..http.api import Api
from ..http.retry import retry
from ..weights.model_weights import ModelWeights
from .assignment import Assignment

log = logging.getLogger("octomil")
# Without a single byte for so long the connection is taken for dead.
_STALL_TIMEOUT = 30.0
_PIECE = 256 * 1024
_MAX_BYTES = 1 << 40


class BaseDownload:
    """One download, which goes on where it broke: Range with If-Range, so that only the same bytes are continued."""

    def __init__(self, api: Api, url: str, sha256: str, size: int) -> None:
        self._api, self._url, self._sha256, self._size = api, url, sha256, size
        self._file = bytearray()

    def run(self, sleep: Callable[[float], None], check: Callable[[], None]) -> bytes:
        """The whole file, verified. Retries until ``sleep`` or ``check`` raises. Raises ServiceError."""
        if not 0 <= self._size <= _MAX_BYTES:
            raise ServiceError(f"The base weights have {self._size} bytes; this SDK takes at most {_MAX_BYTES}.")
        retry(lambda: self._receive(check), sleep, self._log_interruption)
        if hashlib.sha256(self._file).hexdigest() != self._sha256:
            raise ServiceError("The base weights that arrived are not the announced ones (their SHA-256 differs).")
        return bytes(self._file)

    def _receive(self, check: Callable[[], None]) -> None:
        headers = {"Range": f"bytes={len(self._file)}-", "If-Range": f'"{self._sha256}"'} if self._file else {}
        with self._api.open("GET", self._url, headers, timeout=_STALL_TIMEOUT) as response:
            # Anything but the rest that was asked for starts from the beginning.
            is_rest = response.status == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {len(self._file)}-")
            if not is_rest:
                self._file.clear()
            try:
                while len(self._file) < self._size:
                    check()
                    piece = response.read1(min(_PIECE, self._size - len(self._file)))
                    if not piece:
                        raise self._interrupted()
                    self._file += piece
                # Takes the end of the answer too, so that the connection can be used again.
                response.read(1)
            except (OSError, http.client.HTTPException) as error:
                raise self._interrupted() from error

    def _interrupted(self) -> ConnectionFailedError:
        return ConnectionFailedError(f"The download of the base weights broke after {len(self._file)} of {self._size} bytes.", code="unreachable")

    def _log_interruption(self, failure: ServiceError, wait: float) -> None:
        log.warning("%s Received %d of %d bytes, going on in %.1f s", failure, len(self._file), self._size, wait)


class BaseWeights:
    """The last base weights are kept under their SHA-256: a round with the same base costs no request. For one thread."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._sha256: Optional[str] = None
        self._weights: Optional[ModelWeights] = None

    def get(self, assignment: Assignment, sleep: Callable[[float], None], check: Callable[[], None]) -> ModelWeights:
        """The base of the round. Raises ServiceError, WeightsError."""
        if self._weights is None or self._sha256 != assignment.base_sha256:
            # The old ones go first: two models at once may be more than the device has room for.
            self._weights = self._sha256 = None
            url = self._api.address.resolve(assignment.base_url)
            file = BaseDownload(self._api, url, assignment.base_sha256, assignment.base_bytes).run(sleep, check)
            self._weights = ModelWeights.load(file)
            self._sha256 = assignment.base_sha256
        return self._weights
