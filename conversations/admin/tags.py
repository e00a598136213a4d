from django.contrib import admin

from conversations.admin.base import HubAdmin
from conversations.models import Tag


@admin.register(Tag)
class TagAdmin(HubAdmin):
    list_display = ("name",)
    search_fields = ("name",)
