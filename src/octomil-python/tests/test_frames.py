from __future__ import annotations

import base64
import hashlib
import os
import random
import socket
import ssl
import struct
import tempfile
import threading
import unittest
from typing import Any, Callable, List, Optional, Tuple

from octomil import ServiceError
from octomil.hub.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, FrameDecoder, FrameError, encode, masked
from octomil.hub.websocket import WebSocket, WebSocketClosed
from tests import certificate


def server_frame(opcode: int, data: bytes, final: bool = True) -> bytes:
    """A frame as servers send it: not masked."""
    size = bytes([len(data)]) if len(data) < 126 else struct.pack(">BH", 126, len(data)) if len(data) < 65536 else struct.pack(">BQ", 127, len(data))
    return bytes([(0x80 if final else 0) | opcode]) + size + data


def unmasked(frame: bytes) -> Tuple[int, bytes, bytes]:
    """Opcode and data of a client's frame, and what follows it."""
    length, place = frame[1] & 0x7F, 2
    assert frame[1] & 0x80, "a client masks every frame"
    if length >= 126:
        size = 2 if length == 126 else 8
        length = int.from_bytes(frame[2 : 2 + size], "big")
        place += size
    mask, data = frame[place : place + 4], frame[place + 4 : place + 4 + length]
    return frame[0] & 0x0F, bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)), frame[place + 4 + length :]


class FrameTests(unittest.TestCase):
    def test_the_mask_is_the_rfc_s(self) -> None:
        # RFC 6455, 5.7: a masked "Hello".
        self.assertEqual(bytes.fromhex("7f9f4d5158"), masked(b"Hello", bytes.fromhex("37fa213d")))

    def test_what_is_encoded_can_be_read_whatever_its_size(self) -> None:
        chance = random.Random(3)
        for size in (0, 1, 125, 126, 127, 65535, 65536, 200_001):
            data = bytes(chance.getrandbits(8) for _ in range(size))
            self.assertEqual((BINARY, data, b""), unmasked(encode(BINARY, data)))

    def test_any_fragments_in_any_pieces_give_the_same_messages(self) -> None:
        chance = random.Random(5)
        for _ in range(200):
            expected: List[Tuple[int, bytes]] = []
            stream = b""
            for _ in range(chance.randint(1, 6)):
                text = "".join(chance.choice("abcé\u20ac\U0001f600\x1e") for _ in range(chance.choice((0, 3, 130, 2000)))).encode()
                cuts = sorted(chance.randint(0, len(text)) for _ in range(chance.randint(0, 4)))
                parts = [text[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(text)])]
                for i, part in enumerate(parts):
                    stream += server_frame(TEXT if i == 0 else CONTINUATION, part, final=i == len(parts) - 1)
                    if i < len(parts) - 1 and chance.random() < 0.3:
                        # Control frames may come between fragments.
                        stream += server_frame(PING, b"p")
                        expected.append((PING, b"p"))
                expected.append((TEXT, text))
            decoder = FrameDecoder(1 << 20)
            got: List[Tuple[int, bytes]] = []
            place = 0
            while place < len(stream):
                step = chance.choice((1, 2, 7, 1000))
                got += [tuple(message) for message in decoder.feed(stream[place : place + step])]  # type: ignore[misc]
                place += step
            self.assertEqual(expected, got)

    def test_broken_frames_are_refused_with_their_close_code(self) -> None:
        text = server_frame(TEXT, b"a", final=False)
        cases = {
            "reserved bit": (b"\xc1\x00", 1002), "masked": (b"\x81\x80\0\0\0\0", 1002), "opcode 3": (b"\x83\x00", 1002), "opcode 15": (b"\x8f\x00", 1002),
            "long ping": (b"\x89\x7e", 1002), "fragmented ping": (b"\x09\x00", 1002), "continues nothing": (server_frame(CONTINUATION, b""), 1002),
            "message inside another": (text + server_frame(TEXT, b"b"), 1002), "not UTF-8": (server_frame(TEXT, b"\xc3\x28"), 1007),
            "too big by its head": (b"\x81\x7f" + struct.pack(">Q", 1 << 40), 1009),
            "too big in fragments": (server_frame(TEXT, b"a" * 90, False) + server_frame(CONTINUATION, b"a" * 90), 1009),
        }
        for name, (data, code) in cases.items():
            with self.subTest(name), self.assertRaises(FrameError) as raised:
                FrameDecoder(100).feed(data)
            self.assertEqual(code, raised.exception.code)


class Scripted:
    """A server of one connection that does what a function says, in place of one that keeps to the protocol."""

    def __init__(self, script: Callable[[socket.socket], Any], tls: Optional[ssl.SSLContext] = None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._tls = tls
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self._listener.getsockname()[1]}/hub"
        self.result: Any = None
        self._script = script
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with self._tls.wrap_socket(connection, server_side=True) if self._tls else connection as connection:
            connection.settimeout(30)
            self.result = self._script(connection)

    def finish(self) -> Any:
        self._thread.join(60)
        self._listener.close()
        return self.result


def shake(connection: socket.socket) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(4096)
    key = next(line.split(b": ")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n")


def read_all(connection: socket.socket) -> List[Tuple[int, bytes]]:
    data = b""
    while True:
        piece = connection.recv(65536)
        if not piece:
            break
        data += piece
        try:
            frames, rest = [], data
            while rest:
                opcode, payload, rest = unmasked(rest)
                frames.append((opcode, payload))
        except IndexError:
            continue
        if frames and frames[-1][0] == CLOSE:
            return frames
    return []


class WebSocketTests(unittest.TestCase):
    def test_pings_are_answered_and_a_close_is_echoed(self) -> None:
        def script(connection: socket.socket) -> Any:
            shake(connection)
            connection.sendall(server_frame(PING, b"are you there") + server_frame(TEXT, b"hello") + server_frame(CLOSE, struct.pack(">H", 1001) + b"bye"))
            return read_all(connection)

        server = Scripted(script)
        web = WebSocket(server.url, {}, None)
        self.assertEqual("hello", web.receive(30))
        with self.assertRaisesRegex(WebSocketClosed, "bye") as raised:
            web.receive(30)
        self.assertEqual(1001, raised.exception.code)
        web.release()
        self.assertEqual([(PONG, b"are you there"), (CLOSE, struct.pack(">H", 1001))], server.finish())

    def test_over_tls_one_thread_sends_while_another_receives(self) -> None:
        texts = [os.urandom(30_000).hex().encode() for _ in range(40)]

        def script(connection: socket.socket) -> Any:
            shake(connection)
            sending = threading.Thread(target=lambda: connection.sendall(b"".join(server_frame(TEXT, text) for text in texts)))
            data = b""
            # Both directions are full at once, in more pieces than any buffer holds.
            while len(data) < 40 * 60_008:
                data += connection.recv(65536)
                if not sending.ident:
                    sending.start()
            sending.join()
            return data

        with tempfile.TemporaryDirectory() as folder:
            serving, trusting = certificate.make(folder)
            server = Scripted(script, serving)
            web = WebSocket(server.url, {}, trusting)
            sender = threading.Thread(target=lambda: [web.send(text.decode()) for text in texts])
            sender.start()
            self.assertTrue(texts == [web.receive(60).encode() for _ in texts])
            sender.join(60)
            received = []
            rest = server.finish()
            while rest:
                _, data, rest = unmasked(rest)
                received.append(data)
            self.assertTrue(texts == received)
            web.release()

    def test_a_message_over_the_limit_ends_the_connection_with_1009(self) -> None:
        def script(connection: socket.socket) -> Any:
            shake(connection)
            connection.sendall(server_frame(TEXT, b"x" * 2000))
            return read_all(connection)

        server = Scripted(script)
        web = WebSocket(server.url, {}, None, max_bytes=1000)
        with self.assertRaises(WebSocketClosed):
            web.receive(30)
        web.release()
        self.assertEqual([(CLOSE, struct.pack(">H", 1009))], server.finish())

    def test_silence_times_out_and_a_broken_line_is_seen(self) -> None:
        go = threading.Event()

        def script(connection: socket.socket) -> Any:
            shake(connection)
            go.wait(60)

        server = Scripted(script)
        web = WebSocket(server.url, {}, None)
        with self.assertRaises(TimeoutError):
            web.receive(0.05)
        go.set()
        with self.assertRaisesRegex(WebSocketClosed, "broke off"):
            web.receive(30)
        web.release()
        server.finish()

    def test_a_server_that_refuses_or_lies_is_told_apart(self) -> None:
        refusing = Scripted(lambda connection: (connection.recv(4096), connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")))
        with self.assertRaises(ServiceError) as raised:
            WebSocket(refusing.url, {}, None)
        self.assertEqual(403, raised.exception.status)
        refusing.finish()
        lie = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: no\r\n\r\n"
        lying = Scripted(lambda connection: (connection.recv(4096), connection.sendall(lie)))
        with self.assertRaises(ConnectionError):
            WebSocket(lying.url, {}, None)
        lying.finish()
