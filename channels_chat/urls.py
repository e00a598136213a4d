"""What visitors' browsers ask for, under /w/."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
