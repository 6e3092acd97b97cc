"""A class for tests: submissions of which each is in another part of the class's documents."""

from __future__ import annotations

from dataclasses import replace

from audiences import mixed
from results import failing, finding, hostile, perfect, result, unjudged

from l2harness.grading.result import Result, Submission, Verdict


def named(sample: Result, name: str, digest: str = "", **more) -> Result:
    """The same result for another submission, by default one with files of its own."""
    own = Submission(name, digest or f"sha256:{name}", (), **more)
    return replace(sample, submission=own)


def a_class() -> list[Result]:
    """Seven submissions of one rubric: two perfect, three alike, one that nobody could grade."""
    ungraded = result(
        tuple(
            replace(check, verdict=Verdict.ERROR, points=0, rationale="No sandbox.")
            for check in perfect().checks
        )
    )
    return [
        named(failing(), "grace", "sha256:same"),
        named(perfect(), "ada", student="Ada Lovelace", student_id="1"),
        named(perfect(), "Zoë"),
        named(ungraded, "linus"),
        named(failing(), "bob", "sha256:same"),
        named(failing(), "Eve", "sha256:same"),
        named(half(), "dan"),
    ]


def half() -> Result:
    """The client is right but for one thing, which follows from another; the server was judged."""
    before = perfect()
    checks = tuple(
        replace(check, verdict=Verdict.FAIL, points=2.5, misconception="frame-too-long")
        if check.id == "client.minimum-frame"
        else check
        for check in before.checks
    )
    found = [
        finding("ethertype-byte-order", "Seen.", "client.ethertype"),
        finding(
            "frame-too-long",
            "Seen.",
            "client.minimum-frame",
            title="The frame is too long.",
            follows_from="ethertype-byte-order",
        ),
    ]
    return result(checks, findings=found)


def every_class() -> dict[str, list[Result]]:
    """Classes of every kind, by a name."""
    return {
        "none": [],
        "one": [perfect()],
        "a class": a_class(),
        "two versions": [perfect(), named(unjudged(), "old"), mixed()],
        "hostile": [hostile(), named(hostile(), "../../etc/passwd"), *a_class()],
        "large": [named(it, f"{n}-{it.submission.name}") for n in range(30) for it in a_class()],
    }
