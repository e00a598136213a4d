from django.urls import path

from channels_email.views import raw_mail

urlpatterns = [path("<str:key>/raw", raw_mail, name="email-raw")]
