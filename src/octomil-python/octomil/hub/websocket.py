"""A WebSocket client (RFC 6455) of text messages."""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import os
import re
import socket
import ssl
import struct
import threading
import time
from collections import deque
from typing import Deque, Mapping, Optional, Tuple

from ..http.connections import open_connection, target_of
from ..http.problem import error_of
from .frames import BINARY, CLOSE, PING, TEXT, FrameDecoder, FrameError, encode
from .streams import DuplexStream

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
_SEND_TIMEOUT = 30.0
_MOST_HEAD_BYTES = 64 * 1024
MAX_MESSAGE_BYTES = 32 * 1024 * 1024


class WebSocketClosed(OSError):
    """The connection is over. ``code``: the server's close code; None if it went away without one."""

    def __init__(self, message: str, code: Optional[int] = None) -> None:
        super().__init__(message)
        self.code = code


class WebSocket:
    """Connected from the start. One thread receives; any thread may send."""

    def __init__(
        self, url: str, headers: Mapping[str, str], tls: Optional[ssl.SSLContext], timeout: float = 15.0, max_bytes: int = MAX_MESSAGE_BYTES
    ) -> None:
        """``url``: http or https. ``timeout``: seconds for the handshake. Raises ServiceError if the server refuses it with a status,
        OSError otherwise."""
        connection = open_connection(url, tls)
        self._decoder = FrameDecoder(max_bytes)
        self._messages: Deque[str] = deque()
        self._sending = threading.Lock()
        self._said_close = False
        self._over: Optional[WebSocketClosed] = None
        try:
            connection.connect()
            connection.sock.settimeout(timeout)
            rest = _handshake(connection, url, headers)
            # From here on the socket is ours; http.client must not close it.
            self._stream = DuplexStream(connection.sock)
        except BaseException:
            connection.close()
            raise
        self._early = rest

    def send(self, text: str) -> None:
        """Raises OSError."""
        self._send(TEXT, text.encode("utf-8"))

    def receive(self, timeout: float) -> str:
        """The next text. Raises TimeoutError after so many seconds without one, WebSocketClosed at the end."""
        ends = time.monotonic() + timeout
        while not self._messages:
            if self._over is not None:
                raise self._over
            data, self._early = self._early, b""
            data = data or self._stream.read(max(0.001, ends - time.monotonic()))
            if not data:
                raise WebSocketClosed("the connection broke off")
            try:
                for opcode, payload in self._decoder.feed(data):
                    self._on_message(opcode, payload)
            except FrameError as error:
                self._say_close(error.code)
                raise WebSocketClosed(f"the server broke the WebSocket protocol: {error}", error.code) from error
        return self._messages.popleft()

    def close(self) -> None:
        """Says goodbye and ends the connection; a thread that receives gets WebSocketClosed."""
        self._say_close(1000)
        self._stream.close()

    def release(self) -> None:
        """Gives the socket back, by the receiving thread once it is done."""
        self._stream.close()
        self._stream.release()

    def _on_message(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            self._messages.append(payload.decode("utf-8"))
        elif opcode == BINARY:
            raise FrameError(1003, "a binary message where text was agreed on")
        elif opcode == PING:
            self._send(0xA, payload)
        elif opcode == CLOSE and self._over is None:
            self._over = self._closed_by(payload)

    def _closed_by(self, payload: bytes) -> WebSocketClosed:
        """What came before the close is received first."""
        code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005
        if len(payload) == 1 or not (1000 <= code < 5000):
            raise FrameError(1002, "a close frame without a valid code")
        reason = payload[2:].decode("utf-8", "replace")
        self._say_close(1000 if code == 1005 else code)
        return WebSocketClosed(reason or f"closed by the service ({code})", code)

    def _say_close(self, code: int) -> None:
        if not self._said_close:
            self._said_close = True
            try:
                self._send(CLOSE, struct.pack(">H", code))
            except OSError:
                pass  # Nobody hears it any more.

    def _send(self, opcode: int, data: bytes) -> None:
        with self._sending:
            self._stream.write(encode(opcode, data), _SEND_TIMEOUT)


def _handshake(connection: http.client.HTTPConnection, url: str, headers: Mapping[str, str]) -> bytes:
    """Section 4.1. The bytes that came after the answer's head: they belong to the first frames, so http.client's reader, which reads
    ahead, is of no use here."""
    key = base64.b64encode(os.urandom(16))
    connection.putrequest("GET", target_of(url), skip_accept_encoding=True)
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key.decode("ascii")}
    for name, value in {**upgrade, **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    status, answer, rest = _read_head(connection.sock)
    if status != 101:
        raise error_of(status, http.client.responses.get(status, ""), answer, _read_body(connection.sock, answer, rest), url)
    accept = base64.b64encode(hashlib.sha1(key + _MAGIC).digest()).decode("ascii")
    if answer.get("Upgrade", "").lower() != "websocket" or answer.get("Sec-WebSocket-Accept") != accept:
        raise ConnectionError("the server's answer to the WebSocket handshake is not one")
    return rest


def _read_head(sock: socket.socket) -> Tuple[int, http.client.HTTPMessage, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(4096)
        if not piece or len(data) > _MOST_HEAD_BYTES:
            raise ConnectionError("the WebSocket handshake broke off")
        data += piece
    head, rest = data.split(b"\r\n\r\n", 1)
    line, _, fields = head.partition(b"\r\n")
    match = re.match(rb"HTTP/1\.[01] (\d{3})(?: |\Z)", line)
    if match is None:
        raise ConnectionError("the server's answer to the WebSocket handshake is not HTTP")
    try:
        return int(match[1]), http.client.parse_headers(io.BytesIO(fields + b"\r\n\r\n")), rest
    except http.client.HTTPException as error:
        raise ConnectionError(f"the WebSocket handshake failed ({type(error).__name__})") from error


def _read_body(sock: socket.socket, headers: http.client.HTTPMessage, rest: bytes) -> bytes:
    """Of a refusal, as far as it is announced."""
    length = headers.get("Content-Length", "0")
    most = min(int(length), _MOST_HEAD_BYTES) if length.isdigit() else 0
    while len(rest) < most:
        piece = sock.recv(most - len(rest))
        if not piece:
            break
        rest += piece
    return rest[:most]
