"""What customers open, under /p/."""

from django.urls import path, register_converter

from portal import views


class Token:
    """256 random bits, as base64url."""

    regex = r"[A-Za-z0-9_-]{43}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Token, "portal_token")
app_name = "portal"

urlpatterns = [
    path("", views.home, name="home"),
    path("thread", views.thread, name="thread"),
    path("say", views.say, name="say"),
    path("files/<int:attachment_id>", views.file, name="file"),
    path("film", views.film, name="film"),
    path("out", views.out, name="out"),
    path("<portal_token:token>/", views.go_on, name="go-on"),
    path("code/<uuid:number>/", views.code, name="code"),
]
