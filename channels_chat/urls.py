"""What visitors' browsers ask for, under /w/."""

from django.urls import path

from channels_chat import frame

urlpatterns = [
    path("loader.js", frame.loader, name="chat-loader"),
    path("<str:key>/", frame.frame, name="chat-frame"),
]
