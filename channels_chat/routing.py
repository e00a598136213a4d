"""The visitors' socket."""

from django.urls import path

from channels_chat.consumer import visit

websocket_urlpatterns = [path("w/<str:key>/socket", visit)]  # type: ignore[arg-type]  # Channels' routes lead to ASGI applications
