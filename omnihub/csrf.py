"""A form whose token is old: after signing in anew in another tab, all of a page's are."""

from django.http import HttpRequest, HttpResponse
from django.views.csrf import csrf_failure

from inbox.views.desk import by_script


def failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """To a script 401, upon which the page renews its tokens and asks again; else Django's page."""
    return HttpResponse(status=401) if by_script(request) else csrf_failure(request, reason)
