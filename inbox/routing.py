"""The inbox's socket."""

from django.urls import path

from inbox.consumers import desk

websocket_urlpatterns = [path("ws/inbox/", desk)]  # type: ignore[arg-type]  # Channels' routes lead to ASGI applications
