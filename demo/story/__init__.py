"""What happened at Kalma so far, oldest first."""

from demo.story.floor import FLOOR
from demo.story.oddities import ODDITIES
from demo.story.queue import QUEUE
from demo.story.steps import Step
from demo.story.unassigned import UNASSIGNED
from demo.story.warranty import WARRANTY_CASE

STORY: tuple[Step, ...] = tuple(
    sorted(
        (*WARRANTY_CASE, *QUEUE, *UNASSIGNED, *FLOOR, *ODDITIES),
        key=lambda step: step.ago,
        reverse=True,
    )
)
"""Steps of the same moment keep the order in which they are written down."""

__all__ = ["STORY", "Step"]
