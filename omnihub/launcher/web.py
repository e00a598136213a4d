"""The web process: uvicorn, set up the same way everywhere.

python -m omnihub.launcher.web DESCRIPTOR | HOST:PORT

The launcher hands over a descriptor of a socket that it keeps open, so that restarts lose nobody.
"""

import socket
import sys
from typing import Any

import uvicorn

SOCKETS: dict[str, Any] = {
    "ws": "websockets-sansio",  # a quarter of the old implementation's memory per idle visitor
    "ws_per_message_deflate": False,
    "ws_max_size": 64 * 1024,  # bytes of a frame
}


def main() -> None:
    config = uvicorn.Config(
        "omnihub.asgi:application",
        **SOCKETS,
        lifespan="off",
        log_config=None,  # Django's settings log
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )
    uvicorn.Server(config).run(sockets=[_listener(sys.argv[1])])


def _listener(where: str) -> socket.socket:
    if where.isdecimal():
        return socket.socket(fileno=int(where))
    host, _, port = where.rpartition(":")
    return socket.create_server((host, int(port)), backlog=1024)


if __name__ == "__main__":
    main()
