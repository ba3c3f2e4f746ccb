"""The same calls through this library and through azure-batch 15.1.0: the same requests, the same results."""

from __future__ import annotations

from typing import Callable

import pytest

from compat.calls import members
from compat.comparison import Pair
from compat.differences import DIFFERENCES, Difference
from compat.samples import facts, operations


def _unexplained(pair: Pair) -> set[str]:
    """The aspects in which a pair is unequal without being meant to."""
    explained = (set(one.explains(pair)) for one in DIFFERENCES) if pair.unequal else ()
    return set(pair.unequal).difference(*explained)


@pytest.mark.parametrize("member", [*members(), "send_request"])
def test_calls_are_equal_but_for_the_listed_differences(member: str, pairs: list[Pair]) -> None:
    found = {str(pair): _unexplained(pair) for pair in pairs if pair.call["member"] == member}
    assert len(found) >= 4
    assert {name: sorted(aspects) for name, aspects in found.items() if aspects} == {}


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda one: one.name)
def test_a_listed_difference_is_still_one(difference: Difference, pairs: list[Pair]) -> None:
    explained = [pair for pair in pairs if pair.unequal.intersection(difference.explains(pair))]
    assert explained


@pytest.mark.parametrize("member", members())
def test_the_plain_call_goes_well_in_both(member: str, pairs: list[Pair]) -> None:
    # Two libraries that fail alike are equal, too; that must not pass for a comparison.
    plain = [pair for pair in pairs if pair.call["member"] == member and _is_plain(pair)]
    assert len(plain) >= 2
    assert [(str(pair), pair.ours["error"]) for pair in plain if pair.our_error] == []
    assert [(str(pair), pair.theirs["error"]) for pair in plain if pair.their_error] == []


def _is_plain(pair: Pair) -> bool:
    return (pair.call["kind"], pair.call["detail"]) == ("options", "all")


def test_every_operation_is_compared(pairs: list[Pair], record_property: Callable[[str, object], None]) -> None:
    called = {pair.call["member"] for pair in pairs}
    assert called == {*members(), "send_request"}
    # The rest of the 78: constructor, context manager and close, which every call goes through.
    rest = set(facts()["client"]) - called
    assert rest == {"__enter__", "__exit__", "__init__", "close"}
    equal = sum(not pair.unequal for pair in pairs)
    record_property(
        "comparison",
        f"{len(operations())} operations, {len(facts()['client'])} client members, {len(pairs)} calls compared: "
        f"{equal} equal in everything; {len(pairs) - equal} unequal in something, which {len(DIFFERENCES)} deliberate "
        f"differences explain; {sum(pair.sends_the_same for pair in pairs)} with the same requests letter by letter",
    )
