"""A topic is a subject without what mail programs put around it."""

import time

import pytest

from conversations.services.topics import clean_subject


@pytest.mark.parametrize(
    ("subject", "topic"),
    [
        ("Re: AW: [EXTERNAL] My chair", "My chair"),
        ("RE[2]: My chair", "My chair"),
        ("Re^3: My chair", "My chair"),
        ("Re : : Fwd; My chair", "My chair"),
        ("Fwd: [Fwd: My chair]", "My chair"),
        ("[Fwd: Rv: My [blue] chair (fwd)]", "My [blue] chair"),
        ("(Fwd) My chair", "My chair"),
        ("[shop] My chair", "[shop] My chair"),
        ("I, robot", "I, robot"),
        (": my chair", ": my chair"),
        ("Re:", ""),
    ],
)
def test_what_programs_put_around_a_subject_goes(subject: str, topic: str) -> None:
    assert clean_subject(subject) == topic


def test_a_hostile_subject_takes_no_time() -> None:
    began = time.monotonic()
    for piece in ("Re: ", "[Fwd: ", "(fwd) ", "Re : : ", "[", " (fwd)"):
        clean_subject(piece * 300)
    assert time.monotonic() - began < 2
