"""The demo's shop: a site of somebody else's, with help articles and the chat widget.

It stands on an origin of its own (docs/decisions/0101), so that everything between a site and the
hub's frame is what it is in real life. It knows no session and sets no cookie.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from demo import shop

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A help article: what is wrong, and what to try, step by step."""

    slug: str
    title: _StrPromise
    lead: _StrPromise
    steps: tuple[_StrPromise, ...]


ARTICLES = (
    Article(
        slug="turns-off",
        title=_("My massager turns off by itself"),
        lead=_("A Pro 2 stops after ten minutes to protect its motor. If it stops sooner:"),
        steps=(
            _("Look at the ring of light. Orange means that the battery is too warm."),
            _("Let it rest for twenty minutes, away from the charger."),
            _("Charge it until the ring is white, then try again with less pressure."),
        ),
    ),
    Article(
        slug="reset",
        title=_("Reset your Pro 2"),
        lead=_("A reset takes half a minute and keeps your programmes."),
        steps=(
            _("Take it off the charger."),
            _("Hold the power button for ten seconds, until the ring blinks twice."),
            _("Let go, wait for the white ring, and switch it on."),
        ),
    ),
)


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    return _page(request, "demo/shop/front.html")


@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    found = next((one for one in ARTICLES if one.slug == slug), None)
    if found is None:
        raise Http404
    return _page(request, "demo/shop/article.html", found)


def _page(request: HttpRequest, template: str, found: Article | None = None) -> HttpResponse:
    here = f"{request.scheme}://{request.get_host()}"
    hub, site = shop.origins()
    if site != here and hub == here:
        return HttpResponseRedirect(site + request.get_full_path())
    language = _language(request)
    chat = shop.chat()
    context = {
        "articles": ARTICLES,
        "article": found,
        "hub": hub,
        "key": chat.key if chat else "",
        "language": language,
    }
    with translation.override(language):
        response = render(request, template, context)
    # the policy that a careful shop would have: nothing inline, and of others the widget alone
    response._csp_replace = {  # type: ignore[attr-defined]  # noqa: SLF001  # django-csp's own seam
        "script-src": ["'self'", hub],
        "style-src": ["'self'"],
        "frame-src": [hub],
        "connect-src": ["'self'"],
    }
    return response


def _language(request: HttpRequest) -> str:
    """The one that is asked for, else the browser's: a shop without cookies keeps it in links."""
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else translation.get_language()[:2]
