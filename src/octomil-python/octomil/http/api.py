"""A thin caller of the HTTP API. It sends the key, reads JSON and raises every refusal as a ServiceError; it does not retry."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, Mapping, Optional, Union

from ..errors import ConnectionFailedError, ServiceError
from ..tokens.credential import Credential, FixedCredential
from .address import ApiAddress
from .connections import ConnectionPool, target_of
from .problem import error_of

CALL_TIMEOUT = 30.0
_PROBLEM_BYTES = 64 * 1024
_ANSWER_BYTES = 64 * 1024 * 1024
_PIECE = 256 * 1024
_Body = Union[bytes, bytearray, memoryview]


class Api:
    """Thread-safe. Redirects are not followed: a key goes nowhere but to the service."""

    def __init__(self, key: Union[str, Credential], address: ApiAddress, tls: Optional[ssl.SSLContext] = None) -> None:
        self._credential = FixedCredential(key) if isinstance(key, str) else key
        self.address = address
        self.tls = tls
        self._pool = ConnectionPool(tls)

    def scoped(self) -> "Api":
        """The same API over connections of its own, which can be ended alone."""
        return Api(self._credential, self.address, self.tls)

    def close(self) -> None:
        """Ends all connections; calls that are under way fail."""
        self._pool.close()

    def headers_for(self, url: str) -> Dict[str, str]:
        """The key, if a request there goes to this service. Raises ServiceError where a device's token cannot be had."""
        secret = self._credential.get() if self.address.owns(url) else None
        return {} if secret is None else {"Authorization": f"Bearer {secret}"}

    def get(self, path: str) -> Any:
        """GET of a path below ``/api/v1``; the answer's JSON."""
        return self.call("GET", path)

    def call(self, method: str, path: str, body: Optional[Mapping[str, Any]] = None, timeout: float = CALL_TIMEOUT) -> Any:
        """A call with a JSON body, or none; the answer's JSON."""
        content = None if body is None else json.dumps(body, allow_nan=False, separators=(",", ":")).encode("utf-8")
        return self.call_with(method, path, content, "application/json", timeout)

    def call_with(
        self, method: str, path: str, content: Optional[_Body], content_type: str, timeout: float, check: Optional[Callable[[], None]] = None
    ) -> Any:
        """A call with any body. ``timeout``: seconds for the whole of it. ``check`` is asked between pieces and may raise to give up."""
        url = self.address.of(path)
        headers = {} if content is None else {"Content-Type": content_type}
        with self.open(method, url, headers, content, timeout, check) as response:
            body = self.read(response, url)
        try:
            return json.loads(body.decode("utf-8"))
        except ValueError as error:
            raise ServiceError(f"{url.split('?')[0]} did not answer as this API does.", hint="Is the API base right?") from error

    @contextmanager
    def open(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: Optional[_Body] = None,
        timeout: float = CALL_TIMEOUT,
        check: Optional[Callable[[], None]] = None,
    ) -> Iterator[http.client.HTTPResponse]:
        """Sends a request and yields the answer once its head is there; a refusal is raised. Where a device's token was refused and there
        is a new one, it is sent again with that."""
        ours = self.headers_for(url)
        with self._failures(url, timeout):
            connection, response = self._exchange(method, url, {**headers, **ours}, content, timeout, check)
        if response.status == 401 and ours and self._renewed(ours, response, connection):
            ours = self.headers_for(url)
            with self._failures(url, timeout):
                connection, response = self._exchange(method, url, {**headers, **ours}, content, timeout, check)
        try:
            if response.status >= 300 and response.status != 304:
                raise self._refusal(response, url)
            yield response
        finally:
            # A body that was not read to its end makes the connection useless for another request.
            if response.isclosed() and not response.will_close:
                self._pool.give_back(url, connection)
            else:
                response.close()
                self._pool.drop(connection)

    def read(self, response: http.client.HTTPResponse, url: str, timeout: float = CALL_TIMEOUT) -> bytes:
        """The whole of a small answer."""
        with self._failures(url, timeout):
            body = response.read(_ANSWER_BYTES + 1)
            if len(body) > _ANSWER_BYTES:
                raise ServiceError(f"{url.split('?')[0]} answered more than {_ANSWER_BYTES} bytes.", hint="Is the API base right?")
            # A reader that asks for so many bytes is not told that the connection broke before them.
            if len(body) < int(response.headers.get("Content-Length") or 0):
                raise http.client.IncompleteRead(body)
            return body

    def _renewed(self, ours: Mapping[str, str], response: http.client.HTTPResponse, connection: http.client.HTTPConnection) -> bool:
        keeps = False
        try:
            keeps = not self._credential.renew(ours["Authorization"][len("Bearer ") :])
            return not keeps
        finally:
            if not keeps:
                response.close()
                self._pool.drop(connection)

    def _exchange(self, method, url, headers, content, timeout, check):  # type: ignore[no-untyped-def]
        connection, reused = self._pool.take(url, fresh=False)
        try:
            return connection, self._send(connection, method, url, headers, content, timeout, check)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self._pool.drop(connection)
            if not reused:
                raise
        except BaseException:
            self._pool.drop(connection)
            raise
        # The server had ended an idle connection: every command may be sent again.
        connection, _ = self._pool.take(url, fresh=True)
        try:
            return connection, self._send(connection, method, url, headers, content, timeout, check)
        except BaseException:
            self._pool.drop(connection)
            raise

    @staticmethod
    def _send(connection, method, url, headers, content, timeout, check):  # type: ignore[no-untyped-def]
        ends = time.monotonic() + timeout
        if connection.sock is None:
            connection.connect()
        connection.sock.settimeout(timeout)
        connection.putrequest(method, target_of(url), skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        if content is not None or method in ("POST", "PUT"):
            connection.putheader("Content-Length", str(len(content or b"")))
        connection.endheaders()
        try:
            view = memoryview(content or b"")
            for begin in range(0, len(view), _PIECE):
                if check is not None:
                    check()
                connection.sock.settimeout(max(0.05, ends - time.monotonic()))
                connection.send(view[begin : begin + _PIECE])
        except (BrokenPipeError, ConnectionResetError):
            # A service that refuses a body says why before it hangs up.
            response = connection.getresponse()
            response.will_close = True
            return response
        connection.sock.settimeout(max(0.05, ends - time.monotonic()))
        return connection.getresponse()

    def _refusal(self, response: http.client.HTTPResponse, url: str) -> ServiceError:
        try:
            body = response.read(_PROBLEM_BYTES)
            if not response.isclosed():
                response.read(1)
        except (OSError, http.client.HTTPException):
            # The status alone says enough.
            body = b""
        return error_of(response.status, response.reason, response.headers, body, url)

    @contextmanager
    def _failures(self, url: str, timeout: float) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise ConnectionFailedError(f"{self.address.root} did not answer within {timeout:.0f} s.", code="timed_out") from error
        except ssl.SSLCertVerificationError as error:
            raise ServiceError(
                f"The certificate of {self.address.root} is not trusted: {error.verify_message}.",
                hint="Give an ssl_context that trusts its authority.",
            ) from error
        except OSError as error:
            # socket.timeout is a TimeoutError from Python 3.10 on.
            code = "timed_out" if "timed out" in str(error) else "unreachable"
            raise ConnectionFailedError(f"{self.address.root} cannot be reached: {error.strerror or error}.", code=code) from error
        except http.client.HTTPException as error:
            raise ConnectionFailedError(f"{self.address.root} broke its answer off ({type(error).__name__}).", code="unreachable") from error
