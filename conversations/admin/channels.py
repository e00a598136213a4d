from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, ProtectedError, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations.adapters import registry
from conversations.admin import channel_log, reasons
from conversations.admin.base import HubAdmin
from conversations.admin.channel_form import ChannelForm, inlines_for
from conversations.admin.channel_tests import TestPages
from conversations.admin.marks import action, display
from conversations.models import Channel, TargetEdition
from conversations.models.channel import new_key
from conversations.services import colleagues, connection
from conversations.services.health import Health, health, with_retries

COLOURS = {
    Health.HEALTHY: "success",
    Health.SLOW: "warning",
    Health.FAILING: "danger",
    Health.NOT_SET_UP: "info",
    Health.PAUSED: "default",
    Health.NOT_INSTALLED: "default",
}


@admin.register(Channel)
class ChannelAdmin(TestPages, HubAdmin):
    form = ChannelForm
    list_display = ("title", "condition", "team", "last_in", "last_out", "share")
    list_select_related = ("team",)
    list_filter = ("is_active", "team")
    search_fields = ("name", "label")
    prepopulated_fields = {"name": ("label",)}
    actions = None
    compressed_fields = False  # three fields a row need their labels above
    actions_row = ("test", "pause", "log")
    actions_detail: tuple[Any, ...] = (
        "test",
        {"title": _("More"), "icon": "more_horiz", "items": ["pause", "renew", "remove"]},
    )
    fieldsets = (
        (None, {"classes": ["connection"], "fields": ("label", "name")}),
        (
            None,
            {
                "classes": ["routing"],
                "fields": ("team", "is_own_topic", "reply_target", "fails_over"),
            },
        ),
        (None, {"classes": ["templates"], "fields": ("language",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        return channel_log.with_share(with_retries(Channel.objects.all()))

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Model | None = None
    ) -> dict[str, Any]:
        # a name that pipes and webhooks know must not follow a change of the label
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        installed = not isinstance(obj, Channel) or obj.kind in registry.kinds()
        return installed and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # by the page `remove`, which asks for the name

    def get_inlines(self, request: HttpRequest, obj: Channel | None) -> list[Any]:
        return inlines_for(request, obj.kind if obj else self.kind_wanted(request))

    def get_inline_instances(self, request: HttpRequest, obj: Channel | None = None) -> list[Any]:
        found: list[Any] = super().get_inline_instances(request, obj)
        for inline in found:
            inline.tab = False  # the form brings its own tabs
        return found

    def kind_wanted(self, request: HttpRequest) -> str:
        """The kind that is being added: the one asked for, or the only one there is."""
        kinds = registry.kinds()
        wanted = request.GET.get("kind", "")
        if wanted in kinds:
            return wanted
        return kinds[0] if len(kinds) == 1 else ""

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        face = _face(self.kind_wanted(request))
        mine = {"reply_target": face.reply_target} if face else {}
        return {**mine, **super().get_changeform_initial_data(request)}

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_add_permission(request) or self.kind_wanted(request):
            extra = {"kind": _face(self.kind_wanted(request)), **(extra_context or {})}
            form: HttpResponse = super().add_view(request, form_url, extra)
            return form
        faces = [(adapter.kind, adapter.describe()) for adapter in registry.adapters()]
        title = gettext("What do you want to connect?")
        return self.page(request, "kinds.html", title=title, obj=None, faces=faces)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        channel = self.get_object(request, object_id)
        extra = self._surroundings(channel) if channel else {}
        extra.update(extra_context or {})
        form: HttpResponse = super().change_view(request, object_id, form_url, extra)
        return form

    def _surroundings(self, channel: Channel) -> dict[str, Any]:
        state = health(channel, now=timezone.now())
        test = connection.latest(channel)
        return {
            "kind": _face(channel.kind),
            "is_installed": channel.kind in registry.kinds(),
            "health": state,
            "health_colour": COLOURS[state],
            "webhook": _webhook(channel),
            "test": test,
            "tested": channel_log.ago(test.started_at) if test else "",
            "contact": channel_log.ago(channel.last_contact_at),
            "trouble": channel_log.ago(channel.trouble_at),
            "trouble_said": reasons.of_trouble(channel) if channel.trouble_code else "",
            "log": channel_log.latest(channel),
        }

    def save_model(self, request: HttpRequest, obj: Channel, form: Any, change: bool) -> None:
        if not change:
            obj.kind = self.kind_wanted(request)
        super().save_model(request, obj, form, change)
        if "reply_target" in form.changed_data:
            TargetEdition.objects.advance()

    def response_add(
        self, request: HttpRequest, obj: Channel, post_url_continue: str | None = None
    ) -> HttpResponse:
        """A new channel is worth little untested: that is the next page."""
        self.message_user(request, gettext("Connected. Now see whether it works."))
        return HttpResponseRedirect(self.address("test", obj))

    @display(description=_("Channel"), header=True, ordering="name")
    def title(self, channel: Channel) -> list[str]:
        face = _face(channel.kind)
        icon = face.symbol if face else "extension_off"
        label = face.label if face else channel.kind
        return [str(channel), f"{label} · {channel.name}", _icon(icon)]

    @display(
        description=_("Health"), label={state.label: colour for state, colour in COLOURS.items()}
    )
    def condition(self, channel: Channel) -> Any:
        return health(channel, now=timezone.now()).label

    @display(description=_("Last in"), ordering="last_in_at")
    def last_in(self, channel: Channel) -> str | None:
        return channel_log.ago(channel.last_in_at)

    @display(description=_("Last out"), ordering="last_out_at")
    def last_out(self, channel: Channel) -> str | None:
        return channel_log.ago(channel.last_out_at)

    @display(description=_("Arrived, 24 h"))
    def share(self, channel: Channel) -> str | None:
        return channel_log.share(channel)

    @action(description=_("Pause or resume"), icon="pause", url_path="pause")
    def pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        channel = self.channel(object_id)
        stops = channel.is_active
        asks = self.confirm(
            request,
            obj=channel,
            title=(gettext("Pause %s?") if stops else gettext("Resume %s?")) % channel,
            lines=_PAUSE if stops else _RESUME,
            submit=_("Pause") if stops else _("Resume"),
        )
        if asks:
            return asks
        Channel.objects.filter(pk=channel.pk).update(is_active=not stops)
        self.log_change(request, channel, "Paused." if stops else "Resumed.")
        return self.back_to(request, channel, _("Paused.") if stops else _("Resumed."))

    @action(description=_("View log"), icon="receipt_long", url_path="log")
    def log(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(self.address("change", self.channel(object_id)) + "#log")

    @action(description=_("New webhook address"), icon="key", url_path="renew")
    def renew(self, request: HttpRequest, object_id: str) -> HttpResponse:
        channel = self.channel(object_id)
        asks = self.confirm(
            request,
            obj=channel,
            title=gettext("Give %s a new webhook address?") % channel,
            lines=_RENEW,
            submit=_("Replace the address"),
            typed=channel.name,
            is_danger=True,
        )
        if asks:
            return asks
        Channel.objects.filter(pk=channel.pk).update(key=new_key())
        self.log_change(request, channel, "Webhook address replaced.")
        return self.back_to(request, channel, _("The old address is dead. Copy the new one."))

    @action(description=_("Remove"), icon="delete", url_path="remove")
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        channel = self.channel(object_id)
        if channel_log.has_traffic(channel):
            messages.warning(request, _KEEP)
            return HttpResponseRedirect(self.address("pause", channel))
        asks = self.confirm(
            request,
            obj=channel,
            title=gettext("Remove %s?") % channel,
            lines=[_("Its settings and passwords are deleted. Nothing ever went through it.")],
            submit=_("Remove for good"),
            typed=channel.name,
            is_danger=True,
        )
        return asks or self._removed(request, channel)

    def _removed(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        self.log_deletions(request, Channel.objects.filter(pk=channel.pk))
        try:
            channel.delete()
        except ProtectedError:  # the first mail came while the page was being read
            messages.warning(request, _KEEP)
            return self.back_to(request, channel)
        return self.back_to(request, None, gettext("%s is removed.") % channel)


_PAUSE = [
    _("Nothing is fetched and nothing is sent while it is paused."),
    _("Mail waits at the provider and comes in when you resume."),
]
_RESUME = [_("What waited is fetched and sent from now on.")]
_RENEW = [
    _("Whoever posts to the old address is refused from now on."),
    _("Type the channel's name to go on."),
]
_KEEP = _("Messages went through this channel, so it stays. You can pause it instead.")


def _face(kind: str) -> Any:
    return registry.adapter_for(kind).describe() if kind in registry.kinds() else None


def _webhook(channel: Channel) -> str:
    if channel.kind not in registry.kinds():
        return ""
    path = registry.adapter_for(channel.kind).webhook_path(channel.key)
    return colleagues.public_url(path) if path else ""


def _icon(name: str) -> SafeString:
    return format_html('<span class="material-symbols-outlined hub-kind">{}</span>', name)
