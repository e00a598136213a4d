"""The address plan of the house."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from omnihub.health import healthz
from omnihub.mounts import channel_hooks, channel_pages, room

urlpatterns = [
    path("", RedirectView.as_view(url="/inbox/")),
    path("healthz", healthz),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    *room("inbox/", "inbox.urls"),
    *room("api/", "api.urls"),
    *channel_hooks(),
    *channel_pages(),
]
if settings.OMNIHUB_DEMO:
    urlpatterns += room("demo/", "demo.urls")
