"""A form whose token is old: after signing in anew in another tab, all of a page's are."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.csrf import csrf_failure

from inbox.views.desk import by_script

CUSTOMERS = "/p/"


def failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """To a script 401, upon which the page renews its tokens and asks again; else Django's page,
    and to a customer one that leads back to their own."""
    if by_script(request):
        return HttpResponse(status=401)
    if request.path_info.startswith(CUSTOMERS):
        return render(request, "portal/again.html", status=HTTPStatus.FORBIDDEN)
    return csrf_failure(request, reason)
