"""What Twilio's API takes, as its publisher has it: the judge of what we ask.

Twilio publishes its API as an OpenAPI file, which no package holds that can be installed here;
its library for Python does, in another form: each method of it is generated from an operation of
that file, each argument from a field. So the library is asked for every operation that we use
with all of its arguments and with only those that it demands, and what it would send says which
method, path and fields there are.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
_MESSAGE, _MEDIA = "MM" + "0" * 32, "ME" + "0" * 32


class _Asked(Exception):
    """Carries what would have been sent."""


class _Listening(TwilioHttpClient):
    def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        **_: Any,
    ) -> Any:
        given: dict[str, Any] = {"params": params, "data": data}
        raise _Asked(requests.Request(method, url, **given).prepare())


def asked(call: Callable[[Client], object]) -> tuple[str, str, str]:
    """Method, path with query, and body that Twilio's own library makes of a call."""
    try:
        call(Client(ACCOUNT, "token", http_client=_Listening()))
    except _Asked as sent:
        request = sent.args[0]
        return request.method, request.path_url, request.body or ""
    raise AssertionError("the library asked for nothing")


@dataclass(frozen=True)
class Operation:
    method: str
    path: re.Pattern[str]
    fields: frozenset[str]
    demanded: frozenset[str]


_CALLS: tuple[Callable[[Client], Callable[..., object]], ...] = (
    lambda client: client.messages.create,
    lambda client: client.messages.page,
    lambda client: client.messages(_MESSAGE).media.page,
    lambda client: client.messages(_MESSAGE).media(_MEDIA).fetch,
    lambda client: client.api.v2010.accounts(ACCOUNT).fetch,
)


@functools.cache
def operations() -> tuple[Operation, ...]:
    return tuple(_operation(find) for find in _CALLS)


def _operation(find: Callable[[Client], Callable[..., object]]) -> Operation:
    given = inspect.signature(find(Client(ACCOUNT, "token"))).parameters.values()
    demanded = [one.name for one in given if one.default is one.empty]
    most = asked(lambda client: find(client)(**dict.fromkeys((one.name for one in given), "x")))
    least = asked(lambda client: find(client)(**dict.fromkeys(demanded, "x")))
    method, where, _body = most
    path = re.escape(urlsplit(where).path)
    for sid in (ACCOUNT, _MESSAGE, _MEDIA):
        path = path.replace(sid, f"{sid[:1]}[A-Z][0-9a-f]{{32}}")
    return Operation(method, re.compile(path), _named(most), _named(least))


def _named(request: tuple[str, str, str]) -> frozenset[str]:
    _method, where, body = request
    given = parse_qsl(urlsplit(where).query, True) + parse_qsl(body, True)
    return frozenset(name for name, _value in given)


def faults(method: str, where: str, body: str = "") -> list[str]:
    """What of a request the published API does not know, or misses."""
    path = urlsplit(where).path
    if "/Media/" in path and not path.endswith(".json"):
        path += ".json"  # its content lies at its address without the ending
    known = [one for one in operations() if one.path.fullmatch(path)]
    if not known:
        return [f"no such path: {path}"]
    operation = next((one for one in known if one.method == method), None)
    if operation is None:
        return [f"no such method: {method} {path}"]
    named = _named((method, where, body))
    unknown = [f"no such field: {name}" for name in sorted(named - operation.fields)]
    return unknown + [f"missing: {name}" for name in sorted(operation.demanded - named)]
