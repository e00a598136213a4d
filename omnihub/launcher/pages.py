"""Which pages ./hub shots takes pictures of. Add yours here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """`path` is opened by the first login of that role; then the first link `follow` selects."""

    name: str
    path: str
    follow: str = ""
    role: str = "agent"


PAGES = [
    Page("inbox", "/inbox/q/mine/"),
    Page("thread", "/inbox/q/mine/", follow=".row:nth-child(2) a.row-main"),
    Page("unassigned", "/inbox/q/unassigned/", follow="a.row-main"),
    Page("search", "/inbox/search/?q=pro"),
    Page("search-none", "/inbox/search/?q=zebra"),
    Page("found", "/inbox/search/?q=pro", follow="a.row-main[href*='m=']"),
    Page("new", "/inbox/new/"),
    Page("me", "/inbox/me/"),
    Page("demo-mail", "/demo/mail/"),
    Page("demo-shop", "/demo/shop/"),
    Page("admin", "/admin/", role="admin"),
]
