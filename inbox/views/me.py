"""What agents decide about their own desk."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conversations.services import duty
from conversations.services.errors import Refused
from inbox import texts, toasts
from inbox.forms import KeysForm, MeForm, NewsForm
from inbox.reads import shell
from inbox.toasts import Toast
from inbox.views.desk import DeskRequest, desk, status_of
from inbox.views.pages import YEAR

THEMES = ("light", "dark")


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def me(request: DeskRequest) -> HttpResponse:
    form = MeForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        return _saved(request, form)
    return _page(request, form, KeysForm(None, agent=request.user))


def _page(request: DeskRequest, form: MeForm, keys: KeysForm) -> HttpResponse:
    context = {"shell": shell.read(request.user), "form": form, "keys_form": keys}
    context["news_form"] = NewsForm(None, agent=request.user)
    status = 422 if form.errors or keys.errors else 200
    return render(
        request, "inbox/me.html", {**context, "toast": toasts.pop(request)}, status=status
    )


@desk
@require_safe
def signed_in(request: DeskRequest) -> HttpResponse:
    """Says to an open page who is signed in, and hands it a fresh token for its forms."""
    return render(request, "inbox/signed_in.html")


@desk
@require_POST
def availability(request: DeskRequest) -> HttpResponse:
    """Online or away, by the agent's own word."""
    wanted = request.POST.get("availability", "")
    try:
        duty.choose(agent=request.user, availability=wanted)
    except Refused as no:
        said, status = texts.refusal(no.code, no.params), status_of(no)
    else:
        said, status = str(texts.YOU_ARE[wanted]), 200
    toast = Toast(text=said)
    if not request.htmx:
        toasts.keep(request, toast)
        return _back(request)
    context = {"shell": shell.read(request.user), "toast": toast}
    return render(request, "inbox/_availability_patch.html", context, status=status)


@desk
@require_POST
def keys(request: DeskRequest) -> HttpResponse:
    """Own keys; `reset` gives all of them back."""
    form = KeysForm({} if "reset" in request.POST else request.POST, agent=request.user)
    if "reset" in request.POST:
        request.user.keys = {}
        request.user.save(update_fields=["keys"])
    elif form.is_valid():
        form.save()
    else:
        # far down the page: where it is wrong is where one goes on
        form.fields[next(iter(form.errors))].widget.attrs["autofocus"] = True
        return _page(request, MeForm(instance=request.user), form)
    toasts.keep(request, Toast(text=_("Saved")))
    return redirect("inbox:me")


@desk
@require_POST
def news(request: DeskRequest) -> HttpResponse:
    """What to be told of, and how."""
    form = NewsForm(request.POST, agent=request.user)
    if form.is_valid():
        form.save()
    toasts.keep(request, Toast(text=_("Saved")))
    return redirect("inbox:me")


def _saved(request: DeskRequest, form: MeForm) -> HttpResponse:
    form.save()
    with override(request.user.language):
        toasts.keep(request, Toast(text=_("Saved")))
    response = redirect("inbox:me")
    _remember(response, "theme", request.POST.get("theme", ""))
    _remember(response, "shortcuts", "" if "shortcuts" in request.POST else "off")
    # pages without an agent, such as signing in, follow the cookie
    _remember(response, settings.LANGUAGE_COOKIE_NAME, request.user.language)
    return response


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or whatever the system says; for strangers as well."""
    response = _back(request)
    chosen = request.POST.get("theme", "")
    _remember(response, "theme", chosen if chosen in THEMES else "")
    return response


def _back(request: HttpRequest) -> HttpResponse:
    """To the page that the form stood on."""
    back = request.POST.get("next") or request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return HttpResponseRedirect(back if is_ours else "/inbox/")


def _remember(response: HttpResponse, name: str, value: str) -> None:
    if value:
        response.set_cookie(name, value, max_age=YEAR, samesite="Lax")
    else:
        response.delete_cookie(name, samesite="Lax")
