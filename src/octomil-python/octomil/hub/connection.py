"""SignalR's JSON hub protocol (https://github.com/dotnet/aspnetcore/blob/main/src/SignalR/docs/specs/HubProtocol.md): records of JSON,
each ended by 0x1E; first a handshake, then messages by type."""

from __future__ import annotations

import json
import threading
import time
from typing import Any, Callable, Dict, List, Optional

from ..errors import OctomilError
from .websocket import MAX_MESSAGE_BYTES

RECORD_END = "\x1e"
_INVOCATION, _COMPLETION, _PING, _CLOSE = 1, 3, 6, 7
_PING_RECORD = json.dumps({"type": _PING}) + RECORD_END
KEEP_ALIVE, SERVER_TIMEOUT = 30.0, 90.0
_HANDSHAKE_TIMEOUT, _INVOKE_TIMEOUT = 15.0, 30.0
Handler = Callable[[str, List[Any]], None]


class HubError(OctomilError):
    """The hub refused a call."""


class _Call:
    def __init__(self) -> None:
        self.done = threading.Event()
        self.result: Any = None
        self.error: Optional[str] = None


class HubConnection:
    """One connection, from its start to its loss. A thread of its own receives and calls ``on_call(target, arguments)``."""

    def __init__(self, transport: Any, on_call: Handler) -> None:
        self._transport = transport
        self._on_call = on_call
        self._calls: Dict[str, _Call] = {}
        self._gate = threading.Lock()
        self._number = 0
        self._buffer = ""
        self._sent_at = time.monotonic()
        #: Set when the connection is lost; then ``reason`` says why.
        self.lost = threading.Event()
        self.reason = "closed by this device"
        self._started = threading.Event()
        self._handshake_error: Optional[str] = None
        self._thread = threading.Thread(target=self._receive_all, name="octomil-hub", daemon=True)

    @property
    def transport(self) -> str:
        return str(self._transport.name)

    def start(self) -> None:
        """The handshake. Raises OSError if it fails."""
        self._thread.start()
        self._send({"protocol": "json", "version": 1})
        if not self._started.wait(_HANDSHAKE_TIMEOUT) or self._handshake_error is not None or self.lost.is_set():
            self.close()
            raise ConnectionError(f"the hub's handshake failed: {self._handshake_error or self.reason}")

    def invoke(self, target: str, *arguments: Any) -> Any:
        """Calls a method of the hub. Raises HubError if it is refused, OSError if the connection is lost."""
        call = _Call()
        with self._gate:
            self._number += 1
            number = str(self._number)
            self._calls[number] = call
        try:
            self._send({"type": _INVOCATION, "invocationId": number, "target": target, "arguments": list(arguments)})
            ends = time.monotonic() + _INVOKE_TIMEOUT
            while not call.done.wait(0.2):
                if self.lost.is_set():
                    raise ConnectionError(self.reason)
                if time.monotonic() > ends:
                    raise TimeoutError(f"the hub did not answer {target} within {_INVOKE_TIMEOUT:.0f} s")
        finally:
            with self._gate:
                self._calls.pop(number, None)
        if call.error is not None:
            raise HubError(call.error)
        return call.result

    def keep_alive(self) -> None:
        """Sends a ping where nothing was sent for a while. Raises OSError or ServiceError."""
        if time.monotonic() - self._sent_at > KEEP_ALIVE / 2:
            self._transport.send(_PING_RECORD)
            self._sent_at = time.monotonic()

    def close(self) -> None:
        """Ends the connection; may be called again."""
        self._transport.close()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(5.0)
        self.lost.set()

    def _send(self, record: Dict[str, Any]) -> None:
        self._transport.send(json.dumps(record, allow_nan=False, separators=(",", ":")) + RECORD_END)
        self._sent_at = time.monotonic()

    def _receive_all(self) -> None:
        try:
            while self._take(self._transport.receive()):
                pass
        except TimeoutError:
            self.reason = f"the service was silent for {SERVER_TIMEOUT:.0f} s"
        except (OSError, OctomilError) as error:
            self.reason = str(error)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            self.reason = f"the service sent what is no hub message ({type(error).__name__})"
        finally:
            self.lost.set()
            self._started.set()
            self._transport.release()

    def _take(self, text: str) -> bool:
        """Takes what arrived; False once the service closed."""
        self._buffer += text
        *records, self._buffer = self._buffer.split(RECORD_END)
        if len(self._buffer) > MAX_MESSAGE_BYTES:
            raise ValueError("a record without an end")
        return all([self._on_record(json.loads(record)) for record in records])

    def _on_record(self, record: Dict[str, Any]) -> bool:
        if not self._started.is_set():
            self._handshake_error = record.get("error")
            self._started.set()
            return self._handshake_error is None
        kind = record.get("type")
        if kind == _INVOCATION:
            self._on_call(record["target"], record["arguments"])
        elif kind == _COMPLETION:
            self._complete(record)
        elif kind == _CLOSE:
            self.reason = record.get("error") or "closed by the service"
            return False
        return True

    def _complete(self, record: Dict[str, Any]) -> None:
        with self._gate:
            call = self._calls.get(str(record.get("invocationId")))
        if call is not None:
            call.result, call.error = record.get("result"), record.get("error")
            call.done.set()
