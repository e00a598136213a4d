"""The inbox's socket."""

from channels.auth import AuthMiddlewareStack
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from inbox.consumers import desk

websocket_urlpatterns = [path("ws/inbox/", AllowedHostsOriginValidator(AuthMiddlewareStack(desk)))]
