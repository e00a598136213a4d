"""HTTP and WebSockets. Socket routes come from the inbox and from the channels."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omnihub.settings")

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

http = get_asgi_application()  # loads the apps; what reads models comes after

from omnihub.mounts import socket_routes  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(socket_routes()))),
    }
)
