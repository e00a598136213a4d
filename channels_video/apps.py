from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChannelsVideoConfig(AppConfig):
    name = "channels_video"
    verbose_name = _("Video")
