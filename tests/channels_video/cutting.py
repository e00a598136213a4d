"""A TCP proxy that cuts a connection once so many bytes of a client have passed."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterable
from typing import Self


class Cutting:
    """`after`: bytes for one connection after the other that are enough for it; then none is cut.

    What a short request needs is never cut: only connections that carry as many bytes as the next
    of `after` use it up.
    """

    def __init__(self, target: int, after: Iterable[int]) -> None:
        self.target, self.cuts = target, 0
        self._after, self._lock = list(after), threading.Lock()

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._listener.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self.target)) as server:
            back = threading.Thread(target=self._pump, args=(server, client, False), daemon=True)
            back.start()
            self._pump(client, server, True)
            back.join()

    def _pump(self, source: socket.socket, sink: socket.socket, is_client: bool) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := source.recv(16_384):
                sink.sendall(data)
                passed += len(data)
                if is_client and self._is_enough(passed):
                    break
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _is_enough(self, passed: int) -> bool:
        with self._lock:
            if not self._after or passed < self._after[0]:
                return False
            self._after.pop(0)
            self.cuts += 1
            return True
