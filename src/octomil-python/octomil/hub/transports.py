"""The two ways of a hub connection: WebSocket, and long polling where something in between blocks WebSockets."""

from __future__ import annotations

import json
from typing import Any, Callable, Optional, Tuple
from urllib.parse import quote

from ..errors import AuthenticationError, OctomilError, ServiceError
from ..http.api import Api
from .websocket import WebSocket

# SignalR's server answers a poll after 90 s at the latest.
_POLL_TIMEOUT = 120.0
_NEGOTIATION_TIMEOUT = 30.0


class WebSocketTransport:
    """Texts by WebSocket. ``silence``: seconds without a word after which the connection is taken for dead."""

    name = "WebSocket"
    pings = True

    def __init__(self, api: Api, url: str, silence: float) -> None:
        self._socket = WebSocket(url, api.headers_for(url), api.tls)
        self._silence = silence

    def send(self, text: str) -> None:
        self._socket.send(text)

    def receive(self) -> str:
        return self._socket.receive(self._silence)

    def close(self) -> None:
        self._socket.close()

    def release(self) -> None:
        self._socket.release()


class LongPollingTransport:
    """Texts by polling: a GET that waits for them, a POST for every send. The poll itself shows that the service lives."""

    name = "long polling"
    pings = False

    def __init__(self, api: Api, url: str) -> None:
        self._api = api.scoped()
        self._control = api
        self._url = url
        # The first poll only says that the transport is there.
        self._poll()

    def send(self, text: str) -> None:
        with self._control.open("POST", self._url, {"Content-Type": "text/plain;charset=UTF-8"}, text.encode("utf-8")) as response:
            self._control.read(response, self._url)

    def receive(self) -> str:
        while True:
            text = self._poll()
            if text:
                return text

    def close(self) -> None:
        self._api.close()
        try:
            with self._control.open("DELETE", self._url, {}, timeout=5.0) as response:
                self._control.read(response, self._url)
        except OctomilError:
            pass  # The service forgets a device that polls no more.

    def release(self) -> None:
        self._api.close()

    def _poll(self) -> str:
        with self._api.open("GET", self._url, {}, timeout=_POLL_TIMEOUT) as response:
            if response.status == 204:
                raise ConnectionError("closed by the service")
            return self._api.read(response, self._url, _POLL_TIMEOUT).decode("utf-8")


def negotiate(api: Api) -> Tuple[str, Any]:
    """The address of a new connection, and the transports the service offers."""
    url = f"{api.address.device_hub}/negotiate?negotiateVersion=1"
    with api.open("POST", url, {}, b"", _NEGOTIATION_TIMEOUT) as response:
        body = api.read(response, url)
    try:
        answer = json.loads(body.decode("utf-8"))
        token = answer.get("connectionToken") or answer["connectionId"]
        names = {offer["transport"] for offer in answer["availableTransports"] if "Text" in offer["transferFormats"]}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ServiceError(f"{url} did not answer as a device hub does.", hint="Is the API base right?") from error
    return f"{api.address.device_hub}?id={quote(token, safe='')}", names


def connect(api: Api, silence: float, on_fallback: Callable[[str], None]) -> Any:
    """A transport, WebSocket where it works. Raises ServiceError or OSError."""
    reason: Optional[str] = None
    url, names = negotiate(api)
    if "WebSockets" in names:
        try:
            return WebSocketTransport(api, url, silence)
        except AuthenticationError:
            raise
        except (OctomilError, OSError) as error:
            reason = str(error)
            # An address is good for one transport.
            url, names = negotiate(api)
    if "LongPolling" not in names:
        raise ConnectionError(reason or "the service offers no transport that this SDK speaks")
    transport = LongPollingTransport(api, url)
    if reason:
        on_fallback(reason)
    return transport
