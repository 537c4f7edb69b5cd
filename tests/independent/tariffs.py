"""Chance, and what it makes of a catalogue: plans, services, rates, zones, increments and taxes, all dated."""

import copy
import random
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from facts import COUNTRIES, ONE_DAY, Json, within

# Around two leap days, a year's end, and ordinary months.
BEGINNINGS = [date(2024, 1, 1), date(2025, 11, 20), date(2026, 1, 29), date(2026, 9, 30), date(2028, 1, 15)]
LONG_AGO = "2020-01-01"
CLASSES = ["voice.onnet", "voice.offnet", "voice.group", "voice.intl.norte", "voice.intl.sur", "voice.roam.mundo"]
CLASSES += ["sms.onnet", "sms.offnet", "sms.intl.norte", "video.onnet", "video.offnet", "data.home", "data.roam"]
FAMILIES = ["voice", "voice.intl", "voice.roam", "voice.intl.norte", "voice.onnet", "voice.offnet"]
FAMILIES += ["sms", "sms.intl", "video", "data", "data.home"]
PER = {"voice": [1, 60, 30], "video": [60], "sms": [1], "data": [1, 1024]}
STEPS = [(60, 1), (60, 60), (1, 1), (30, 6), (0, 10), (45, 7)]
ZONES = {"1": "norte", "1809": "sur", "34": "norte", "346": "sur", "54": "sur", "7": "norte", "77": None}
UNIT_PRICES = ["0", "1", "0.5", "0.005", "0.085", "0.0333", "0.00012345", "7.25", "60", "120.5"]
# Sets of taxes. Where prices contain tax, no two of them share one.
ON_TOP = ["IVA19", "IVA19+INC4", "IVA5", "exempt", "IVA16.5+ICA0.966", "INC4"]
INSIDE = ["IVA10", "IVA5", "ISC4+TUR1.5", "exempt"]


class Tariffs:
    """A country, a time, and a catalogue for them."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        self.code = self.pick([*COUNTRIES])
        self.country = COUNTRIES[self.code]
        self.begin: date = self.pick(BEGINNINGS) + self.random.randrange(40) * ONE_DAY
        self.until: date = self.begin + self.random.randrange(35, 130) * ONE_DAY
        self.inclusion = self.pick(["on-top", "inside", "of-gross"]) if self.chance(0.1) else self.country.inclusion
        self.ids = 0

    def pick(self, choices: list[Any]) -> Any:
        return self.random.choice(choices)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def maybe(self, share: float, **fields: Any) -> Json:
        return fields if self.chance(share) else {}

    def day(self, first: date | None = None) -> date:
        """A day of the case's life; often one where a month ends or begins."""
        first = first or self.begin
        day: date = first + self.random.randrange(max(1, (self.until - first).days + 1)) * ONE_DAY
        if self.chance(0.3):
            day = day.replace(day=1) + self.random.randrange(-2, 2) * ONE_DAY
        return max(first, min(day, self.until))

    def id(self) -> str:
        self.ids += 1
        return f"{self.random.randrange(100)}-{self.ids}"

    def instant(self, day: date) -> str:
        """An instant of a day in the country, often at its edge, written with any offset."""
        clock = time.fromisoformat(self.pick(["00:00:00", "00:00:01", "23:59:59", "09:30:00", "18:05:17", "20:00:00"]))
        local = datetime.combine(day, clock, timezone(timedelta(hours=self.country.hours)))
        return local.astimezone(timezone(timedelta(hours=self.pick([0, 9, -5, self.country.hours])))).isoformat()

    def amount(self, most: int) -> str:
        minor = self.random.randrange(1, self.pick([100, most]))
        return f"{minor // 100}.{minor % 100:02}" if self.country.decimals else f"{minor * 7}"

    def dates(self, share: float) -> list[str]:
        """First days of dated values."""
        return [LONG_AGO, *sorted({str(self.day()) for _ in range(2) if self.chance(share)})]

    def monthly(self) -> list[Json]:
        return [{"from": day, "price": self.amount(500_000)} for day in self.dates(0.4)]

    def tax(self, share: float) -> Json:
        return self.maybe(share, tax=self.pick(["low", "both", "exempt", "standard"]))

    def rate(self, family: str, dates: list[str]) -> Json:
        per = next(per for service, per in PER.items() if within(family, service))
        prices = [{"from": day, "price": self.pick(UNIT_PRICES), "per": self.pick(per)} for day in dates]
        return {"classes": family, "prices": prices, **self.tax(0.15)}

    def plan(self, name: str) -> Json:
        plan: Json = {"name": name, "monthly": self.monthly(), "allowances": [], "rates": []}
        plan |= {**self.charged(), **self.tax(0.3)}
        for number in range(self.pick([0, 1, 1, 2, 3])):
            classes = self.random.sample(self.pick([FAMILIES, CLASSES]), self.pick([1, 1, 2, 3]))
            units = self.pick([None, 0, 10, 100, 500, 1500])
            plan["allowances"].append({"id": f"a{number}", "units": units, "classes": classes})
        for family in self.random.sample(FAMILIES, self.pick([0, 0, 1, 2])):
            plan["rates"].append(self.rate(family, self.dates(0.4)[self.pick([0, 0, -1]) :]))
        return plan

    def charged(self) -> Json:
        return self.maybe(0.8, charged=self.pick(["advance", "advance", "arrears"]))

    def catalogue(self) -> Json:
        names = [*PER, *(family for family in FAMILIES if family not in PER and self.chance(0.4))]
        sets = INSIDE if self.inclusion == "inside" else ON_TOP
        # Where prices contain tax, the country's own rate might share a tax with one of the sets.
        classes = ["low", "both", *(["standard"] if self.chance(0.4) or self.inclusion == "inside" else [])]
        services = [{"name": one, "monthly": self.monthly()} for one in ("S1", "S2", "S3")]
        return {
            "version": 1,
            "rating": self.rating(),
            "plans": {name: self.plan(name) for name in "ABCXY"},
            "services": {one["name"]: {**one, **self.charged(), **self.tax(0.3)} for one in services},
            "rates": [self.rate(name, self.dates(0.2)) for name in names],
            "taxes": {one: [{"from": day, "rate": self.pick(sets)} for day in self.dates(0.25)] for one in classes},
        }

    def rating(self) -> Json:
        zones = [{"prefix": prefix, "from": LONG_AGO, "zone": zone} for prefix, zone in ZONES.items()]
        zones += [{"prefix": one, "from": str(self.day()), "zone": "sur"} for one in self.random.sample([*ZONES], 2)]
        roaming = [
            {"prefix": "", "from": LONG_AGO, "zone": "mundo"},
            {"prefix": "34", "from": str(self.day()), "zone": "europa"},
        ]
        increments = []
        own = [one for one in ("voice.intl", "voice.intl.sur", "voice.onnet") if self.chance(0.5)]
        for family in ["voice", "video", *own]:
            rows = [(day, *self.pick(STEPS)) for day in self.dates(0.2)]
            steps = [{"from": day, "minimum": minimum, "step": step} for day, minimum, step in rows]
            increments.append({"classes": family, "steps": steps})
        return {"international": zones, "roaming": roaming, "increments": increments}

    def newer(self, catalogue: Json) -> Json:
        """A version with other prices, also of days that are past, and with a plan of its own."""
        catalogue = {**copy.deepcopy(catalogue), "version": catalogue["version"] + 1}
        for plan in self.random.sample([*catalogue["plans"]], 2):
            catalogue["plans"][plan]["monthly"] = self.monthly()
        catalogue["plans"].setdefault("N", self.plan("N"))
        catalogue["services"]["S1"]["monthly"] = self.monthly()
        if "standard" not in catalogue["taxes"] and self.inclusion != "inside" and self.chance(0.4):
            catalogue["taxes"]["standard"] = [{"from": LONG_AGO, "rate": self.pick(ON_TOP)}]
        return catalogue
