"""A socket that one thread may read while another writes, plain or TLS."""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
from typing import Optional


class DuplexStream:
    """OpenSSL's connections may not be read and written at the same moment, so every operation is short, not blocking and under a lock;
    the waiting is done outside of it."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._gate = threading.Lock()
        sock.setblocking(False)

    def read(self, timeout: float, most: int = 256 * 1024) -> bytes:
        """The next bytes; empty at the end of the stream. Raises TimeoutError after so many seconds, OSError."""
        ends = time.monotonic() + timeout
        while True:
            write = False
            with self._gate:
                try:
                    return self._sock.recv(most)
                except (BlockingIOError, ssl.SSLWantReadError):
                    pass  # Nothing there yet: waited for below.
                except ssl.SSLWantWriteError:
                    write = True
                except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
                    return b""
            self._wait(ends, write)

    def write(self, data: bytes, timeout: float) -> None:
        """All of it. Raises TimeoutError after so many seconds, OSError."""
        ends = time.monotonic() + timeout
        view = memoryview(data)
        while view:
            write = True
            with self._gate:
                try:
                    view = view[self._sock.send(view) :]
                    continue
                except (BlockingIOError, ssl.SSLWantWriteError):
                    pass  # The buffer is full: waited for below.
                except ssl.SSLWantReadError:
                    write = False
            self._wait(ends, write)

    def close(self) -> None:
        """Ends it; a thread that reads sees the end of the stream."""
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # The other side was first.

    def release(self) -> None:
        """Gives the descriptor back; only the reading thread may, once it reads no more."""
        self._sock.close()

    def _wait(self, ends: float, write: bool) -> None:
        left: Optional[float] = ends - time.monotonic()
        if left is None or left <= 0:
            raise TimeoutError("timed out")
        number = self._sock.fileno()
        if number < 0:
            raise ConnectionAbortedError("the connection was closed")
        if hasattr(select, "poll"):
            # select() knows no descriptors over 1023.
            poll = select.poll()
            poll.register(number, select.POLLOUT if write else select.POLLIN)
            poll.poll(left * 1000)
        else:
            select.select([] if write else [number], [number] if write else [], [], left)
