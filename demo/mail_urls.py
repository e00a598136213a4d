"""The mail simulator."""

from django.urls import path

from demo.views import reading, sending

urlpatterns = [
    path("", reading.index, name="mail"),
    path("case/<int:case_id>/", reading.case, name="mail-case"),
    path("new/", sending.new, name="mail-new"),
    path("<int:pk>/", reading.opened, name="mail-open"),
    path("<int:pk>/markup", reading.markup, name="mail-markup"),
    path("<int:pk>/parts/<int:place>/", reading.part, name="mail-part"),
    path("<int:pk>/answer", sending.answer, name="mail-answer"),
    path("<int:pk>/stranger", sending.stranger, name="mail-stranger"),
    path("<int:pk>/vacation", sending.vacation, name="mail-vacation"),
    path("<int:pk>/bounce", sending.bounce, name="mail-bounce"),
]
