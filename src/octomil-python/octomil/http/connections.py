"""Connections to HTTP servers, direct or through the proxy that the environment names, kept for the next request."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
import threading
from typing import Dict, List, Optional, Set, Tuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

CONNECT_TIMEOUT = 10.0
_Key = Tuple[str, str, int]


def _proxy_of(scheme: str, host: str) -> Optional[str]:
    proxy = getproxies().get(scheme)
    return None if not proxy or proxy_bypass(host) else proxy if "://" in proxy else f"http://{proxy}"


def open_connection(url: str, tls: Optional[ssl.SSLContext]) -> http.client.HTTPConnection:
    """A connection to the server of the address, not yet connected. Proxies are used by CONNECT, so for WebSockets too."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    proxy = _proxy_of(parts.scheme, host)
    if proxy is None:
        return _new(parts.scheme, host, port, tls)
    via = urlsplit(proxy)
    connection = _new(parts.scheme, via.hostname or "", via.port or 80, tls)
    headers = {}
    if via.username is not None:
        user = f"{unquote(via.username)}:{unquote(via.password or '')}"
        headers["Proxy-Authorization"] = "Basic " + base64.b64encode(user.encode()).decode("ascii")
    connection.set_tunnel(host, port, headers)
    return connection


def _new(scheme: str, host: str, port: int, tls: Optional[ssl.SSLContext]) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=CONNECT_TIMEOUT, context=tls or ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=CONNECT_TIMEOUT)


def target_of(url: str) -> str:
    """What stands in the request line."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


class ConnectionPool:
    """Idle connections by server, and those in use, so that :meth:`close` ends calls that another thread waits in. Thread-safe."""

    def __init__(self, tls: Optional[ssl.SSLContext] = None) -> None:
        self._tls = tls
        self._idle: Dict[_Key, List[http.client.HTTPConnection]] = {}
        self._used: Set[http.client.HTTPConnection] = set()
        self._gate = threading.Lock()
        self._closed = False

    def take(self, url: str, fresh: bool) -> Tuple[http.client.HTTPConnection, bool]:
        """A connection, and whether it was used before."""
        with self._gate:
            idle = self._idle.get(self._key(url))
            connection = idle.pop() if idle and not fresh else None
            reused = connection is not None
            connection = connection or open_connection(url, self._tls)
            self._used.add(connection)
            if self._closed:
                raise ConnectionAbortedError("the client was closed")
        return connection, reused

    def give_back(self, url: str, connection: http.client.HTTPConnection) -> None:
        with self._gate:
            self._used.discard(connection)
            if not self._closed and connection.sock is not None:
                self._idle.setdefault(self._key(url), []).append(connection)
                return
        connection.close()

    def drop(self, connection: http.client.HTTPConnection) -> None:
        with self._gate:
            self._used.discard(connection)
        connection.close()

    def close(self) -> None:
        """Ends everything; calls that are under way fail."""
        with self._gate:
            self._closed = True
            idle = [connection for group in self._idle.values() for connection in group]
            used = list(self._used)
            self._idle.clear()
        for connection in idle:
            connection.close()
        for connection in used:
            if connection.sock is not None:
                try:
                    # Wakes the thread that reads; that thread closes it.
                    connection.sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    # It has ended already, which is what was wanted.
                    pass

    @staticmethod
    def _key(url: str) -> _Key:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or 0
