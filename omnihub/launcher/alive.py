"""A container's health check without curl: exit 0 when the address answers 200.

python -m omnihub.launcher.alive http://127.0.0.1:8000/healthz
"""

import http.client
import sys
from urllib.parse import urlsplit


def main(address: str) -> int:
    url = urlsplit(address)
    client = http.client.HTTPConnection(url.hostname or "127.0.0.1", url.port, timeout=4)
    try:
        client.request("GET", url.path or "/")
        return int(client.getresponse().status != http.client.OK)
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
