"""Whether a text may go to a number now: the plan, consent, caps, and the hour there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from channels_sms import consent, numbers
from channels_sms.models import SmsAccount, Spent
from conversations.adapters.base import OTHER_ADDRESS, TOO_EARLY, Available, Unavailable
from conversations.models import Identity, IdentityKind


def availability(account: SmsAccount, number: str, at: datetime) -> Available | Unavailable:
    """The first obstacle, the lasting ones first."""
    return (
        _never(account, number)
        or _stopped(account, number)
        or _too_much(account, number, at)
        or _quiet(account, number, at)
        or Available()
    )


def _never(account: SmsAccount, number: str) -> Unavailable | None:
    if number in account.numbers:
        return Unavailable(code="own_number", params={"address": number})
    known = Identity.objects.filter(kind=IdentityKind.PHONE, value=number)
    code = known.values_list("unreachable_code", flat=True).first() or numbers.obstacle(number)
    if code:
        shown = numbers.shown(number)
        return Unavailable(code=code, params={"address": shown}, fix=OTHER_ADDRESS)
    region = numbers.region_of(number)
    if region not in account.allowed:
        return Unavailable(code="country_not_allowed", params={"country": region or "?"})
    return None


def _stopped(account: SmsAccount, number: str) -> Unavailable | None:
    since = consent.stopped_at(sender=account.sender, number=number)
    if since is None:
        return None
    params = {"address": number, "at": since.isoformat()}
    return Unavailable(code="opted_out_of_texts", params=params)


def _too_much(
    account: SmsAccount, number: str, at: datetime, *, more: int = 1
) -> Unavailable | None:
    """Whether there is no room for so many parts more."""
    day = at.astimezone(UTC).date()
    today = Spent.objects.filter(account=account, day=day)
    if _parts(today) + more > account.most_per_day:
        account.channel.note_trouble("spend_stopped")
        tomorrow = datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC)
        return Unavailable(code="daily_cap", params={"most": account.most_per_day}, until=tomorrow)
    mine = today.filter(number=number).values_list("parts", flat=True).first() or 0
    if mine + more > account.most_per_number:
        return Unavailable(code="number_cap", params={"most": account.most_per_number})
    return None


def spent_today(account: SmsAccount) -> int:
    return _parts(Spent.objects.filter(account=account, day=timezone.now().astimezone(UTC).date()))


def _parts(rows: QuerySet[Spent]) -> int:
    return rows.aggregate(n=Sum("parts"))["n"] or 0


def spend(account_pk: int, number: str, parts: int, at: datetime) -> Unavailable | None:
    """Count what is about to be sent, or say which cap it would break: of several at once, those
    that fit go. Call before the provider is, so that no crash forgets it."""
    with transaction.atomic():
        account = SmsAccount.objects.select_for_update(no_key=True).get(pk=account_pk)
        refusal = _too_much(account, number, at, more=parts)
        if refusal is None:
            _count(account_pk, number, parts, at)
    return refusal


def take_back(account_pk: int, number: str, parts: int, at: datetime) -> None:
    """It was surely not sent."""
    _count(account_pk, number, -parts, at)


def _count(account_pk: int, number: str, parts: int, at: datetime) -> None:
    row, _ = Spent.objects.get_or_create(
        account_id=account_pk, number=number, day=at.astimezone(UTC).date()
    )
    Spent.objects.filter(pk=row.pk).update(parts=F("parts") + parts)


def forget_old() -> int:
    """Only the day's own numbers are held against a cap."""
    before = timezone.now().astimezone(UTC).date() - timedelta(days=1)
    return Spent.objects.filter(day__lt=before).delete()[0]


def _quiet(account: SmsAccount, number: str, at: datetime) -> Unavailable | None:
    until = quiet_until(account, number, at)
    if until is None:
        return None
    zone = str(until.tzinfo)
    params = {
        "until": until.strftime("%H:%M"),
        "place": zone.rpartition("/")[2].replace("_", " "),
        "at": until.isoformat(),
    }
    return Unavailable(code="quiet_hours", params=params, fix=TOO_EARLY, until=until)


def quiet_until(account: SmsAccount, number: str, at: datetime) -> datetime | None:
    """When the quiet hours end that `at` falls into, by the clock where the number is."""
    begin, end = account.quiet_from, account.quiet_until
    if begin is None or end is None or begin == end:
        return None
    local = at.astimezone(zone_of(number))
    now = local.time().replace(tzinfo=None)
    over_night = begin > end
    is_quiet = (now >= begin or now < end) if over_night else begin <= now < end
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=1 if over_night and now >= begin else 0)
    return datetime.combine(day, end, local.tzinfo)


def zone_of(number: str) -> ZoneInfo:
    """The customer's own time zone, else their number's, else the house's."""
    theirs = (
        Identity.objects.filter(kind=IdentityKind.PHONE, value=number)
        .exclude(customer=None)
        .values_list("customer__time_zone", flat=True)
        .first()
    )
    for name in (theirs, numbers.zone_of(number), settings.TIME_ZONE):
        try:
            if name:
                return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            continue
    return ZoneInfo("UTC")
