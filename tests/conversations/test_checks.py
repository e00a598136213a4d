import pytest
from pytest_django import Settings

from conversations.checks import check_adapters
from tests.paper import PaperAdapter


class Twin(PaperAdapter):
    """Another adapter of the same kind."""


@pytest.mark.parametrize(
    ("paths", "word"),
    [
        (["tests.paper.PaperAdapter"], None),
        ([], "no channel"),
        (["nowhere.Adapter"], "cannot be imported"),
        (["tests.paper.Provider"], "is not a ChannelAdapter"),
        (["tests.paper.PaperAdapter", "tests.conversations.test_checks.Twin"], "has the kind of"),
    ],
    ids=["fine", "none", "missing", "something else", "twins"],
)
def test_says_what_is_wrong_with_the_installed_channels(
    settings: Settings, paths: list[str], word: str | None
) -> None:
    settings.CHANNEL_ADAPTERS = paths
    messages = [message.msg for message in check_adapters()]
    assert messages == [] if word is None else word in messages[0]
