"""What the simulators hear of the core."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_

from django.apps import apps
from django.db.models import Q

from conversations.rooms import Room
from conversations.services.person import Person
from demo.models import Mail, Phone


class Demo(Room):
    def forget(self, someone: Person) -> None:
        """Simulated mail to and from them goes, as it would at no real provider."""
        if not someone.addresses:
            return
        written = Q(envelope_from__in=someone.addresses)
        to = [Q(envelope_to__contains=[value]) for value in someone.addresses]
        Mail.objects.filter(reduce(or_, to, written)).delete()
        Phone.objects.filter(number__in=someone.addresses).delete()

    def sweeps(self) -> Mapping[str, tuple[float, Callable[[], int]]]:
        """The simulated network takes each text one state further."""
        if not apps.is_installed("channels_sms"):
            return {}
        from demo import network

        return {"network": (0.5, network.tick)}
