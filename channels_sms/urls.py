from django.urls import path

from channels_sms.picture_views import picture
from channels_sms.views import hook

urlpatterns = [
    path("m/<str:token>", picture, name="sms-picture"),
    path("<str:key>/<str:side>", hook, name="sms-hook"),
]
