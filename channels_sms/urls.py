from django.urls import path

from channels_sms.views import hook

urlpatterns = [path("<str:key>/<str:side>", hook, name="sms-hook")]
