"""Makes a history that is not linearizable as short as it can be, and draws it.

Each step leaves a history that no order explains only if none explained the one before:

- the end is cut off: what was on its way then may have been done or not;
- of many, the beginning is cut off where nothing was on its way, and becomes every state that it
  may have led to;
- what only reads is left out, which takes nothing from whoever is left;
- what changes something is taken as perhaps done and perhaps not, and is not shown any more. What
  made the thing stays.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.histories.objects import Object
from tests.histories.operation import NEVER, Operation
from tests.histories.search import Search, Specification

MAKES = ("create", "begin")
MOST_EACH = 20_000
"""How many places each search here may come to: many are made, and most are short."""

WIDTH = 40
MANY = 40
MOST_CUTS = 60


@dataclass(frozen=True)
class Short:
    """A history that is not linearizable: from any of the states, or the rules' own, on."""

    operations: Sequence[Operation]
    states: frozenset[Hashable] | None = None


def explained(thing: Object) -> str:
    """Return the shortest history of an object that is not linearizable, drawn."""
    short = shortest(thing.rules, thing.operations)
    search = Search(thing.rules, short.operations, short.states, MOST_EACH)
    search.finds_an_order()
    return drawn(thing, short, search.longest)


def shortest(
    rules: Specification[Any], operations: Sequence[Operation], most: int = MOST_EACH
) -> Short:
    """Make a history shorter that is known not to be linearizable."""
    short = _without_end(rules, Short(sorted(operations, key=lambda one: one.start)), most)
    if len(short.operations) > MANY:
        short = _without_beginning(rules, short, most)
    return _without_others(rules, short, most)


def _is_wrong(rules: Specification[Any], short: Short, most: int) -> bool:
    search = Search(rules, short.operations, short.states, most)
    return not search.finds_an_order() and not search.gave_up


def _without_end(rules: Specification[Any], short: Short, most: int) -> Short:
    """Cut the end off, as early as there is no order."""
    ends = sorted({one.end for one in short.operations if one.end != NEVER})
    low, high = 0, len(ends) - 1
    while low < high:
        middle = (low + high) // 2
        if _is_wrong(rules, _until(rules, short, ends[middle]), most):
            high = middle
        else:
            low = middle + 1
    cut = _until(rules, short, ends[low])
    return cut if _is_wrong(rules, cut, most) else short


def _until(rules: Specification[Any], short: Short, time: float) -> Short:
    begun = [one for one in short.operations if one.start <= time]
    return Short(
        [
            one if one.end <= time else replace(one, end=NEVER, optional=True)
            for one in begun
            if one.end <= time or not rules.only_reads(one)
        ]
    )


def _without_beginning(rules: Specification[Any], short: Short, most: int) -> Short:
    """Cut the beginning off, as late as there is no order of the rest."""
    for cut in _quiet_moments(short)[:-MOST_CUTS:-1]:
        before = [one for one in short.operations if one.start < cut]
        search = Search(rules, before, most=most)
        states = frozenset(state for (state,) in search.ends())
        rest = [one for one in short.operations if one.end >= cut]
        if not search.gave_up and _is_wrong(rules, Short(rest, states), most):
            return Short(rest, states)
    return short


def _quiet_moments(short: Short) -> list[float]:
    """Return when something began while nothing was on its way that surely was done."""
    moments, busy_until = [], NEVER
    for one in short.operations:
        if not one.optional:
            if busy_until < one.start:
                moments.append(one.start)
            busy_until = one.end if busy_until == NEVER else max(busy_until, one.end)
    return moments


def _without_others(rules: Specification[Any], short: Short, most: int) -> Short:
    """Leave out one by one what is not needed for there to be no order."""
    for one in reversed(short.operations):
        others = [other for other in short.operations if other is not one]
        if not rules.only_reads(one):
            if one.kind in MAKES or one.optional:
                continue
            others.append(replace(one, optional=True))
        without = Short(others, short.states)
        if _is_wrong(rules, without, most):
            short = without
    return short


def drawn(thing: Object, short: Short, longest: Sequence[Operation]) -> str:
    """Draw a history: what was done, when it began and ended, and how far an order gets."""
    shown = [one for one in short.operations if not one.optional]
    shown.sort(key=lambda one: one.start)
    moments = sorted({one.start for one in shown} | {one.end for one in shown})
    columns = {moment: at * WIDTH // max(1, len(moments)) for at, moment in enumerate(moments)}
    names = {id(one): str(number) for number, one in enumerate(shown, start=1)}
    began = shown[0].start if shown else 0
    lines = [f"The {thing.name} of {thing.owner} is not linearizable:"]
    if short.states is not None:
        lines += [f"       before: {one}" for one in sorted(map(_said, short.states))[:3]]
    for one in shown:
        first, last = columns[one.start], columns[one.end]
        bar = (" " * first + "├" + "─" * max(0, last - first - 1) + "┤").ljust(WIDTH + 2)
        lines.append(f"{names[id(one)]:>5}  {bar} {one.start - began:8.3f} s  {one}")
    order = [names.get(id(one), one.kind) for one in longest]
    lost = [name for name in names.values() if name not in order]
    others = sum(one.optional for one in short.operations)
    lines.append(f"The longest order is {', '.join(order) or 'none'}; then not {', '.join(lost)}.")
    if others:
        lines.append(f"So it is whether or not {others} others were done that may have been.")
    return "\n".join(lines)


def _said(state: Hashable) -> str:
    return "; ".join(sorted(map(str, state))) if isinstance(state, frozenset) else str(state)
