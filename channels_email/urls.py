from django.urls import path

from channels_email import link_views, oauth_views
from channels_email.hook_views import hook
from channels_email.views import raw_mail

urlpatterns = [
    path("f/<str:token>", link_views.file, name="email-file"),
    path("oauth/callback", oauth_views.callback, name="email-oauth-callback"),
    path("oauth/start/<int:channel_id>", oauth_views.start, name="email-oauth-start"),
    path("<str:key>/<str:provider>/<str:side>", hook, name="email-hook"),
    path("<str:key>/raw", raw_mail, name="email-raw"),
]
