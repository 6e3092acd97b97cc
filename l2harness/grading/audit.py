"""Proving that a lab grades rightly: by its reference, by nothing at all, and by its mutants.

Each mutant must fail exactly the checks that it says, and every check must be failed by one of
them, or nobody knows whether it can fail at all. For what strangers try, see `assault`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from l2harness.grading.equip import Order
from l2harness.grading.points import points_text
from l2harness.grading.result import Result, Verdict
from l2harness.grading.session import default_jobs, grade
from l2harness.labs.lab import Lab, load_lab
from l2harness.labs.mutants import (
    Mutant,
    assemble,
    assembled_references,
    mutants_folder,
    mutants_of,
)
from l2harness.labs.variants import variant_of
from l2harness.network.entry import WORKSPACE, current_mode

#: So many rounds are named one by one.
_NAMED_ROUNDS: Final = 5
#: What one submission was given: by the id of each check its verdict, with the points if these are
#: some of several; and its known mistakes as ``misconceptions``.
Marks: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Kill:
    """
    What a lab made of one mutant.

    Attributes:
        name: Of the mutant.
        title: What is wrong with it.
        failed: Ids of the checks that it failed.
        surprises: What is not as the mutant says, in sentences; empty is right.
    """

    name: str
    title: str
    failed: tuple[str, ...]
    surprises: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KillTable:
    """
    What a lab made of its references, of nothing at all, and of its mutants.

    Attributes:
        checks: Ids of all checks, in the order of the rubric.
        surprises: What is wrong with the references and with nothing, in sentences.
        kills: One for each mutant.
        elsewhere: Checks that mutants of the lab fail from which this one has its checks, by id:
            names of those mutants. They are graded when that lab is audited.
        marks: What each submission was given, by its name.
    """

    checks: tuple[str, ...]
    surprises: tuple[str, ...]
    kills: tuple[Kill, ...]
    elsewhere: Mapping[str, Sequence[str]] = field(default_factory=dict)
    marks: Mapping[str, Marks] = field(default_factory=dict)

    def killers(self, check: str) -> list[str]:
        """Return the names of the mutants that fail a check."""
        here = [kill.name for kill in self.kills if check in kill.failed]
        return [*here, *self.elsewhere.get(check, ())]

    @property
    def survivors(self) -> list[str]:
        """Ids of the checks that no mutant fails."""
        return [check for check in self.checks if not self.killers(check)]

    @property
    def right(self) -> bool:
        """Whether everything is as it should be."""
        return (
            not self.surprises
            and not self.survivors
            and not any(kill.surprises for kill in self.kills)
        )


def in_turn(orders: Iterable[Order]) -> Iterable[Result]:
    """Grade submissions one after the other, here, in namespaces of our own."""
    return map(grade, orders)


def kill_table(
    lab: Lab, seed: str, grade_all: Callable[[Sequence[Order]], Iterable[Result]] = in_turn
) -> KillTable:
    """
    Grade a lab's references, a submission that holds no program, and every mutant.

    Args:
        lab: Whose.
        seed: To draw from.
        grade_all: Returns the result of each order, in their order.

    Raises:
        SpecError: The lab has no reference, or a mutant cannot be read.
        L2HarnessError: As ``grade_all``.
    """
    private = WORKSPACE if current_mode() is not None else None
    with tempfile.TemporaryDirectory(prefix="audit-", dir=private) as place:
        lab = lab.drawn(variant_of(seed, "audit"))
        references = assembled_references(lab, Path(place) / "right")
        nothing = Path(place) / "nothing"
        nothing.mkdir()
        (nothing / "README").write_text("Nothing is handed in.\n")
        mutants = mutants_of(lab)
        submissions = [
            *references.items(),
            ("nothing", nothing),
            *((it.name, assemble(lab, it, Path(place) / it.name)) for it in mutants),
        ]
        jobs = default_jobs()
        results = list(
            grade_all([Order(lab, it, name, seed, jobs=jobs) for name, it in submissions])
        )
    surprises = [
        f"the {name}: {it}"
        for name, result in zip(references, results, strict=False)
        for it in short_of_full_marks(result)
    ]
    if score := results[len(references)].score:
        surprises.append(f"a submission without programs gets {score} points")
    judged = zip(mutants, results[len(references) + 1 :], strict=True)
    kills = [_kill(mutant, result) for mutant, result in judged]
    checks = tuple(check.id for check in results[list(references).index("reference")].checks)
    names = [*references, "nothing", *(f"mutant {it.name}" for it in mutants)]
    marks = {name: marks_of(it) for name, it in zip(names, results, strict=True)}
    return KillTable(checks, tuple(surprises), tuple(kills), _elsewhere(lab, checks), marks)


def marks_of(result: Result) -> Marks:
    """Return what a submission was given, without the words: these name random addresses."""
    given = {
        check.id: check.verdict.value
        if check.points in (0, check.max_points)
        else f"{check.verdict.value}, {points_text(check.points)} points"
        for check in result.checks
    }
    return {**given, "misconceptions": ", ".join(result.misconceptions) or "none"}


def unlike(rounds: Sequence[Mapping[str, Marks]]) -> list[str]:
    """
    Say what was not the same in several rounds of an audit; nothing if all were alike.

    Args:
        rounds: The marks of each, in their order.

    Returns:
        A sentence for each check of each submission that differed: what it was, in which rounds,
        the most usual first.
    """
    said = []
    for name in dict.fromkeys(name for marks in rounds for name in marks):
        every = [marks.get(name, {}) for marks in rounds]
        for check in dict.fromkeys(check for it in every for check in it):
            seen: dict[str, list[int]] = {}
            for number, it in enumerate(every, 1):
                seen.setdefault(it.get(check, "not there"), []).append(number)
            if len(seen) > 1:
                usual = sorted(seen.items(), key=lambda it: -len(it[1]))
                words = "; ".join(f"{what} {_in_rounds(numbers)}" for what, numbers in usual)
                said.append(f"{name}, {check}: {words}")
    return said


def _in_rounds(numbers: Sequence[int]) -> str:
    """Return which rounds, in words: a few by their numbers, more by how many they are."""
    if len(numbers) > _NAMED_ROUNDS:
        return f"in {len(numbers)} rounds"
    return f"in round {', '.join(map(str, numbers))}"


def _elsewhere(lab: Lab, checks: Iterable[str]) -> dict[str, list[str]]:
    if mutants_folder(lab) in (None, lab.code):
        return {}
    base = load_lab(lab.code)
    mutants = mutants_of(base)
    return {
        check: [f"{base.name}/{it.name}" for it in mutants if check in it.fails]
        for check in checks
    }


def _kill(mutant: Mutant, result: Result) -> Kill:
    surprises: list[str] = []
    for verdict, wanted in ((Verdict.FAIL, mutant.fails), (Verdict.BLOCKED, mutant.blocked)):
        found = {check.id for check in result.with_verdict(verdict)}
        surprises += [f"{it}: not {verdict.value}" for it in sorted(wanted - found)]
        surprises += [f"{it}: {verdict.value}" for it in sorted(found - wanted)]
    surprises += [f"{it.id}: {it.verdict.value}" for it in result.needs_instructor]
    failed = tuple(check.id for check in result.with_verdict(Verdict.FAIL))
    return Kill(mutant.name, mutant.title, failed, tuple(surprises))


def graded(lab: Lab, directory: Path, name: str, seed: str, jobs: int = 0) -> Result:
    """Grade one submission, by default with all cores; see `grade`."""
    return grade(Order(lab, directory, name, seed, jobs=jobs or default_jobs()))


def short_of_full_marks(result: Result) -> list[str]:
    """Return what kept a reference from full marks, in sentences."""
    return [
        f"{it.id} {it.verdict.value}: {it.rationale}"
        for it in result.checks
        if it.verdict is not Verdict.PASS
    ]
