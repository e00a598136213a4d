"""The phone simulator."""

from django.urls import path

from demo.views import phone

urlpatterns = [
    path("", phone.index, name="phone"),
    path("write", phone.write, name="phone-write"),
    path("<str:sid>/pictures/<int:place>", phone.picture, name="phone-picture"),
    path("mood", phone.mood, name="phone-mood"),
]
