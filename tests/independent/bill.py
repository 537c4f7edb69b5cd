"""A bill is a difference: what periods cost by all that is known, less what bills have charged. Rules: price.py."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from facts import Catalogue, Contract, Json, Period, Refused, day_of, half_away, period_after, period_with
from price import Key, Pricing, plain

SECTIONS = ["recurring", "one-off", "usage", "correction", "adjustment"]
LOOKS = 3


@dataclass
class Billed:
    """What bills have done about a period. `by` is the bill that charged a key last."""

    period: Period
    looks: int = 0
    versions: list[int] = field(default_factory=list)
    charged: dict[Key, int] = field(default_factory=dict)
    by: dict[Key, str | None] = field(default_factory=dict)


class Books:
    """What earlier bills have charged, period by period, and which period comes next."""

    def __init__(self, contract: Contract, earlier: list[Json]) -> None:
        self.contract = contract
        self.periods: list[Billed] = []
        self.totals: list[int] = []
        for bill in earlier:
            self.close(self.fact(bill["closes"]), bill.get("catalogue", []))
            if bill.get("advance"):
                self.fact(bill["advance"])
            # A bill without a number was never issued: it closes its period, and has charged nothing.
            if bill.get("number"):
                for line in bill.get("lines", []):
                    key, amount = Key(*line["key"].split("/")), contract.minor(line["amount"])
                    self.charge(key, self.of(key).charged.get(key, 0) + amount, bill["number"] if amount > 0 else None)
                self.issue([(one["kind"], contract.minor(one["total"])) for one in bill.get("documents", [])])

    def of(self, key: Key) -> Billed:
        return next(billed for billed in self.periods if billed.period.start == day_of(key.period))

    def fact(self, days: Json) -> Billed:
        """The period that a bill made a fact: what follows the one before, by a cycle day that the contract has had."""
        start, end = day_of(days["from"]), day_of(days["to"])
        known = [billed for billed in self.periods if billed.period.start == start]
        before = self.periods[-1].period if self.periods else None
        for cycle_day in [*([before.cycle_day] if before else []), *self.contract.cycle_days]:
            period = period_after(before, cycle_day) if before else period_with(start, cycle_day)
            if not known and (period.start, period.end) == (start, end):
                known = [self.open(period)]
        if not known:
            raise Refused(f"no cycle day explains {start} to {end}")
        return known[0]

    def open(self, period: Period) -> Billed:
        """A period among those that are facts."""
        for billed in self.periods:
            if billed.period == period:
                return billed
        self.periods.append(Billed(period))
        return self.periods[-1]

    def close(self, closed: Billed, versions: list[int]) -> None:
        """A closing looks at the period that it closes, and once more at those closed before."""
        closed.versions = versions
        for billed in self.periods:
            billed.looks += billed.looks > 0 or billed is closed

    def charge(self, key: Key, amount: int, number: str | None) -> None:
        billed = self.of(key)
        billed.charged[key] = amount
        billed.by[key] = number or billed.by.get(key)

    def issue(self, documents: list[tuple[str, int]]) -> None:
        self.totals += [total for kind, total in documents if kind == "invoice"]

    def next_period(self) -> Period:
        """The oldest that is not closed: one charged in advance, or the one that follows by the newest cycle day."""
        waiting = [billed.period for billed in self.periods if not billed.looks]
        return waiting[0] if waiting else self.following(self.periods[-1].period if self.periods else None)

    def following(self, period: Period | None) -> Period:
        cycle_day = self.contract.cycle_days[-1]
        return period_after(period, cycle_day) if period else period_with(self.contract.first, cycle_day)

    def due(self, bill_day: date) -> Period | None:
        """An ended contract has periods until its last one has been looked at three times, and until nothing is left that was
        charged beyond its end and can still be taken back."""
        period, last = self.next_period(), self.contract.last
        after_end = sum(billed.looks > 0 and billed.period.start > last for billed in self.periods)
        beyond = [billed for billed in self.periods if billed.looks < LOOKS and billed.period.start > last]
        settled = not any(amount for billed in beyond for amount in billed.charged.values())
        over = period.start > last and after_end >= LOOKS - 1 and settled
        return period if period.end < bill_day and not over else None


def difference(pricing: Pricing, before: Billed | None, section: str | None = None) -> list[Json]:
    """Over all keys that are priced now or were ever charged; what is not priced any more counts 0."""
    before, charges, lines = before or Billed(pricing.period), pricing.charges(), []
    for key in {**before.charged, **charges}:
        was, now = before.charged.get(key), charges.get(key)
        kind = "recurring" if key.kind in ("plan", "additional", "service") else key.kind
        corrected = "correction" if was is not None else section or kind
        line = {"key": key, "section": kind if kind == "adjustment" else corrected, "was": was, "is": now}
        line["corrects"] = before.by.get(key) or pricing.corrects.get(key)
        lines.append({**line, "amount": (now or 0) - (was or 0)})
    return [line for line in lines if line["amount"]]


def taxes_of(rate: str) -> list[tuple[str, Fraction]]:
    """Names and percentages: IVA19+INC4."""
    return [(name, Fraction(percent)) for name, percent in re.findall(r"([A-Z]+)([0-9.]+)", rate)]


def portion(amount: int, percent: Fraction, rate: str, inclusion: str) -> Fraction:
    """A tax on an amount; where tax is inside, the amount is 100 and all percentages of its rate."""
    inside = sum(percent for _, percent in taxes_of(rate)) if inclusion == "inside" else 0
    return amount * percent / (100 + inside)


def taxed(contract: Contract, lines: list[Json], corrects: str | None = None) -> Json:
    """A document: each tax once of the sum of all lines that bear it, and the lines' shares of it."""
    inclusion, taxes = contract.terms["tax"], []
    for line in lines:
        line["tax"] = 0
    for name, percent in dict.fromkeys(tax for line in lines for tax in taxes_of(line["key"].tax)):
        bearing = [line for line in lines if (name, percent) in taxes_of(line["key"].tax)]
        parts = [portion(line["amount"], percent, line["key"].tax, inclusion) for line in bearing]
        amount = half_away(sum(parts, Fraction(0)))
        for line, part in zip(bearing, parts, strict=True):
            line["tax"] += half_away(part)
        # What rounding leaves over goes to the largest line, of equals to the first.
        max(bearing, key=lambda line: abs(line["amount"]))["tax"] += amount - sum(map(half_away, parts))
        base = sum(line["amount"] for line in bearing)
        taxes.append([name, plain(percent), contract.text(base), contract.text(amount)])
    for line in lines:
        line["net"] = line["amount"] - (0 if inclusion == "on-top" else line["tax"])
        line["total"] = line["net"] + line["tax"]
    exact, multiple = sum(line["total"] for line in lines), contract.terms["multiple"]
    total = abs(exact) // multiple * (multiple if exact > 0 else -multiple)
    kind = "credit-note" if total < 0 else "invoice"
    amounts = {"net": sum(line["net"] for line in lines), "rounding": total - exact, "total": total}
    return {"kind": kind, "corrects": corrects, "taxes": taxes, "lines": lines, **amounts}


def documents(contract: Contract, lines: list[Json]) -> list[Json]:
    """One; or an invoice, and a credit note for each bill corrected, where an invoice may have no lines below zero."""
    lines.sort(key=lambda line: (SECTIONS.index(line["section"]), line["key"].order()))
    if contract.terms["negative_lines"]:
        return [taxed(contract, lines)] if lines else []
    above, below = [line for line in lines if line["amount"] > 0], defaultdict(list)
    for line in lines:
        if line["amount"] < 0:
            below[line["corrects"]].append(line)
    notes = [taxed(contract, below[bill], bill) for bill in sorted(below, key=lambda bill: bill or "")]
    return ([taxed(contract, above)] if above else []) + notes


def check(contract: Contract, totals: list[int], found: list[Json]) -> None:
    """What looks wrong: a large credit note; an invoice of more than ten times the average of the last three."""
    limit = contract.terms["credit_limit"]
    for document in found:
        total = document["total"]
        if document["kind"] == "credit-note":
            if limit is not None and -total > limit:
                raise Refused("a credit note above the limit")
        elif total > contract.terms["jump_floor"] and len(totals) >= 3 and 3 * total > 10 * sum(totals[-3:]):
            raise Refused("a bill far above those before")


def settle(contract: Contract, books: Books, period: Period, number: str) -> Json:
    """Closes a period: its price, another look at the two before it, and what is charged in advance for the next."""
    again = [billed for billed in books.periods if 0 < billed.looks < LOOKS]
    looks = [(billed, Pricing(contract, billed.period, Catalogue(contract.case, billed.versions))) for billed in again]
    closing = Pricing(contract, period, Catalogue(contract.case, []))
    ahead = Pricing(contract, books.following(period), Catalogue(contract.case, []), in_advance=True)
    advance = difference(ahead, None)
    lines = [line for billed, pricing in looks for line in difference(pricing, billed, "correction")]
    mine = next((billed for billed in books.periods if billed.period == period), None)
    found = documents(contract, lines + difference(closing, mine) + advance)
    # A small document of a contract that has ended is only reported.
    issued = contract.last >= period.start or any(abs(one["total"]) >= contract.terms["floor"] for one in found)
    for billed, pricing in looks:
        billed.versions = pricing.catalogue.numbers
    books.close(books.open(period), closing.catalogue.numbers)
    bill = shown(contract, found, closing, {"from": str(period.start), "to": str(period.end)})
    if advance:
        bill["advance"] = {"from": str(ahead.period.start), "to": str(ahead.period.end)}
    if issued:
        check(contract, books.totals, found)
        if advance:
            books.open(ahead.period)
        for line in (line for document in found for line in document["lines"]):
            books.charge(line["key"], line["is"] or 0, number if line["amount"] > 0 else line["corrects"])
        books.issue([(document["kind"], document["total"]) for document in found])
    return {**bill, "number": number} if issued and found else bill


def shown(contract: Contract, found: list[Json], pricing: Pricing, closes: Json | None = None) -> Json:
    """A bill as the program prints it, without words."""
    bill: Json = {"catalogue": pricing.catalogue.numbers, "lines": [], "documents": [], "included": pricing.included}
    for place, document in enumerate(found):
        for line in document["lines"]:
            names = [name for name in ("amount", "was", "is", "net", "tax", "total") if line[name] is not None]
            amounts = {name: contract.text(line[name]) for name in names}
            bill["lines"].append(
                {"document": place, "section": line["section"], "key": "/".join(line["key"]), **amounts}
            )
        amounts = {name: contract.text(document[name]) for name in ("net", "rounding", "total")}
        corrects = {"corrects": document["corrects"]} if document["corrects"] else {}
        bill["documents"].append({"kind": document["kind"], "taxes": document["taxes"], **corrects, **amounts})
    return {**bill, "closes": closes} if closes else bill


def compute(case: Json) -> list[Json]:
    """The bills of a file, or the one that prices a period."""
    contract, bills = Contract(case), list[Json]()
    if "period" in case:
        books = Books(contract, [])
        period = books.next_period()
        while period.end < day_of(case["period"]):
            period = books.following(period)
        pricing = Pricing(contract, period, Catalogue(case, []))
        return [shown(contract, documents(contract, difference(pricing, None)), pricing)]
    books = Books(contract, case.get("earlier", []))
    while due := books.due(day_of(case["bill_day"])):
        number = str(len(case.get("earlier", [])) + len(bills) + 1)
        bills.append(settle(contract, books, due, number))
    return bills
