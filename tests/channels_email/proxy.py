"""A TCP proxy that can cut, swallow or slow down what a server says."""

import contextlib
import socket
import threading
from typing import Self

from tests.channels_email.servers import free_port


class Proxy:
    """Forwards to `target`. `cut_after` bytes from the server, each connection is cut once."""

    def __init__(self, target: int) -> None:
        self.target, self.port = target, free_port()
        self.cut_after: int | None = None
        self.connections: list[socket.socket] = []
        self.cuts = 0

    def __enter__(self) -> Self:
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.listener.close()
        self.cut_now()

    def cut_now(self) -> None:
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self.connections = []

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                inner, _ = self.listener.accept()
                outer = socket.create_connection(("127.0.0.1", self.target))
                self.connections += [inner, outer]
                threading.Thread(target=self._pump, args=(inner, outer, False), daemon=True).start()
                threading.Thread(target=self._pump, args=(outer, inner, True), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, from_server: bool) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                limit = self.cut_after if from_server else None
                if limit is not None and passed + len(data) > limit:
                    sink.sendall(data[: limit - passed])
                    self.cuts += 1
                    break
                sink.sendall(data)
                passed += len(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
