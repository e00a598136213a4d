"""Content security policies that differ from the house's: the admin's, and the door's."""

from collections.abc import Callable

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponse

# django-unfold's Alpine expressions are evaluated strings and its templates carry inline styles
ADMIN = {
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
}
# a page of the inbox whose session ended shows the door in a frame, over what stands there
FRAMED = ("/accounts/login/", "/accounts/2fa/authenticate/", "/inbox/signed-in/")


class AdminPolicy:
    """Loosens scripts and styles for /admin/ alone; customers' HTML never renders there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith("/admin/"):
            response._csp_replace = {**ADMIN, **getattr(response, "_csp_replace", {})}  # type: ignore[attr-defined]  # noqa: SLF001  # django-csp's own seam
        return response


class DoorPolicy:
    """Lets our own pages, and nobody else's, frame the door."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith(FRAMED):
            response.headers["X-Frame-Options"] = "SAMEORIGIN"
            response._csp_replace = {"frame-ancestors": [SELF]}  # type: ignore[attr-defined]  # noqa: SLF001  # django-csp's own seam
        return response
