"""Providers' posts of other projects: what they state about them holds here."""

import os
from pathlib import Path

import pytest

from bench.scoring import providers

ROOT = Path(os.environ.get("OMNIHUB_CORPORA") or "/nowhere")


@pytest.mark.corpora
@pytest.mark.skipif(not ROOT.is_dir(), reason="needs OMNIHUB_CORPORA")
def test_mails_and_events_are_understood_and_nothing_forged_is_taken() -> None:
    found = list(providers.facts(ROOT))
    wrong = [fact for fact in found if not fact.is_right and not fact.reason]
    tables = {fact.table for fact in found}
    assert tables == {providers.MAILS, providers.EVENTS, providers.SIGNATURES}
    assert not [fact for fact in wrong if fact.table == providers.SIGNATURES]
    assert len(wrong) <= len(found) * 0.02, wrong
