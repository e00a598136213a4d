"""Which pages ./hub shots takes pictures of. Add yours here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """`path` is opened; when `follow` (a selector) finds links there, the first one is followed."""

    name: str
    path: str
    follow: str = ""


PAGES = [
    Page("inbox", "/inbox/"),
    Page("thread", "/inbox/", follow="a[href*='/inbox/case']"),
    Page("demo-mail", "/demo/mail/"),
    Page("admin", "/admin/"),
]
