"""Phones of people outside: what came to them, and what they write."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from channels_sms import numbers, pictures
from channels_sms.keywords import Wish, wish_of
from channels_sms.models import SmsAccount
from conversations.media import sniffing
from conversations.models import Identity, IdentityKind
from conversations.services import intake
from demo import network
from demo.forms import TextMessage
from demo.models import Mood, Phone, PhoneText
from demo.views.access import THEMES, for_agents

SHOWN = 60
"""Texts on the screen; the newest."""


@for_agents
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return _page(request, request.GET.get("number", ""))


@for_agents
@require_POST
def write(request: HttpRequest) -> HttpResponse:
    """The phone sends a text to the channel."""
    form = TextMessage(request.POST, request.FILES)
    account = SmsAccount.objects.select_related("channel").filter(is_simulated=True).first()
    if not form.is_valid() or account is None:
        return _page(request, request.POST.get("number", ""), form=form)
    said = form.cleaned_data
    phone, _new = Phone.objects.get_or_create(number=said["number"])
    picture = next(iter(said["picture"]), None)
    text = network.write(
        account,
        phone,
        said["text"],
        media=picture.content if picture else b"",
        media_type=picture.type if picture else "",
    )
    _keep_wish(phone, said["text"])
    for receipt in account.channel.receipts.filter(external_id=f"in:{text.sid}"):
        intake.process(receipt.pk)
    return redirect(_address(phone.number))


def _keep_wish(phone: Phone, text: str) -> None:
    """Providers act upon the English words by themselves."""
    wish = wish_of(text)
    if wish in {Wish.STOP, Wish.START} and text.isascii():
        Phone.objects.filter(pk=phone.pk).update(is_stopped=wish is Wish.STOP)


@for_agents
@require_POST
def mood(request: HttpRequest) -> HttpResponse:
    """What the provider does with the next texts to this phone."""
    phone = get_object_or_404(Phone, number=request.POST.get("number", ""))
    wanted = request.POST.get("mood", "")
    if wanted in Mood:
        Phone.objects.filter(pk=phone.pk).update(mood=wanted)
    return redirect(_address(phone.number))


@for_agents
@require_safe
def picture(request: HttpRequest, sid: str, place: int) -> HttpResponse:
    """One that is on a phone, whichever way it went: of a type that cannot run."""
    text = get_object_or_404(PhoneText, sid=sid)
    kept = [text.media] if text.media else [one.content for one in text.pictures.all()]
    content = bytes(kept[place]) if place < len(kept) else b""
    kind = sniffing.media_type(content[: sniffing.HEAD])
    if kind not in pictures.TYPES:
        raise Http404
    response = HttpResponse(content, content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _address(number: str) -> str:
    return f"{reverse('demo:phone')}?{urlencode({'number': number})}"


def _page(request: HttpRequest, number: str, *, form: TextMessage | None = None) -> HttpResponse:
    phones = list(Phone.objects.annotate(last=Max("texts__at")).order_by("-last", "number"))
    wanted = number or (phones[0].number if phones else "")
    phone = next((one for one in phones if one.number == wanted), None)
    ours = SmsAccount.objects.filter(is_simulated=True).first()
    theme = request.COOKIES.get("theme", "")
    context: dict[str, Any] = {
        "phones": [(one, numbers.shown(one.number), _name(one.number)) for one in phones],
        "phone": phone,
        "name": _name(wanted),
        "shown": numbers.shown(wanted),
        "texts": _texts(phone) if phone else [],
        "moods": Mood.choices,
        "form": form or TextMessage(initial={"number": wanted}),
        "ours": numbers.shown(ours.sender) if ours else "",
        "theme": theme if theme in THEMES else "",
        "inbox_url": settings.LOGIN_REDIRECT_URL,
    }
    return render(request, "demo/phone.html", context, status=422 if form else 200)


def _texts(phone: Phone) -> list[PhoneText]:
    return list(phone.texts.order_by("-at", "-id").prefetch_related("pictures")[:SHOWN])[::-1]


def _name(number: str) -> str:
    known = Identity.objects.filter(kind=IdentityKind.PHONE, value=number).select_related(
        "customer"
    )
    found = known.first()
    return (found.name or (found.customer.name if found.customer else "")) if found else ""
