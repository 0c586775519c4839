from __future__ import annotations

import hashlib
import http.server
import os
import socket
import ssl
import tempfile
import threading
import unittest
from typing import Any, Callable, Dict, List, Optional, Tuple
from unittest import mock

from octomil import AuthenticationError, ConnectionFailedError, OctomilError, ServiceError
from octomil.http.address import ApiAddress
from octomil.http.api import Api
from octomil.http.retry import Backoff, ceiling, retry
from octomil.rounds.download import BaseDownload
from tests import certificate
from tests.test_frames import Scripted

Answer = Tuple[int, Dict[str, str], bytes]


class Fake:
    """An HTTP server that answers as a function says; it keeps what it was asked."""

    def __init__(self, answer: Callable[["Fake", str, str, Dict[str, str], bytes], Answer], tls: Optional[ssl.SSLContext] = None) -> None:
        self.asked: List[Tuple[str, str, Dict[str, str], bytes]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = dict(self.headers.items())
                outer.asked.append((self.command, self.path, headers, body))
                status, more, content = answer(outer, self.command, self.path, headers, body)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **more}.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    self.wfile.write(content)
                except BrokenPipeError:
                    self.close_connection = True  # The caller went away, which one test wants.
                if more.get("Connection") == "hang up" or int(more.get("Content-Length", len(content))) != len(content):
                    self.close_connection = True

            do_GET = do_PUT = do_POST = handle_any

            def log_message(self, *arguments: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.address = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def api(self, tls: Optional[ssl.SSLContext] = None) -> Api:
        return Api("edg_test_key", ApiAddress(self.address), tls)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class HttpTests(unittest.TestCase):
    def serve(self, answer: Any, tls: Optional[ssl.SSLContext] = None) -> Fake:
        fake = Fake(answer, tls)
        self.addCleanup(fake.stop)
        return fake

    def test_addresses_are_taken_with_and_without_the_prefix(self) -> None:
        for base in ("http://h:1", "http://h:1/", "http://h:1/api/v1", "http://h:1/api/v1/"):
            address = ApiAddress(base)
            self.assertEqual(("http://h:1/api/v1/models", "http://h:1/hubs/devices"), (address.of("/models"), address.device_hub))
        self.assertEqual("https://h/octomil/api/v1/x", ApiAddress("https://h/octomil/api/v1").of("x"))
        for base in ("", "h:1", "ftp://h", "http://", "http://h:port"):
            with self.assertRaises(OctomilError):
                ApiAddress(base)

    def test_the_key_goes_to_the_service_alone(self) -> None:
        api = Api("edg_secret", ApiAddress("http://h:1/x"))
        self.assertEqual({"Authorization": "Bearer edg_secret"}, api.headers_for("http://h:1/x/api/v1/models"))
        for url in ("http://h:12/x/a", "http://h:1/xy", "http://elsewhere/x/", "https://h:1/x/a"):
            self.assertEqual({}, api.headers_for(url))

    def test_refusals_become_errors_with_the_service_s_words(self) -> None:
        problem = b'{"code":"missing_scope","detail":"This key may not."}'
        answers = {"/api/v1/a": (401, {}, b""), "/api/v1/b": (403, {}, problem), "/api/v1/c": (503, {"Retry-After": "7"}, b"<html>"), "/api/v1/d": (200, {}, b"<html>")}
        fake = self.serve(lambda _, method, path, headers, body: answers[path])
        api = fake.api()
        with self.assertRaises(AuthenticationError) as raised:
            api.get("a")
        self.assertIn("not accepted", str(raised.exception))
        with self.assertRaisesRegex(AuthenticationError, "This key may not"):
            api.get("b")
        with self.assertRaises(ServiceError) as busy:
            api.get("c")
        self.assertEqual((True, 7.0, 503), (busy.exception.is_transient, busy.exception.retry_after, busy.exception.status))
        with self.assertRaisesRegex(ServiceError, "Is the API base right"):
            api.get("d")
        self.assertNotIn("edg_test_key", str(raised.exception) + str(busy.exception))

    def test_redirects_are_not_followed_with_the_key(self) -> None:
        fake = self.serve(lambda _, method, path, headers, body: (302, {"Location": "http://elsewhere/"}, b""))
        with self.assertRaises(ServiceError):
            fake.api().get("a")
        self.assertEqual(1, len(fake.asked))

    def test_a_connection_that_the_server_ended_is_replaced(self) -> None:
        fake = self.serve(lambda *_: (200, {"Connection": "hang up"}, b"{}"))
        api = fake.api()
        for _ in range(3):
            self.assertEqual({}, api.call("PUT", "a", {"b": 1}))
        self.assertEqual(3, len(fake.asked))

    def test_an_answer_that_breaks_off_is_a_transient_failure(self) -> None:
        for headers in ({"Content-Length": "100"}, {"Content-Length": "0", "Transfer-Encoding": "chunked"}):
            fake = self.serve(lambda *_, headers=headers: (200, {**headers, "Connection": "hang up"}, b'{"a":'))
            with self.assertRaises(ConnectionFailedError) as raised:
                fake.api().get("a")
            self.assertTrue(raised.exception.is_transient)

    def test_nobody_there_is_a_transient_failure(self) -> None:
        fake = Fake(lambda *_: (200, {}, b"{}"))
        fake.stop()
        with self.assertRaises(ConnectionFailedError) as raised:
            fake.api().get("a")
        self.assertTrue(raised.exception.is_transient)

    def test_the_environment_s_proxy_is_used_by_connect(self) -> None:
        fake = self.serve(lambda *_: (200, {}, b"{}"))
        seen: List[bytes] = []

        def relay(connection: socket.socket) -> None:
            seen.append(connection.recv(4096))
            with socket.create_connection(("127.0.0.1", int(fake.address.rsplit(":", 1)[1]))) as onward:
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                onward.sendall(connection.recv(65536))
                for _ in range(100):
                    answer = onward.recv(65536)
                    connection.sendall(answer)
                    if answer.endswith(b"{}"):
                        return

        proxy = Scripted(relay)
        with mock.patch.dict(os.environ, {"http_proxy": proxy.url, "no_proxy": ""}):
            self.assertEqual({}, fake.api().get("a"))
        proxy.finish()
        self.assertTrue(seen[0].startswith(b"CONNECT 127.0.0.1:"))

    def test_closing_ends_a_call_under_way(self) -> None:
        asked, go = threading.Event(), threading.Event()
        fake = self.serve(lambda *_: (asked.set(), go.wait(60), (200, {}, b"{}"))[2])
        api = fake.api()
        failures: List[BaseException] = []

        def call() -> None:
            try:
                api.get("a")
            except ServiceError as error:
                failures.append(error)

        thread = threading.Thread(target=call)
        thread.start()
        asked.wait(30)
        api.close()
        thread.join(30)
        go.set()
        self.assertEqual(1, len(failures))

    def test_retries_wait_as_asked_and_stop_at_what_is_final(self) -> None:
        answers = [(503, {"Retry-After": "3"}, b""), (429, {}, b""), (409, {}, b'{"code":"round_not_open","detail":"Too late."}')]
        fake = self.serve(lambda fake, *_: answers[len(fake.asked) - 1])
        waits: List[float] = []
        with self.assertRaisesRegex(ServiceError, "Too late"):
            retry(lambda: fake.api().get("a"), waits.append)
        self.assertEqual(2, len(waits))
        self.assertGreaterEqual(waits[0], 3.0)

    def test_the_backoff_is_full_jitter_under_a_ceiling_that_grows_to_half_a_minute(self) -> None:
        self.assertEqual([0.25, 0.5, 1, 2, 2], [ceiling(i) for i in range(5)])
        self.assertEqual([2, 4, 8, 16, 30, 30], [ceiling(i) for i in range(11, 17)])
        self.assertEqual(0.125, Backoff(lambda: 0.5).next())

    def test_tls_needs_a_certificate_that_is_trusted(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            serving, trusting = certificate.make(folder)
            fake = self.serve(lambda *_: (200, {}, b'{"ok":true}'), serving)
            self.assertEqual({"ok": True}, fake.api(trusting).get("a"))
            with self.assertRaisesRegex(ServiceError, "not trusted") as raised:
                fake.api().get("a")
            self.assertFalse(raised.exception.is_transient)


class DownloadTests(unittest.TestCase):
    FILE = os.urandom(300_000)
    SHA256 = hashlib.sha256(FILE).hexdigest()

    def download(self, answer: Any) -> Tuple[bytes, Fake]:
        fake = Fake(answer)
        self.addCleanup(fake.stop)
        load = BaseDownload(fake.api(), fake.address + "/api/v1/base", self.SHA256, len(self.FILE))
        return load.run(lambda seconds: None, lambda: None), fake

    def test_a_download_that_breaks_goes_on_where_it_broke(self) -> None:
        def answer(fake: Fake, method: str, path: str, headers: Dict[str, str], body: bytes) -> Answer:
            begin = int(headers["Range"][6:-1]) if "Range" in headers else 0
            part = self.FILE[begin : begin + 100_000]
            more = {"Content-Length": str(len(self.FILE) - begin)}
            if begin:
                more["Content-Range"] = f"bytes {begin}-{len(self.FILE) - 1}/{len(self.FILE)}"
            return (206 if begin else 200), more, part

        file, fake = self.download(answer)
        self.assertEqual(self.FILE, file)
        self.assertEqual(["bytes=100000-", "bytes=200000-"], [headers.get("Range") for _, _, headers, _ in fake.asked[1:]])
        self.assertEqual(f'"{self.SHA256}"', fake.asked[1][2]["If-Range"])

    def test_a_server_without_ranges_is_read_from_the_start(self) -> None:
        def answer(fake: Fake, *_: Any) -> Answer:
            return (200, {"Content-Length": str(len(self.FILE))}, self.FILE[:1000]) if len(fake.asked) == 1 else (200, {}, self.FILE)

        self.assertEqual(self.FILE, self.download(answer)[0])

    def test_other_bytes_are_refused(self) -> None:
        with self.assertRaisesRegex(ServiceError, "SHA-256"):
            self.download(lambda *_: (200, {}, b"x" * len(self.FILE)))
