"""How the admin looks: our name, our colours, one list of rooms at the side."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _file(path: str) -> Any:
    """Resolved late: the names of static files carry a hash that settings cannot know."""
    return lambda request: static(path)


def _room(title: Any, icon: str, model: str, app: str = "conversations") -> dict[str, Any]:
    link = reverse_lazy(f"admin:{app}_{model}_changelist")
    return {"title": title, "icon": icon, "link": link, "model": model}


def _rooms(request: HttpRequest) -> list[dict[str, Any]]:
    """The list at the side; a number stands only where something waits for somebody."""
    from api.models import WebhookEndpoint
    from conversations.admin.dashboard import waiting

    counts = {**waiting(), "webhookendpoint": WebhookEndpoint.objects.in_trouble().count()}
    groups = [{**group, "items": [dict(room) for room in group["items"]]} for group in ROOMS]
    for room in (room for group in groups for room in group["items"]):
        if number := counts.get(room.get("model", "")):
            room["badge"] = number
    return groups


ROOMS: list[dict[str, Any]] = [
    {
        "items": [
            {"title": _("Overview"), "icon": "home", "link": reverse_lazy("admin:index")},
            _room(_("Channels"), "hub", "channel"),
            _room(_("Quarantine"), "inventory_2", "quarantinedreceipt"),
            _room(_("Failed deliveries"), "sms_failed", "ailingdelivery"),
        ],
    },
    {
        "title": _("People"),
        "separator": True,
        "items": [
            _room(_("Agents"), "badge", "agent"),
            _room(_("Teams"), "groups", "team"),
            _room(_("Customers"), "person", "customer"),
            _room(_("Identities"), "alternate_email", "identity"),
            _room(_("Blocked senders"), "block", "blockedsender"),
            _room(_("Customers' sessions"), "devices", "session", "portal"),
            _room(_("Upload links"), "video_camera_front", "uploadlink", "channels_video"),
        ],
    },
    {
        "title": _("House"),
        "separator": True,
        "items": [
            _room(_("Workspace"), "storefront", "workspace"),
            _room(_("Calendars"), "calendar_month", "calendar", "clocks"),
            _room(_("Macros"), "bolt", "macro"),
            _room(_("Tags"), "sell", "tag"),
            _room(_("API tokens"), "vpn_key", "apitoken", "api"),
            _room(_("Webhooks"), "webhook", "webhookendpoint", "api"),
            _room(_("Webhook log"), "history", "webhookevent", "api"),
            _room(_("All receipts"), "move_to_inbox", "receipt"),
            _room(_("All deliveries"), "outbox", "delivery"),
        ],
    },
]

# warm greys and one blue, as in the inbox
GREYS = {
    "50": "#faf9f7", "100": "#f3f2ef", "200": "#e8e6e1", "300": "#d5d2cb", "400": "#9a9893",
    "500": "#6f6b64", "600": "#514e48", "700": "#3a3a41", "800": "#27272b", "900": "#151517",
    "950": "#0d0d0f",
}  # fmt: skip
BLUES = {
    "50": "#f5f6fe", "100": "#eceefc", "200": "#dadefa", "300": "#bcc3f7", "400": "#98a4ff",
    "500": "#6572e0", "600": "#4350ce", "700": "#3640ab", "800": "#2d3589", "900": "#222542",
    "950": "#181a30",
}  # fmt: skip

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "OmniHub",
    "SITE_HEADER": "OmniHub",
    "SITE_URL": "/inbox/",
    "SITE_SYMBOL": "forum",
    "SITE_FAVICONS": [{"rel": "icon", "href": _file("inbox/favicon.svg"), "type": "image/svg+xml"}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "BORDER_RADIUS": "7px",
    "COLORS": {"base": GREYS, "primary": BLUES},
    "STYLES": [_file("conversations/admin.css")],
    "SCRIPTS": [_file("conversations/admin.js")],
    "DASHBOARD_CALLBACK": "conversations.admin.dashboard.fill",
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": _rooms},
}
