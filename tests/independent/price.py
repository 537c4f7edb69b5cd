"""What a period costs: a second implementation of docs/billing-rules.md, which shares no code with the program.

It is written to be read, not to be fast: it walks through every day of every line. Money is a whole number of the
currency's smallest units, a price a fraction; there is no floating point. Which rule of docs/billing-rules.md is where:

    facts.period_from, period_with, period_after   1 and 2: periods, and the days that a month's price is for
    facts.Catalogue                                5, 14, 21: versions, prices and tax rates by day, what is missing
    facts.Contract.plan_on                         16, 17: the plan of a day
    facts.Contract.on                              16: what holds on a day; two facts about one thing
    facts.Contract.used, call, chargeable          13, 20: a record's day, class and units
    Pricing.monthly, recurring                     11, 14, 15, 18: plans, additional plans, services
    Pricing.serve, draw                            12: included units
    Pricing.excess                                 12, 18: usage that nothing includes
    Pricing.once                                   15, 18, 19: purchases, withdrawals, credits and debits
    bill.Books                                     1, 3, 6, 10: what bills have charged, and the next period that is due
    bill.settle, difference                        3, 4, 6, 7, 10, 15: a bill is a difference
    bill.documents, taxed                          21, 22: invoices and credit notes, and their tax
"""

from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from facts import Catalogue, Contract, Json, Period, Refused, class_order, day_of, half_away, prepaid, round_up, within

KINDS = ["plan", "additional", "service", "one-off", "usage", "adjustment"]
# Units that nothing has served yet, by class and day.
Left = dict[tuple[str, date], int]


class Key(NamedTuple):
    """What is charged under one key is one charge, rounded once."""

    period: str
    kind: str
    thing: str
    what: str
    price: str
    tax: str

    def order(self) -> tuple[Any, ...]:
        return self.period, KINDS.index(self.kind), *self[2:]


class Pricing:
    """The price of a period; of what is charged in advance only, if so asked."""

    def __init__(self, contract: Contract, period: Period, catalogue: Catalogue, in_advance: bool = False) -> None:
        self.contract, self.period, self.catalogue, self.in_advance = contract, period, catalogue, in_advance
        # Of each key, how many days, pieces or units, and the price: so much for so many.
        self.counts: Counter[Key] = Counter()
        self.prices: dict[Key, tuple[str, int]] = {}
        self.corrects: dict[Key, str | None] = {}
        self.included: list[Json] = []
        # The postpaid days of each line, and those of its main and additional plans among them.
        self.days: dict[str, list[date]] = defaultdict(list)
        self.plan_days: dict[tuple[str, int, str], list[date]] = defaultdict(list)
        self.monthly()
        if not in_advance:
            for line in self.days:
                self.excess(line, self.serve(line))
            self.once()

    def charges(self) -> dict[Key, int]:
        scale = 10**self.contract.country.decimals
        prices = {key: (Fraction(price) * scale, per) for key, (price, per) in self.prices.items()}
        return {key: half_away(price * self.counts[key] / per) for key, (price, per) in prices.items()}

    def add(self, name: tuple[str, str, str, str], fact: Json, day: date, count: int, price: str, per: int = 1) -> Key:
        """Adds to what is charged under a key: kind, line or service, plan or class, first day of the price."""
        key = Key(str(self.period.start), *name, self.catalogue.tax(fact.get("tax", "standard"), day))
        self.counts[key] += count
        self.prices[key] = price, per
        return key

    def monthly(self) -> None:
        for day in self.contract.days(self.period):
            on_contract = self.contract.on("lines", day, "line")
            plans = {fact["line"]: self.contract.plan_on(fact["line"], day) for fact in on_contract}
            postpaid = {line: plan for line, plan in plans.items() if not (plan and prepaid(plan))}
            for line, plan in postpaid.items():
                self.days[line].append(day)
                if plan:
                    self.plan_days[line, KINDS.index("plan"), plan["plan"]].append(day)
                    self.recurring(("plan", line, plan["plan"]), plan["plan"], day)
            for extra in self.contract.on("additional", day, "line", "plan"):
                if extra["line"] in postpaid:
                    self.plan_days[extra["line"], KINDS.index("additional"), extra["plan"]].append(day)
                    self.recurring(("additional", extra["line"], extra["plan"]), extra["plan"], day)
            profiles = [fact.get("profile") for fact in on_contract if fact["line"] in postpaid]
            for service in self.contract.on("services", day, "service", "profile"):
                name, profile = service["service"], service.get("profile")
                pieces = service.get("fixed", profiles.count(profile) if profile else len(profiles))
                thing = f"{name}:{profile}" if profile else name
                self.recurring(("service", thing, "-"), name, day, pieces, service.get("price"))

    def recurring(
        self, key: tuple[str, str, str], name: str, day: date, pieces: int = 1, agreed: str | None = None
    ) -> None:
        """A day of a plan, or of so many pieces of a service; an agreed price does not follow the catalogue."""
        group = "services" if key[0] == "service" else "plans"
        item = self.catalogue.item(group, name)
        if self.in_advance and item.get("charged") != "advance":
            return
        if agreed:
            price = {"price": agreed, "from": f"agreed-{plain(Fraction(agreed))}"}
        else:
            price = self.catalogue.monthly(group, name, day)
        self.add((*key, price["from"]), item, day, pieces, price["price"], self.period.month)

    def serve(self, line: str) -> Left:
        """What is left of a line's usage when its plans' included units have served it; main plans serve first."""
        usage = self.contract.usage
        left = {(one, day): units for day in self.days[line] for one, units in usage.get((line, day), {}).items()}
        for (_, _, plan), days in sorted(item for item in self.plan_days.items() if item[0][0] == line):
            for allowance in self.catalogue.item("plans", plan).get("allowances", []):
                units = allowance.get("units")
                prorated = None if units is None else round_up(units * len(days), self.period.month)
                used = draw(left, allowance["classes"], days, prorated)
                one = {"line": line, "plan": plan, "allowance": allowance["id"], "units": prorated, "used": used}
                self.included.append(one)
        return left

    def excess(self, line: str, left: Left) -> None:
        """Each day's units at the price of the day, with the main plan of the day."""
        for (usage_class, day), units in left.items():
            if units:
                plan = self.contract.plan_on(line, day)
                if not plan:
                    raise Refused(f"{usage_class} without a plan on {day}")
                rate, price = self.catalogue.rate(plan["plan"], usage_class, day)
                key = ("usage", line, f"{plan['plan']}:{usage_class}", price["from"])
                self.add(key, rate, day, units, price["price"], price.get("per", 1))

    def once(self) -> None:
        """Purchases that no balance has paid and that are not cancelled; an operator's credits and debits."""
        case, days = self.contract.case, self.contract.days(self.period)
        keys, bought = [], Counter[tuple[str, str]]()
        for one in case.get("charges", []):
            if day_of(one["day"]) in days and one.get("purse") != "prepaid" and not self.cancelled(one):
                bought[one["offer"], one["day"]] += 1
                name = ("one-off", one["id"], one["offer"], one["day"])
                keys.append(self.add(name, one, day_of(one["day"]), 1, one["price"]))
        for one in case.get("adjustments", []):
            if day_of(one["day"]) in days:
                name = ("adjustment", one["id"], "-", one["day"])
                keys.append(self.add(name, one, day_of(one["day"]), 1, one["amount"]))
                self.corrects[keys[-1]] = one.get("corrects")
        if len({*keys}) < len(keys):
            raise Refused("one charge twice")
        if any(count > self.contract.terms["purchases_a_day"] for count in bought.values()):
            raise Refused("too many purchases of one kind on a day")

    def cancelled(self, charge: Json) -> bool:
        """A withdrawal cancels within the period of the purchase; an operator's, which has a reason, at any time."""
        own = [one for one in self.contract.case.get("withdrawals", []) if one["charge"] == charge["id"]]
        start, end = self.period.start, self.period.end
        return any(one.get("reason") is not None or start <= day_of(one["day"]) <= end for one in own)


def draw(left: Left, families: list[str], days: list[date], units: int | None) -> list[list[Any]]:
    """Takes included units off usage: classes in their order, days ascending. No number of units is without end."""
    used: Counter[str] = Counter()
    for family in families:
        for usage_class in sorted({one for one, _ in left if within(one, family)}, key=class_order):
            for day in days:
                wanted = left.get((usage_class, day), 0)
                taken = wanted if units is None else min(wanted, units - used.total())
                left[usage_class, day] = wanted - taken
                used[usage_class] += taken
    return [[usage_class, taken] for usage_class, taken in used.items() if taken]


def plain(number: Fraction) -> str:
    """A decimal without needless zeros."""
    whole, part = divmod(number * 10**8, 10**8)
    return f"{whole}.{int(part):08}".rstrip("0").rstrip(".")
