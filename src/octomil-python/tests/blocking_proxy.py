"""A TCP proxy that lets everything through but WebSockets, as some hospitals' do."""

from __future__ import annotations

import socket
import threading

from tests.server import free_port


class BlockingProxy:
    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", free_port()))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        #: WebSocket handshakes that were turned away.
        self.blocked = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        first = connection.recv(65536)
        if b"upgrade: websocket" in first.lower():
            self.blocked += 1
            connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            connection.close()
            return
        onward = socket.create_connection(("127.0.0.1", self._target))
        onward.sendall(first)
        threading.Thread(target=self._pump, args=(onward, connection), daemon=True).start()
        self._pump(connection, onward)

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # One side went away; the other sees the end.
