"""HTTP and WebSockets. Socket routes come from the inbox and from the channels, and guard their own
doors: an agent's needs our pages and a session, a visitor's neither."""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omnihub.settings")

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.utils.http import parse_header_parameters

get_asgi_application()  # loads the apps; what reads models comes after


class Utf8Request(ASGIRequest):
    """Text is UTF-8: `charset` could name any codec of Python's, and end the request with it."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(
            meta.get("CONTENT_TYPE", "")
        )


class Handler(ASGIHandler):
    request_class = Utf8Request


http = Handler()

from omnihub.mounts import Doors, socket_routes  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": Doors(http),
        "websocket": URLRouter(socket_routes()),
    }
)
