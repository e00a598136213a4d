"""The web process: uvicorn, set up the same way everywhere.

python -m omnihub.launcher.web DESCRIPTOR | HOST:PORT

The launcher hands over a descriptor of a socket that it keeps open, so that restarts lose nobody.
"""

import resource
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
    _open_many()
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


def _open_many() -> None:
    """As many connections as the machine allows: most begin with 1,024, and then nobody gets in."""
    _least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _listener(where: str) -> socket.socket:
    if where.isdecimal():
        return socket.socket(fileno=int(where))
    host, _, port = where.rpartition(":")
    return socket.create_server((host, int(port)), backlog=1024)


if __name__ == "__main__":
    main()
