"""The video part of a channel's page in the admin, and the list of its links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings as house
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from channels_video import links, quota, words
from channels_video.links import State
from channels_video.models import GB, Upload, UploadLink, VideoSettings
from channels_video.screens import MB, size
from conversations import disk
from conversations.admin.base import ReadOnlyAdmin
from conversations.admin.marks import action, display
from conversations.models import Look, ReceiptState

if TYPE_CHECKING:
    SettingsForm = forms.ModelForm[VideoSettings]
else:
    SettingsForm = forms.ModelForm  # generic to the type checker alone

MOST = 10
"""Lines of a list on the channel's page."""


class BytesField(forms.FloatField):
    """Bytes, typed in MB or GB."""

    widget = UnfoldAdminDecimalFieldWidget

    def __init__(self, *, unit: int, **kwargs: Any) -> None:
        self.unit = unit
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        typed = round(value / self.unit, 1)
        return int(typed) if typed.is_integer() else typed

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        return None if typed is None else int(typed * self.unit)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class VideoSettingsForm(SettingsForm):
    largest_size = BytesField(
        unit=MB,
        label=_("Largest file, in MB"),
        initial=lambda: VideoSettings().largest_size,
        min_value=1,
        max_value=16 * GB // MB,
    )
    most_size = BytesField(
        unit=GB,
        label=_("All files together, in GB"),
        initial=lambda: VideoSettings().most_size,
        min_value=0.1,
        max_value=1 << 20,
        help_text=_(
            "What is kept, what is made of it to be shown, and what is being sent. Whoever would "
            "exceed it is told so before anything is sent."
        ),
    )

    class Meta:
        model = VideoSettings
        exclude = ("channel",)

    def clean(self) -> dict[str, Any] | None:
        typed = super().clean() or {}
        largest, most = typed.get("largest_size"), typed.get("most_size")
        if largest and most and largest > most:
            self.add_error("most_size", _("The largest file alone would not fit in."))
        return typed

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """What stands there when nothing is typed is what is shown when nothing is typed."""
        super().__init__(*args, **kwargs)
        for language, _name in house.LANGUAGES:
            with override(language):
                usual = words.built_in()
            for name, text in usual.items():
                self.fields[f"{name}_{language}"].widget.attrs["placeholder"] = text


def _pair(name: str) -> tuple[str, ...]:
    return tuple(f"{name}_{language}" for language, _name in house.LANGUAGES)


class VideoSettingsInline(StackedInline):
    model = VideoSettings
    form = VideoSettingsForm
    can_delete = False
    min_num = max_num = 1
    fk_name = "channel"
    readonly_fields = ("room", "queue", "failures", "links")
    fieldsets = (
        (
            _("Limits"),
            {
                "fields": (
                    ("largest_size", "longest_seconds"),
                    "most_size",
                    ("kept_days", "link_days"),
                )
            },
        ),
        (
            _("Words on the page"),
            {
                "description": _(
                    "Empty: what stands in grey. {who} is who asked, {limits} the limits above."
                ),
                "fields": tuple(map(_pair, words.built_in())),
            },
        ),
        (_("What comes in"), {"fields": ("room", "queue", "failures", "links")}),
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Whoever may see the channel's page at all is an admin."""
        return getattr(request.user, "is_admin", False)

    has_add_permission = has_change_permission = has_view_permission

    @admin.display(description=_("Room"))
    def room(self, video: VideoSettings) -> str:
        if not video.pk:
            return str(_LATER)
        told = gettext(
            "%(used)s of %(most)s are taken. The files of the whole house are %(house)s, "
            "%(awaited)s more are being sent, and beyond that the disk takes %(left)s."
        )
        awaited = quota.awaited()
        return told % {
            "used": size(quota.used(video.channel_id)),
            "most": size(video.most_size),
            "house": size(quota.house()),
            "awaited": size(awaited),
            "left": size(max(disk.room() - awaited, 0)),
        }

    @admin.display(description=_("Under way"))
    def queue(self, video: VideoSettings) -> SafeString | str:
        """What is being sent, and what is here and is not understood or looked at yet."""
        if not video.pk:
            return str(_LATER)
        mine = Upload.objects.filter(link__channel=video.channel_id, ended_at=None)
        sending = mine.filter(finished_at=None).order_by("-touched_at")
        waiting = mine.exclude(finished_at=None).exclude(receipt__state=ReceiptState.PROCESSED)
        looked = Look.objects.filter(
            blob__attachments__message__channel=video.channel_id, state__in=["waiting", "working"]
        ).distinct()
        rows = (
            (one.name or "…", size(one.offset), size(one.length), _moment(one.touched_at))
            for one in sending[:MOST]
        )
        listed = format_html_join("", "<p>{}: {} / {}, {}</p>", rows)
        told = gettext("%(sending)s being sent, %(waiting)s to be taken in, %(looked)s to be shown")
        number = {
            "sending": sending.count(),
            "waiting": waiting.count(),
            "looked": looked.count(),
        }
        return format_html('<p>{}</p><div class="hub-quiet">{}</div>', told % number, listed)

    @admin.display(description=_("Failures"))
    def failures(self, video: VideoSettings) -> SafeString | str:
        if not video.pk:
            return str(_LATER)
        mine = Upload.objects.filter(link__channel=video.channel_id).exclude(failure="")
        cut = ((one.name or "…", _why(one.failure), _moment(one.ended_at)) for one in _last(mine))
        unseen = Look.objects.filter(
            blob__attachments__message__channel=video.channel_id, state="failed"
        ).distinct()
        dark = ((one.type, _why(one.code), "") for one in unseen.order_by("-pk")[:MOST])
        listed = format_html_join("", "<p>{}: {} {}</p>", (*cut, *dark))
        return listed or gettext("None.")

    @admin.display(description=_("Links"))
    def links(self, video: VideoSettings) -> SafeString | str:
        if not video.pk:
            return str(_LATER)
        mine = UploadLink.objects.filter(channel=video.channel_id)
        base = reverse("admin:channels_video_uploadlink_changelist")
        return format_html(
            '<p>{}</p><p><a class="hub-button" href="{}?channel__id__exact={}">{}</a></p>',
            gettext("%(all)s made, %(opened)s opened")
            % {"all": mine.count(), "opened": mine.exclude(opened_at=None).count()},
            base,
            video.channel_id,
            gettext("All links"),
        )


@admin.register(UploadLink)
class UploadLinkAdmin(ReadOnlyAdmin):
    """Links are made at a case, and only ended here: what they end with is nowhere."""

    list_display = ("case", "identity", "asked_by", "asked_at", "state", "films")
    list_select_related = ("case", "identity", "asked_by", "channel")
    list_filter = ("channel",)
    ordering = ("-asked_at",)
    actions = None
    actions_row = ("end",)
    fields = (
        "case", "identity", "channel", "asked_by", "asked_at", "expires_at", "opened_at",
        "revoked_at", "new_asked_at",
    )  # fmt: skip

    @display(description=_("State"))
    def state(self, link: UploadLink) -> str:
        return str(_STATES[links.state_of(link)])

    @display(description=_("Films"))
    def films(self, link: UploadLink) -> int:
        return link.uploads.filter(~Q(finished_at=None)).count()

    @action(description=_("Take back"), icon="link_off", url_path="end")
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        link = UploadLink.objects.get(pk=object_id)
        asks = self.confirm(
            request,
            obj=link,
            title=gettext("Take this link back?"),
            lines=[_("Whoever opens it is told that it is closed, and what to do instead.")],
            submit=_("Take back"),
        )
        if asks:
            return asks
        links.take_back(link.pk)
        self.log_change(request, link, "Taken back.")
        return self.back_to(request, None, gettext("The link opens nothing any more."))


_STATES = {State.OPEN: _("Good"), State.EXPIRED: _("Expired"), State.TAKEN_BACK: _("Taken back")}
_LATER = _("Save first: this is shown here then.")
_FAILURES = {
    "ran_out": _("nobody came back for it within a day"),
    "bytes_lost": _("the disk lost a part of it"),
    "too_long": _("longer than the channel takes"),
}


def _why(code: str) -> str:
    return str(_FAILURES.get(code, code.replace("_", " ")))


def _moment(at: Any) -> str:
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT") if at else ""


def _last(rows: QuerySet[Upload]) -> QuerySet[Upload]:
    return rows.order_by("-pk")[:MOST]
