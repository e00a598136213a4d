"""What customers open by their link, under /u/. The files themselves come in front of Django."""

from django.urls import path

from channels_video import views

urlpatterns = [
    path("<str:token>/", views.page, name="video-page"),
    path("<str:token>/whole", views.whole, name="video-whole"),
    path("<str:token>/note", views.note, name="video-note"),
    path("<str:token>/again", views.again, name="video-again"),
]
