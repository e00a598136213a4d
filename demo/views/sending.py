"""What people outside send back. It enters by the receipt, as mail from the world does."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from conversations.models import Channel
from demo import answers, mailbox
from demo.door import arrive
from demo.forms import Answer, NewMail, Stranger
from demo.letters import Letter, to_bytes
from demo.models import Mail
from demo.opened import open_mail
from demo.people import Person
from demo.views.access import for_agents
from demo.views.reading import shell, show


@for_agents
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """As somebody who got the mail."""
    mail = get_object_or_404(Mail, pk=pk)
    form = Answer(request.POST, request.FILES, auto_id="answer-%s")
    if not form.is_valid():
        return show(request, mail, answer=form)
    return _reply(request, mail, _recipient(request, mail), form)


@for_agents
@require_POST
def stranger(request: HttpRequest, pk: int) -> HttpResponse:
    """As somebody to whom the mail was passed on."""
    mail = get_object_or_404(Mail, pk=pk)
    form = Stranger(request.POST, request.FILES, auto_id="stranger-%s")
    if not form.is_valid():
        return show(request, mail, stranger=form)
    return _reply(request, mail, form.person(), form)


@for_agents
@require_POST
def vacation(request: HttpRequest, pk: int) -> HttpResponse:
    mail = get_object_or_404(Mail, pk=pk)
    raw = answers.vacation(open_mail(mail), _recipient(request, mail), at=timezone.now())
    return _send(request, mail.envelope_from, raw, back=mail)


@for_agents
@require_POST
def bounce(request: HttpRequest, pk: int) -> HttpResponse:
    mail = get_object_or_404(Mail, pk=pk)
    address = _recipient(request, mail).address
    raw = answers.bounce(open_mail(mail), address, at=timezone.now())
    return _send(request, mail.envelope_from, raw, back=mail)


@for_agents
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A first mail from anybody."""
    known = mailbox.channels()
    form = NewMail(request.POST or None, request.FILES or None, initial=_first(known))
    if request.method == "POST" and form.is_valid():
        raw = to_bytes(_letter(form))
        return _send(request, form.cleaned_data["to"], raw)
    status = 422 if request.method == "POST" else 200
    return render(request, "demo/new.html", {**shell(request), "form": form}, status=status)


def _first(known: list[Channel]) -> dict[str, str]:
    return {"to": known[0].label if known else "", "verdict": "pass"}


def _reply(request: HttpRequest, mail: Mail, sender: Person, form: Answer) -> HttpResponse:
    said = form.cleaned_data
    words = answers.Words(
        text=said["text"], cc=said["cc"], files=said["file"], with_html=said["with_html"]
    )
    read = open_mail(mail)
    raw = answers.answer(read, sender, words, at=timezone.now())
    return _send(request, mail.envelope_from, raw, back=mail)


def _letter(form: NewMail) -> Letter:
    said = form.cleaned_data
    return Letter(
        sender=form.person(),
        at=timezone.now(),
        to=said["to"],
        cc=said["cc"],
        subject=said["subject"],
        text=said["text"] + "\n",
        html=answers.as_markup(said["text"]) if said["with_html"] else "",
        files=said["file"],
        verdict=said["verdict"],
    )


def _recipient(request: HttpRequest, mail: Mail) -> Person:
    """Who of those who got the mail acts; the first unless another is named."""
    wanted = request.POST.get("recipient") or mail.envelope_to[0]
    if wanted not in mail.envelope_to:
        raise Http404
    return mailbox.person(wanted)


def _send(
    request: HttpRequest, address: str, raw: bytes, *, back: Mail | None = None
) -> HttpResponse:
    """In by the door of the channel that `address` belongs to; then to where it came from."""
    channel = mailbox.channel_of(address)
    if channel is None:
        raise Http404
    receipt = arrive(channel, raw)
    page = reverse("demo:mail-open", args=[back.pk]) if back else reverse("demo:mail")
    query = {"of": request.GET.get("of", ""), "receipt": receipt.pk}
    return redirect(f"{page}?{urlencode({k: v for k, v in query.items() if v})}")
