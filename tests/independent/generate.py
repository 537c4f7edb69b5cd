"""Makes up contracts and what is asked of them, as docs/bill-compute.md describes the file. A seed and a number always
make the same case.

A case is one file, or several that follow each other: what has become known since, and a later day of billing. The
bills of one file are the earlier bills of the next; whoever computes them puts them in.
"""

import copy
from datetime import date
from typing import Any

from facts import ONE_DAY, Json
from tariffs import CLASSES, LONG_AGO, Tariffs

CURRENCIES = {"co": "COP", "sv": "USD", "gt": "GTQ", "hn": "HNL", "bo": "BOB", "py": "PYG"}
FACTS = ["lines", "plans", "additional", "services", "charges", "withdrawals", "adjustments", "usage", "records"]
CYCLE_DAYS = [1, 1, 5, 15, 20, 28, 29, 30, 31, 3, 11, 24]
ABROAD = [12025550147, 18095550147, 34600111222, 34500111222, 541155550147, 77055501470]


class Maker(Tariffs):
    """One case."""

    def __init__(self, seed: int, number: int) -> None:
        super().__init__(f"{seed}/{number}")
        self.steps = self.pick([1, 1, 1, 2, 2, 3])
        self.file: Json = {}
        # With which file a fact becomes known, by its kind and place.
        self.known: dict[tuple[str, int], int] = {}

    def cycle(self) -> Json:
        cycle: Json = {"day": self.pick(CYCLE_DAYS), "changes": []}
        for _ in range(self.pick([0, 0, 0, 1, 2])):
            if self.steps > 1 and self.chance(0.8):
                self.known["cycle", len(cycle["changes"])] = self.random.randrange(1, self.steps)
            cycle["changes"].append({"at": self.instant(self.day()), "id": self.id(), "day": self.pick(CYCLE_DAYS)})
        return cycle

    def add(self, kind: str, fact: Json, late: float = 0.45) -> None:
        """Adds a fact. Where there are several files, it may become known with a later one."""
        facts = self.file.setdefault(kind, [])
        if self.steps > 1 and self.chance(late):
            self.known[kind, len(facts)] = self.random.randrange(1, self.steps)
        facts.append(fact)

    def spans(self, kind: str, fact: Json, first: date, ends: float, late: float, **more: Any) -> None:
        """A fact from day to day, and perhaps another about the same thing after it; `more` is for the first only."""
        one = {**fact, **more, "from": str(first), **self.maybe(ends, to=str(self.day(first)))}
        self.add(kind, one, late)
        if "to" in one and self.chance(0.4):
            again = date.fromisoformat(one["to"]) + self.pick([1, 1, 9]) * ONE_DAY
            self.add(kind, {**fact, "from": str(again)})

    def line(self, number: int) -> str:
        # Numbers of lines begin with 3 in Colombia, and may begin with 7 everywhere else.
        first = 3 if self.country.calling == "57" else 7
        return self.country.calling + str(first * 10 ** (self.country.digits - 1) + number)

    def lines(self) -> None:
        for number in range(self.pick([1, 1, 2, 3])):
            line, first = self.line(number), self.pick([self.begin, self.begin, self.day(), self.begin - 60 * ONE_DAY])
            self.spans("lines", {"line": line, **self.maybe(0.5, profile=self.pick(["P", "Q"]))}, first, 0.2, 0)
            self.changes(line, first)
            for plan in ("X", "Y", "A"):
                if self.chance(0.25):
                    begins = self.day(self.begin - 20 * ONE_DAY)
                    self.spans("additional", {"line": line, "plan": plan}, begins, 0.5, 0.45)
            self.usage(line)

    def changes(self, line: str, first: date) -> None:
        """The plans of a line: around midnight, two in a day, two at one instant."""
        begun = {"line": line, "at": self.instant(first + self.pick([0, 0, 0, 3]) * ONE_DAY), "id": self.id()}
        self.add("plans", {**begun, "plan": self.pick(["A", "B", "C"]), **self.maybe(0.15, payment="prepaid")}, 0)
        days = [self.day() for _ in range(self.pick([0, 0, 1, 1, 2, 3]))]
        days += [self.pick(days)] if days and self.chance(0.4) else []
        same = self.instant(days[0]) if days else ""
        for day in days:
            change = {"line": line, "at": same if self.chance(0.2) else self.instant(day), "id": self.id()}
            paid = self.maybe(0.35, payment=self.pick(["prepaid", "postpaid"]))
            self.add("plans", {**change, "plan": self.pick(["A", "B", "C"]), **paid})

    def services(self) -> None:
        for service in ("S1", "S2", "S3"):
            for profile in ({}, {"profile": "P"}):
                if self.chance(0.3):
                    own = self.maybe(0.3, price=self.amount(90_000)) | self.maybe(0.3, fixed=self.pick([0, 1, 3, 12]))
                    first = self.day(self.begin - 20 * ONE_DAY)
                    self.spans("services", {"service": service, **profile}, first, 0.5, 0.45, **own)

    def purchases(self) -> None:
        for _ in range(self.pick([0, 1, 2, 4])):
            day, offer = self.day(), self.pick(["O1", "O2"])
            charge = {"id": self.id(), "offer": offer, "name": "Paquete", "day": str(day), "price": self.amount(40_000)}
            more = {**self.maybe(0.5, line=self.line(0)), **self.maybe(0.3, purse=self.pick(["prepaid", "postpaid"]))}
            self.add("charges", {**charge, **more, **self.tax(0.3)})
            if self.chance(0.4):
                gone = day + self.pick([0, 1, 10, 31, 45]) * ONE_DAY
                reason = self.maybe(0.5, reason=self.pick(["Error", None]))
                self.add("withdrawals", {"charge": charge["id"], "day": str(gone), **reason})
        for _ in range(self.pick([0, 0, 1, 2])):
            amount = self.pick(["", "-", "-"]) + self.amount(60_000)
            adjustment = {"id": self.id(), "day": str(self.day()), "amount": amount, "reason": "Ajuste"}
            adjustment |= {**self.tax(0.3), **self.maybe(0.3, corrects=self.pick(["1", "F-7"]))}
            self.add("adjustments", adjustment)

    def usage(self, line: str) -> None:
        for number in range(self.pick([0, 3, 10, 20])):
            classes = self.random.sample(CLASSES, self.pick([1, 2, 4]))
            units = {one: self.pick([0, 1, 7, 60, 95, 400, 2000]) for one in classes}
            self.add("usage", {"line": line, "day": str(self.day()), "source": f"f{number}", "units": units})
        for _ in range(self.pick([0, 0, 2, 8])):
            start = {"line": line, "start": self.instant(self.day())}
            if self.chance(0.3):
                session = {**start, "bytes": self.pick([0, 1, 1023, 1024, 1025, 5_000_000])}
                self.add("records", {"data": {**session, **self.maybe(0.5, roaming=self.chance(0.5))}})
            else:
                self.add("records", {"call": {**start, **self.call()}})

    def call(self) -> Json:
        told = self.pick(["ONNET", "OFFNET", "CUG", "LDI", "n/a", "n/a", None])
        abroad = told == "LDI" or told in ("n/a", None) and self.chance(0.5)
        own = self.line(77)
        call = {"other": self.pick(ABROAD) if abroad else int(self.pick([own, own[-self.country.digits :]]))}
        call["service"] = self.pick(["VOICE", "VOICE", "SMS", "VIDEO"])
        call["seconds"] = self.pick([0, 1, 29, 30, 31, 60, 61, 95, 3600])
        call |= {"told": told} if told else {}
        call |= self.maybe(0.2, told="Roaming", visited=self.pick([34, 1, 81]))
        return call | self.maybe(0.4, direction=self.pick(["IN", "OUT"]))

    def terms(self) -> Json:
        terms: Json = {"tax": self.inclusion} | self.maybe(0.1, multiple=self.pick([1, 5, 100]))
        terms |= self.maybe(0.3, negative_lines=False) or self.maybe(0.6, floor=self.pick([100, 5_000, 1_000_000]))
        return terms | self.maybe(0.7, jump_floor=self.pick([0, 10**12, 10**12]))

    def broken(self) -> None:
        """Something that cannot be billed, or that looks wrong."""
        line, plans = self.file["lines"][0], self.file["catalogue"][0]["plans"]
        charge = {"id": "twice", "offer": "O9", "name": "Paquete", "day": str(self.day()), "price": "5"}
        call = {"line": line["line"], "start": self.instant(self.day()), "service": "VOICE", "other": 99900000000}
        change = {"line": line["line"], "at": self.instant(self.day()), "id": "z", "plan": "NONE"}
        alone = {"line": line["line"], "from": str(self.begin)}
        credit = {"id": "large", "day": str(self.begin), "amount": "-99999999", "reason": "Ajuste"}
        extra, service = {"line": line["line"], "plan": "X", "from": LONG_AGO}, {"service": "S1", "from": LONG_AGO}
        kinds: list[Json] = [
            {"lines": [*self.file["lines"], {**line, "to": None}]},
            {"additional": [extra, extra], "plans": [{**change, "plan": "A"}], "lines": [alone]},
            {"services": [service, {**service, "price": "1"}]},
            {"plans": [*self.file["plans"], change]},
            {"charges": [charge, charge]},
            {"charges": [{**charge, "id": str(number)} for number in range(16)]},
            {"charges": [{**charge, "price": "5.001"}]},
            {"records": [{"call": call}]},
            {"terms": {**self.file["terms"], "credit_limit": 100}, "adjustments": [credit]},
            {"usage": [{"line": line["line"], "day": str(self.begin), "source": "f", "units": {"sms.roam.lejos": 1}}]},
        ]
        self.file |= self.pick(kinds)
        self.known.clear()
        if self.chance(0.2):
            plans["A"]["monthly"] = [{"from": str(self.begin + ONE_DAY), "price": "10"}]
        if self.chance(0.2):
            self.file["catalogue"][0]["rates"] = []

    def files(self) -> list[Json]:
        contract = {"id": "C-1", "first": str(self.begin), "currency": CURRENCIES[self.code], "cycle": self.cycle()}
        contract |= self.maybe(0.45, last=str(self.day(self.begin + 10 * ONE_DAY)))
        self.file = {"country": self.code, "catalogue": [self.catalogue()], "contract": contract, "terms": self.terms()}
        self.lines()
        self.services()
        self.purchases()
        if self.chance(0.05):
            self.broken()
        if self.steps == 1 and self.chance(0.4):
            period = self.day()
            return [{**self.file, "period": str(period), **self.maybe(0.4, until=str(self.day(period)))}]
        return [self.known_at(step) for step in range(self.steps)]

    def known_at(self, step: int) -> Json:
        """What is known at a step, and the day of billing; the last one often comes long after everything has ended."""
        if self.chance(0.3):
            self.file["catalogue"] = [*self.file["catalogue"], self.newer(self.file["catalogue"][-1])]
        file, last = copy.deepcopy(self.file), step + 1 == self.steps
        cycle = file["contract"]["cycle"]
        for kind, facts in [("cycle", cycle["changes"]), *((kind, file[kind]) for kind in self.file if kind in FACTS)]:
            facts[:] = [fact for place, fact in enumerate(facts) if self.known.get((kind, place), 0) <= step]
        if not last:
            # An end may become known late, and a source may have told too much of a day.
            file["contract"] |= self.maybe(0.3, last=None)
            for line in {line["line"]: line for line in file["lines"]}.values():
                line.update(self.maybe(0.3, to=None))
            for total in file.get("usage", []):
                total["units"] = {one: units + 40 * self.chance(0.2) for one, units in total["units"].items()}
        day = self.begin + (self.until - self.begin) * (step + 1) / self.steps + 5 * ONE_DAY
        return {**file, "bill_day": str(day + (self.pick([0, 1, 1, 32, 90]) if last else 0) * ONE_DAY)}


def files(seed: int, number: int) -> list[Json]:
    """The files of a case, in order."""
    return Maker(seed, number).files()
