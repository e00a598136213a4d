"""Small helpers of the inbox's templates."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache

from django import template
from django.http import HttpRequest
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils.html import escape, format_html, format_html_join, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from conversations.adapters import registry
from conversations.adapters.base import Face
from conversations.models import Agent, Case, Customer, Message, Workspace
from conversations.services import duty
from inbox import keymap
from inbox.reads import clocks, frames, offers, panel, phones
from inbox.reads.drafting import Choice
from inbox.reads.faces import face_of
from inbox.reads.people import Person

register = template.Library()

NUMBER = re.compile(r"[0-9a-f]{32}")
"""A visitor of a chat."""
LONGEST = 100_000
"""Characters of a plain text that are shown."""


@register.simple_tag
@cache  # names are the templates' own; a page draws more than a hundred
def icon(name: str, extra: str = "") -> SafeString:
    """A drawing of the sprite, decorative: the word stands beside it or in a label."""
    href = f"{static('inbox/icons.svg')}#i-{name}"
    return format_html(
        '<svg class="i {}" aria-hidden="true" focusable="false"><use href="{}"/></svg>', extra, href
    )


@register.simple_tag
def avatar(person: Person, size: str = "") -> SafeString:
    return format_html(
        '<span class="av {} hue-{}" aria-hidden="true">{}</span>', size, person.hue, person.initials
    )


@register.simple_tag
def dot(agent: Agent, menu: str) -> SafeString:
    """Whether somebody is there: a shape and a word, never colour alone. `menu` makes its id."""
    state = duty.of(agent)
    return format_html(
        '<i class="hd {0}" id="duty-{1}-{2}" title="{3}"><span class="unseen">{3}</span></i>',
        state,
        menu,
        agent.pk,
        state.label,
    )


@register.simple_tag
def glyph(face: Face, extra: str = "") -> SafeString:
    """A channel's icon in its colour."""
    return format_html(
        '<span class="g g-{} {}" title="{}">{}</span>',
        face.kind,
        extra,
        face.label,
        icon(face.icon),
    )


@register.simple_tag(takes_context=True)
def channel_part(context: template.Context, choice: Choice) -> SafeString:
    """What a channel's own template adds to the composer, shown while that channel is chosen."""
    try:
        own = get_template(choice.composer_template)
    except TemplateDoesNotExist:
        return SafeString()
    measure = registry.adapter_for(choice.option.channel.kind).measure(context["composer"].text)
    inner = own.render({"choice": choice, "measure": measure})
    state = SafeString("" if choice.is_chosen else " hidden")
    where = choice.option.channel.pk
    return format_html(
        '<div class="ch-part for-reply" data-of-channel="{}"{}>{}</div>', where, state, inner
    )


@register.simple_tag
def channel_modules() -> list[str]:
    """Scripts of the installed channels for the composer."""
    return [one.composer_module for one in registry.adapters() if one.composer_module]


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """light or dark when somebody chose; nothing leaves it to the system."""
    request: HttpRequest | None = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    return chosen if chosen in {"light", "dark"} else ""


@register.simple_tag(takes_context=True)
def shortcuts(context: template.Context) -> bool:
    return bool(context["request"].COOKIES.get("shortcuts") != "off")


@register.simple_tag(takes_context=True)
def own_keys(context: template.Context) -> str:
    """The agent's keys for keys.js: JSON of action to key, of those that have one."""
    own = keymap.of(context["request"].user)
    return json.dumps({action: key for action, key in own.items() if key})


@register.simple_tag(takes_context=True)
def key(context: template.Context, action: str) -> SafeString:
    """What the agent presses for an action, as on the keys; nothing where no key does it."""
    return format_html_join(" ", "<kbd>{}</kbd>", ((sign,) for sign in _signs(context, action)))


@register.simple_tag(takes_context=True)
def key_hint(context: template.Context, action: str) -> str:
    """The same behind a word, in brackets."""
    signs = " ".join(_signs(context, action))
    return f" ({signs})" if signs else ""


def _signs(context: template.Context, action: str) -> list[str]:
    if context["request"].COOKIES.get("shortcuts") == "off":
        return []
    return keymap.signs(keymap.of(context["request"].user).get(action, ""))


@register.simple_tag(takes_context=True)
def key_groups(context: template.Context) -> list[keymap.Group]:
    return keymap.groups(context["request"].user)


@register.simple_tag
def palette_groups() -> list[offers.Group]:
    return offers.GROUPS


@register.simple_tag(takes_context=True)
def workspace(context: template.Context) -> str:
    """The company's name as the admin gave it; asked once a request."""
    request = context.get("request")
    name = getattr(request, "workspace_name", None) or Workspace.objects.current().name or "OmniHub"
    if request is not None:
        request.workspace_name = name
    return str(name)


@register.filter
def prose(text: str) -> SafeString:
    """Plain text as it was written, its web addresses as links that tell nobody where from."""
    linked = urlize(text[:LONGEST], nofollow=True, autoescape=True)
    return mark_safe(linked.replace("<a ", '<a target="_blank" referrerpolicy="no-referrer" '))  # noqa: S308  # urlize has escaped it


@register.filter
def called(prose: SafeString, params: Mapping[str, object]) -> SafeString:
    """Prose with the names that it calls in bold, as `params` of a note list them."""
    names = params.get("mentions")
    marks = [re.escape(escape(name)) for name in names] if isinstance(names, list) else []
    if not marks:
        return prose
    # never inside of an address that became a link
    call = re.compile(rf"(?<![^\s(>])@(?:{'|'.join(marks)})(?!\w)")
    return mark_safe(call.sub(r'<b class="at">\g<0></b>', prose))  # noqa: S308  # both are escaped


@register.filter
def as_read(address: str) -> str:
    """An address as people read it: the number that a chat gives its visitors says nothing."""
    if NUMBER.fullmatch(address):
        return gettext("the visitor")
    return phones.shown(address) if address.startswith("+") else address


@register.filter
def iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""


@register.filter
def hour(at: datetime) -> str:
    return clocks.hour(at)


@register.filter
def moment(at: datetime | None) -> str:
    return clocks.moment(at) if at else ""


@register.filter
def brief(at: datetime) -> str:
    return clocks.brief(at)


@register.filter
def span(gap: object) -> str:
    return clocks.spell(gap, wide=True) if isinstance(gap, timedelta) else ""


@register.filter
def about(customer: Customer) -> str:
    return panel.about(customer)


@register.filter
def solved_in(case: Case) -> str:
    return panel.solved_in(case)


@register.filter
def face(kind: str) -> Face:
    return face_of(kind)


@register.filter
def remote_pictures(message: Message) -> int:
    return frames.remote_pictures(message.html)


@register.filter
def journey_words(trail: list[Face]) -> str:
    return " → ".join(str(step.label) for step in trail)


@register.filter
def lookup(counts: dict[str, str], key: str) -> str:
    return counts.get(key, "")
