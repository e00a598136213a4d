"""The demo's simulators."""

from django.urls import path
from django.views.generic import RedirectView

from demo.views import reading, sending

app_name = "demo"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="demo:mail")),
    path("mail/", reading.index, name="mail"),
    path("mail/case/<int:case_id>/", reading.case, name="mail-case"),
    path("mail/new/", sending.new, name="mail-new"),
    path("mail/<int:pk>/", reading.opened, name="mail-open"),
    path("mail/<int:pk>/markup", reading.markup, name="mail-markup"),
    path("mail/<int:pk>/parts/<int:place>/", reading.part, name="mail-part"),
    path("mail/<int:pk>/answer", sending.answer, name="mail-answer"),
    path("mail/<int:pk>/stranger", sending.stranger, name="mail-stranger"),
    path("mail/<int:pk>/vacation", sending.vacation, name="mail-vacation"),
    path("mail/<int:pk>/bounce", sending.bounce, name="mail-bounce"),
]
