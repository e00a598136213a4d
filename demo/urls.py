"""The demo's simulators, each where its channel is installed."""

from django.apps import apps
from django.urls import include, path
from django.views.generic import RedirectView

app_name = "demo"

urlpatterns = []
if apps.is_installed("channels_email"):
    urlpatterns = [
        path("", RedirectView.as_view(pattern_name="demo:mail")),
        path("mail/", include("demo.mail_urls")),
    ]
if apps.is_installed("channels_chat"):
    from demo.views import shop

    urlpatterns += [
        path("shop/", shop.front, name="shop"),
        path("shop/help/<slug:slug>/", shop.article, name="shop-article"),
    ]
if apps.is_installed("channels_sms"):
    urlpatterns += [path("phone/", include("demo.phone_urls"))]
