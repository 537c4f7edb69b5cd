"""The file as it is written: days and periods, the catalogue, the contract's facts. Rules: price.py."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from fractions import Fraction
from typing import Any, NamedTuple

Json = dict[str, Any]
ONE_DAY = timedelta(days=1)
PLACES = ["onnet", "offnet", "group", "intl", "home", "roam"]


class Refused(Exception):
    """A file that cannot be read, or a contract that is parked."""


class Country(NamedTuple):
    """Hours from UTC, calling code, digits of a number without it, standard tax, where tax stands, what totals are a
    multiple of, decimals of the currency.
    """

    hours: int
    calling: str
    digits: int
    standard: str
    inclusion: str = "on-top"
    multiple: int = 1
    decimals: int = 2


COUNTRIES = {
    "co": Country(-5, "57", 10, "IVA19"),
    "sv": Country(-6, "503", 8, "IVA13"),
    "gt": Country(-6, "502", 8, "IVA12"),
    "hn": Country(-6, "504", 8, "ISV15"),
    "bo": Country(-4, "591", 8, "IVA13", inclusion="of-gross"),
    "py": Country(-3, "595", 9, "IVA10", inclusion="inside", multiple=50, decimals=0),
}


def half_away(value: Fraction) -> int:
    """To a whole number; a half goes away from zero."""
    whole = math.floor(abs(value) + Fraction(1, 2))
    return whole if value > 0 else -whole


def round_up(units: int, step: int) -> int:
    """How many steps hold so many units."""
    return -(-units // step)


def day_of(text: str | None) -> date:
    """A day; one that is left open never comes."""
    return date.fromisoformat(text) if text else date.max


def span(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def dated(rows: list[Json], day: date) -> Json | None:
    """The value of a day: the last that begins on it or before."""
    return max((row for row in rows if day_of(row["from"]) <= day), key=lambda row: str(row["from"]), default=None)


def within(usage_class: str, family: str) -> bool:
    """The beginning of a class stands for all that begin like it."""
    return usage_class == family or usage_class.startswith(family + ".")


def specific(rows: list[Json], usage_class: str) -> list[Json]:
    """Rates or increments for a class, the most specific first."""
    return sorted((row for row in rows if within(usage_class, row["classes"])), key=lambda row: -len(row["classes"]))


def class_order(usage_class: str) -> tuple[int, str]:
    """The order of classes that one word stands for: as docs/bill-compute.md lists them, zones by name."""
    _, place, *zone = usage_class.split(".")
    return PLACES.index(place), "".join(zone)


def cycle_day_in(month: date, cycle_day: int) -> date:
    """The cycle day of a month, or its last day where the month is shorter."""
    first = month.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    return min(first + timedelta(days=cycle_day - 1), after - ONE_DAY)


def next_cycle(day: date, cycle_day: int) -> date:
    """The first cycle day after a day."""
    this = cycle_day_in(day, cycle_day)
    return this if this > day else cycle_day_in(day.replace(day=1) + timedelta(days=31), cycle_day)


@dataclass(frozen=True)
class Period:
    """First and last day, how many days a month's price is for, and the cycle day that it leads to."""

    start: date
    end: date
    month: int
    cycle_day: int


def period_from(start: date, followed: int, cycle_day: int) -> Period:
    """Up to the next cycle day. The month is that of the cycle day that was followed, or the period if it is longer."""
    after = next_cycle(start, cycle_day)
    month = max((next_cycle(start, followed) - start).days, (after - start).days)
    return Period(start, after - ONE_DAY, month, cycle_day)


def period_with(day: date, cycle_day: int) -> Period:
    """The period in which a contract begins; the period may begin earlier."""
    start = max(one for one in span(day - 31 * ONE_DAY, day) if cycle_day_in(one, cycle_day) == one)
    return period_from(start, cycle_day, cycle_day)


def period_after(period: Period, cycle_day: int) -> Period:
    return period_from(period.end + ONE_DAY, period.cycle_day, cycle_day)


class Catalogue:
    """The versions a period is priced with: the pinned ones, then the newest, which is pinned when it is needed."""

    def __init__(self, case: Json, pinned: list[int]) -> None:
        every = {version["version"]: version for version in case["catalogue"]}
        self.country = COUNTRIES[case["country"]]
        self.numbers = pinned or [max(every)]
        self.order: list[Json] = [every[number] for number in dict.fromkeys([*self.numbers, max(every)])]

    def pin(self, version: Json) -> None:
        if version["version"] not in self.numbers:
            self.numbers = [*self.numbers, version["version"]]

    def item(self, kind: str, name: str) -> Json:
        """A plan or service."""
        for version in self.order:
            item: Json | None = version.get(kind, {}).get(name)
            if item:
                self.pin(version)
                return item
        raise Refused(f"{kind} {name} is unknown")

    def monthly(self, kind: str, name: str, day: date) -> Json:
        """What a plan or service costs a month, on a day."""
        for version in self.order:
            price = dated(version.get(kind, {}).get(name, {}).get("monthly", []), day)
            if price:
                self.pin(version)
                return price
        raise Refused(f"{kind} {name} has no price on {day}")

    def rate(self, plan: str, usage_class: str, day: date) -> tuple[Json, Json]:
        """What a unit costs: the plan's own rates come before the catalogue's."""
        own = self.item("plans", plan).get("rates", [])
        for version, rates in [(None, own), *((version, version.get("rates", [])) for version in self.order)]:
            for rate in specific(rates, usage_class):
                price = dated(rate["prices"], day)
                if price:
                    if version:
                        self.pin(version)
                    return rate, price
        raise Refused(f"{usage_class} with {plan} has no price on {day}")

    def tax(self, tax_class: str, day: date) -> str:
        """The rate of a tax class on a day. A version that does not say what `standard` is means the country's."""
        country = {"standard": self.country.standard, "exempt": "exempt"}
        for version in self.order:
            rows = version.get("taxes", {}).get(tax_class)
            if rows is None and tax_class in country:
                return country[tax_class]
            rate = dated(rows or [], day)
            if rate:
                self.pin(version)
                return str(rate["rate"])
        raise Refused(f"tax class {tax_class} has no rate on {day}")


class Contract:
    """The facts of a file."""

    def __init__(self, case: Json) -> None:
        self.case = case
        self.country = COUNTRIES[case["country"]]
        self.zone = timezone(timedelta(hours=self.country.hours))
        self.first = day_of(case["contract"]["first"])
        self.last = min(day_of(case["contract"].get("last")), day_of(case.get("until")))
        cycle = case["contract"]["cycle"]
        self.cycle_days: list[int] = [cycle["day"], *(change["day"] for change in by_instant(cycle.get("changes", [])))]
        self.plans: dict[str, list[tuple[datetime, Json]]] = defaultdict(list)
        for change in by_instant(case.get("plans", [])):
            self.plans[change["line"]].append((datetime.fromisoformat(change["at"]), change))
        terms = {"tax": self.country.inclusion, "multiple": self.country.multiple, "negative_lines": True, "floor": 0}
        limits = {"credit_limit": None, "jump_floor": 100 * 10**self.country.decimals, "purchases_a_day": 15}
        self.terms: Json = {**terms, **limits, **case.get("terms", {})}
        self.usage = self.used()
        for name, facts in (("price", "charges"), ("amount", "adjustments")):
            for fact in case.get(facts, []):
                self.minor(fact[name])

    def minor(self, text: str) -> int:
        amount = Fraction(text) * 10**self.country.decimals
        if amount.denominator != 1:
            raise Refused(f"{text} has too many decimals")
        return int(amount)

    def text(self, minor: int) -> str:
        whole, part = divmod(abs(minor), 10**self.country.decimals)
        return f"{'-' if minor < 0 else ''}{whole}" + (f".{part:02}" if self.country.decimals else "")

    def local_day(self, instant: str) -> date:
        return datetime.fromisoformat(instant).astimezone(self.zone).date()

    def days(self, period: Period) -> list[date]:
        """The days of a period on which the contract exists."""
        return list(span(max(period.start, self.first), min(period.end, self.last)))

    def plan_on(self, line: str, day: date) -> Json | None:
        """The last change of a day holds for the whole day, but one between prepaid and postpaid acts from midnight."""
        midnight = datetime.combine(day, time(), self.zone)
        begun = [change for at, change in self.plans[line] if at <= midnight] or [
            change for _, change in self.plans[line][:1]
        ]
        today = [change for at, change in self.plans[line] if midnight < at < midnight + ONE_DAY]
        return next((change for change in reversed(begun[-1:] + today) if prepaid(change) == prepaid(begun[-1])), None)

    def on(self, facts: str, day: date, *names: str) -> list[Json]:
        """The lines, services and so on of a day. Two facts about one thing, which `names` name, refuse."""
        found = [fact for fact in self.case.get(facts, []) if day_of(fact["from"]) <= day <= day_of(fact.get("to"))]
        if len({tuple(fact.get(name) for name in names) for fact in found}) < len(found):
            raise Refused(f"two facts about one of the {facts} on {day}")
        return found

    def used(self) -> dict[tuple[str, date], Counter[str]]:
        """Units by class for each line and day: the day totals of all sources, and the records."""
        usage: dict[tuple[str, date], Counter[str]] = defaultdict(Counter)
        for total in self.case.get("usage", []):
            usage[total["line"], day_of(total["day"])].update(total["units"])
        for record in self.case.get("records", []):
            one = record.get("call") or record["data"]
            day = self.local_day(one["start"])
            usage[one["line"], day].update(self.call(one, day) if "call" in record else session(one))
        return usage

    def call(self, call: Json, day: date) -> dict[str, int]:
        """The class and units of a call or message. Of what a line receives, only calls abroad cost anything."""
        rating = max(self.case["catalogue"], key=lambda version: int(version["version"])).get("rating", {})
        service, told, other = call["service"].lower(), call.get("told", "n/a"), str(call["other"])
        abroad = call.get("visited") is not None
        if call.get("direction") == "IN" and (service == "sms" or not abroad):
            return {}
        if abroad:
            place = "roam." + zone_of(rating.get("roaming", []), str(call["visited"]), day)
        elif told in ("ONNET", "OFFNET", "CUG"):
            place = {"ONNET": "onnet", "OFFNET": "offnet", "CUG": "group"}[told]
        elif told == "n/a" and (len(other) <= self.country.digits or other.startswith(self.country.calling)):
            place = "offnet"
        else:
            place = "intl." + zone_of(rating.get("international", []), other, day)
        usage_class = f"{service}.{place}"
        return {usage_class: 1 if service == "sms" else chargeable(rating, usage_class, day, call.get("seconds", 0))}


def session(data: Json) -> dict[str, int]:
    """The class of a data session, and its kilobytes."""
    return {"data.roam" if data.get("roaming") else "data.home": round_up(data["bytes"], 1024)}


def by_instant(changes: list[Json]) -> list[Json]:
    """Of changes at one instant the last by id is the last."""
    return sorted(changes, key=lambda change: (datetime.fromisoformat(change["at"]), change["id"]))


def prepaid(change: Json) -> bool:
    return change.get("payment") == "prepaid"


def zone_of(zones: list[Json], number: str, day: date) -> str:
    """The zone of the longest prefix that has one on the day."""
    for length in range(len(number), -1, -1):
        row = dated([row for row in zones if row["prefix"] == number[:length]], day)
        if row and row.get("zone"):
            return str(row["zone"])
    raise Refused(f"{number} has no zone on {day}")


def chargeable(rating: Json, usage_class: str, day: date, seconds: int) -> int:
    """At least the minimum, then whole steps; none of a call of no seconds."""
    for increments in specific(rating.get("increments", []), usage_class):
        increment = dated(increments["steps"], day)
        if increment:
            minimum, step = increment["minimum"], increment["step"]
            return minimum + round_up(max(0, seconds - minimum), step) * step if seconds else 0
    raise Refused(f"{usage_class} has no increment on {day}")
