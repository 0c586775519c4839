"""WebSocket frames (RFC 6455, section 5), pure: bytes in, messages out."""

from __future__ import annotations

import codecs
import os
import struct
from typing import List, NamedTuple, Optional

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
PROTOCOL_ERROR, NOT_TEXT, TOO_BIG = 1002, 1007, 1009
_MAX_CONTROL = 125


class FrameError(Exception):
    """The server broke the protocol. ``code`` is the close code to answer with (RFC 6455, 7.4.1)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Message(NamedTuple):
    """A whole message, or a control frame."""

    opcode: int
    data: bytes


def encode(opcode: int, data: bytes, final: bool = True) -> bytes:
    """A frame of a client: masked with fresh random bytes (5.3)."""
    head = bytes([(0x80 if final else 0) | opcode])
    if len(data) < 126:
        head += bytes([0x80 | len(data)])
    elif len(data) < 1 << 16:
        head += struct.pack(">BH", 0x80 | 126, len(data))
    else:
        head += struct.pack(">BQ", 0x80 | 127, len(data))
    mask = os.urandom(4)
    return head + mask + masked(data, mask)


def masked(data: bytes, mask: bytes) -> bytes:
    """XOR with the mask, repeated (5.3), as one big number: that is fast without numpy."""
    if not data:
        return b""
    pattern = (mask * (len(data) // 4 + 1))[: len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(pattern, "big")).to_bytes(len(data), "big")


class FrameDecoder:
    """Puts messages together from bytes that arrive in any pieces."""

    def __init__(self, max_bytes: int) -> None:
        self._max = max_bytes
        self._buffer = bytearray()
        self._opcode: Optional[int] = None
        self._parts = bytearray()

    def feed(self, data: bytes) -> List[Message]:
        """The messages that are complete now. Raises FrameError."""
        self._buffer += data
        messages: List[Message] = []
        while True:
            frame = self._next()
            if frame is None:
                return messages
            message = self._take(*frame)
            if message is not None:
                messages.append(message)

    def _next(self):  # type: ignore[no-untyped-def]
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        first, second = buffer[0], buffer[1]
        opcode, length, place = first & 0x0F, second & 0x7F, 2
        if first & 0x70:
            raise FrameError(PROTOCOL_ERROR, "a frame has reserved bits set, and no extension was agreed on")
        if second & 0x80:
            raise FrameError(PROTOCOL_ERROR, "a frame of the server is masked")
        if opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
            raise FrameError(PROTOCOL_ERROR, f"a frame has the unknown opcode {opcode}")
        if opcode >= CLOSE and (length > _MAX_CONTROL or not first & 0x80):
            raise FrameError(PROTOCOL_ERROR, "a control frame is fragmented or over 125 bytes")
        if length >= 126:
            size = 2 if length == 126 else 8
            if len(buffer) < place + size:
                return None
            length = int.from_bytes(buffer[place : place + size], "big")
            place += size
        # Judged by its head alone: a frame that is too big is not waited for.
        if opcode < CLOSE and length + len(self._parts) > self._max:
            raise FrameError(TOO_BIG, f"a message is over {self._max} bytes")
        if len(buffer) < place + length:
            return None
        payload = bytes(buffer[place : place + length])
        del buffer[: place + length]
        return bool(first & 0x80), opcode, payload

    def _take(self, final: bool, opcode: int, payload: bytes) -> Optional[Message]:
        if opcode >= CLOSE:
            return Message(opcode, payload)
        if (opcode == CONTINUATION) != (self._opcode is not None):
            problem = "a message begins inside another" if self._opcode is not None else "a continuation continues nothing"
            raise FrameError(PROTOCOL_ERROR, problem)
        self._opcode = self._opcode if opcode == CONTINUATION else opcode
        self._parts += payload
        if not final:
            return None
        message = Message(self._opcode or TEXT, bytes(self._parts))
        self._opcode = None
        self._parts = bytearray()
        if message.opcode == TEXT:
            _check_text(message.data)
        return message


def _check_text(data: bytes) -> None:
    try:
        codecs.decode(data, "utf-8")
    except UnicodeDecodeError:
        raise FrameError(NOT_TEXT, "a text message is not UTF-8") from None
