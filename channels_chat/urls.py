"""What visitors' browsers ask for, under /w/."""

from django.urls import path

from channels_chat import frame, preview, views

urlpatterns = [
    path("loader.js", frame.loader, name="chat-loader"),
    path("<str:key>/", frame.frame, name="chat-frame"),
    path("<str:key>/here", frame.here, name="chat-here"),
    path("<str:key>/draft", preview.draft, name="chat-draft"),
    path("<str:key>/files", views.upload, name="chat-upload"),
    path("<str:key>/files/<str:signed>", views.file, name="chat-file"),
]
