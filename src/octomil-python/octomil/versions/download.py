"""A version, downloaded into a file."""

from __future__ import annotations

import hashlib
import http.client
import logging
import os
from typing import Callable

from ..errors import ConnectionFailedError, ServiceError
from ..http.address import segment
from ..http.api import Api
from ..http.retry import retry

log = logging.getLogger("octomil")
# Without a single byte for so long the connection is taken for dead.
_STALL_TIMEOUT = 30.0
_PIECE = 256 * 1024


class CorruptedVersionError(ServiceError):
    """The bytes that arrived are not the announced ones."""


class VersionDownload:
    """Goes on where it broke, also after a restart: Range with If-Range, so that only the same bytes are continued."""

    def __init__(self, api: Api, model_id: str, version: str, sha256: str, part: str) -> None:
        self._api, self._version, self._sha256, self._part = api, version, sha256, part
        self._url = api.address.of(f"models/{segment(model_id)}/versions/{segment(version)}/download?format=safetensors")

    def run(self, sleep: Callable[[float], None], check: Callable[[], None]) -> None:
        """Returns when the whole file is there and verified. Retries until ``sleep`` or ``check`` raises. Raises ServiceError."""
        retry(lambda: self._receive(check), sleep, lambda failure, wait: log.warning("Version %s: %s Going on in %.1f s", self._version, failure, wait))
        digest = hashlib.sha256()
        with open(self._part, "rb") as file:
            for piece in iter(lambda: file.read(_PIECE), b""):
                digest.update(piece)
        if digest.hexdigest() != self._sha256:
            # A beginning that is wrong would be continued for ever.
            os.remove(self._part)
            raise CorruptedVersionError("The file that arrived is not the announced one (its SHA-256 differs).")

    def _receive(self, check: Callable[[], None]) -> None:
        received = os.path.getsize(self._part) if os.path.exists(self._part) else 0
        headers = {"Range": f"bytes={received}-", "If-Range": f'"{self._sha256}"'} if received else {}
        try:
            with self._api.open("GET", self._url, headers, timeout=_STALL_TIMEOUT) as response:
                # Anything but the rest that was asked for starts from the beginning.
                is_rest = response.status == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {received}-")
                with open(self._part, "ab" if is_rest else "wb") as file:
                    self._copy(response, file, check)
        except ServiceError as error:
            # 416: all of it was there already.
            if error.status != 416:
                raise

    @staticmethod
    def _copy(response: http.client.HTTPResponse, file: "object", check: Callable[[], None]) -> None:
        expected = response.length
        received = 0
        while True:
            check()
            try:
                piece = response.read1(_PIECE)
            except (OSError, http.client.HTTPException) as error:
                raise ConnectionFailedError(f"The download broke after {received} bytes.", code="unreachable") from error
            if not piece:
                break
            file.write(piece)  # type: ignore[attr-defined]
            received += len(piece)
        file.flush()  # type: ignore[attr-defined]
        os.fsync(file.fileno())  # type: ignore[attr-defined]
        if expected is not None and received < expected:
            raise ConnectionFailedError(f"The download broke after {received} bytes.", code="unreachable")
