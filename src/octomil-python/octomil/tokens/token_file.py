"""A device's tokens as they are kept in a file: for its owner's eyes alone, and replaced as a whole."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any, Dict, Iterator, NamedTuple, Optional

from ..errors import ConnectionFailedError, ServiceError
from ..locks import try_lock
from ..rounds.assignment import unix_time

MAKE_HINT = "Make it with `octomil devices token DEVICE --output FILE`."
_LOCK_TIMEOUT, _LOCK_PAUSE = 60.0, 0.1


class DeviceTokens(NamedTuple):
    """Both SDKs and the command line write them. Times are seconds since 1970 by this machine's clock; 0: not known."""

    access_token: str
    refresh_token: str
    device_id: Optional[str] = None
    expires_at: float = 0.0
    #: From when on they are renewed.
    refresh_at: float = 0.0
    #: What the renewal is called that was begun and not ended: the service answers the same one alike, however late.
    attempt: Optional[str] = None

    @staticmethod
    def of(answer: Dict[str, Any], now: float) -> "DeviceTokens":
        """What the service gave."""
        seconds = float(answer["expires_in"])
        refresh_at = now + max(0.75 * seconds, seconds - 300)
        return DeviceTokens(answer["access_token"], answer["refresh_token"], answer.get("device_id"), now + seconds, refresh_at)


def read_tokens(path: str) -> DeviceTokens:
    """Raises ServiceError if there is no such file, or it holds no tokens."""
    try:
        with open(path, "rb") as file:
            document = json.loads(file.read().decode("utf-8"))
        times = {name: unix_time(document[name]) if document.get(name) else 0.0 for name in ("expires_at", "refresh_at")}
        return DeviceTokens(
            str(document["access_token"]), str(document["refresh_token"]), document.get("device_id"), attempt=document.get("attempt"), **times
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ServiceError(f"{path} holds no tokens of a device ({type(error).__name__}).", code="token_file", hint=MAKE_HINT) from error


def write_tokens(path: str, tokens: DeviceTokens) -> None:
    """Written aside, flushed and renamed: whoever reads, or restarts, finds the old tokens or the new ones. Raises OSError."""
    document = {key: _text(value) if key.endswith("_at") else value for key, value in tokens._asdict().items() if value}
    fresh = path + ".new"
    if os.path.exists(fresh):
        # A new file: the mode of one that is there would stay.
        os.remove(fresh)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(json.dumps(document).encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)


@contextmanager
def locked(path: str) -> Iterator[None]:
    """One process at a time: programs of one device share its tokens, and one use of a refresh token is all there is. Raises ServiceError."""
    try:
        file = open(path + ".lock", "ab")
    except OSError as error:
        raise ServiceError(f"{path}.lock cannot be written: {error.strerror}.", code="token_file") from error
    with file:
        ends = time.monotonic() + _LOCK_TIMEOUT
        while not try_lock(file):
            if time.monotonic() > ends:
                raise ConnectionFailedError(f"Another program holds {path}.lock.", code="timed_out")
            time.sleep(_LOCK_PAUSE)
        yield


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat()
