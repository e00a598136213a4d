"""The web process: uvicorn on a socket that the launcher keeps open, so that restarts lose nobody.

python -m omnihub.launcher.web DESCRIPTOR
"""

import socket
import sys

import uvicorn


def main() -> None:
    config = uvicorn.Config(
        "omnihub.asgi:application",
        ws="websockets-sansio",  # a quarter of the old implementation's memory per idle visitor
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,  # Django's settings log
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])


if __name__ == "__main__":
    main()
