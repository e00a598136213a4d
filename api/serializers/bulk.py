"""One action over many cases, and what became of each."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.serializers.base import Id, Strict
from api.serializers.cases import PRIORITIES
from conversations.models import BulkJob, BulkRow
from conversations.services.bulk import ACTIONS, MOST, summary


class BulkIn(Strict):
    """Which of the last fields an action needs: `assign` and `move` take `to`, `snooze` takes
    `until`, `tag` takes `tag`, `priority` takes `priority`, `macro` takes `macro`."""

    action = serializers.ChoiceField(choices=sorted(ACTIONS))
    cases: Any = serializers.ListField(child=Id(), min_length=1, max_length=MOST)
    to = Id(required=False, allow_null=True)
    until = serializers.DateTimeField(required=False)
    tag = serializers.CharField(required=False, max_length=60)
    priority = serializers.ChoiceField(choices=PRIORITIES, required=False)
    macro = Id(required=False)


class BulkRowOut(serializers.ModelSerializer[BulkRow]):
    case = serializers.IntegerField(source="case_id")
    params = serializers.DictField()

    class Meta:
        model = BulkRow
        fields = ("case", "state", "code", "params")
        read_only_fields = fields


class BulkOut(serializers.ModelSerializer[BulkJob]):
    """`states` counts the rows in each state; the job is over when none is waiting or returning."""

    states = serializers.SerializerMethodField()

    class Meta:
        model = BulkJob
        fields = ("id", "action", "total", "created_at", "undone_at", "states")
        read_only_fields = fields

    def get_states(self, job: BulkJob) -> dict[str, int]:
        return dict(summary(job))
