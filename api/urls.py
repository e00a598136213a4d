"""The API's addresses."""

from django.urls import path

from api.views import cases, docs, me

app_name = "api"

urlpatterns = [
    path("v1/schema/", docs.schema, name="schema"),
    path("v1/docs/", docs.docs, name="docs"),
    path("v1/me/", me.Me.as_view(), name="me"),
    path("v1/cases/", cases.Cases.as_view(), name="cases"),
    path("v1/cases/<int:case_id>/", cases.OneCase.as_view(), name="case"),
]
