"""Charts as drawings: axes with round numbers, lines, bands, bars and a grid of figures, legible without colour."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from schoolnet.output.scene import Item, Label, Path, Scene, box, line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH, HEIGHT = 360.0, 220.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 12.0, 34.0, 36.0
_GREY, _DARK, _PALE = "#8c959b", "#1d2327", "#e4e7e9"
_SMALL, _TINY = 8.0, 7.0
_TICKS = 4
_LETTER = 0.63  # width of a letter to its height, in the widest letters a reader may have
_ROW = 11.0  # of a key


class Series(NamedTuple):
    """One line of a chart.

    Attributes
    ----------
    label
        What it shows, set at its last place (`low` and `high` with it where the line has a band).
    points
        Places in the units of the axes.
    low, high
        Edges of its band, as many as points; empty: none.
    colour
        Colour of the line.
    dash
        The line is broken.
    """

    label: str
    points: tuple[tuple[float, float], ...]
    colour: str
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    dash: bool = False


class Bars(NamedTuple):
    """Figures of several classes, side by side for each."""

    label: str
    values: tuple[float, ...]
    fill: str


class Axis(NamedTuple):
    """What an axis measures, and how its numbers are written."""

    title: str
    shown: Callable[[float], str]


def empty(title: str, text: str) -> Scene:
    """Return a chart of nothing that says so."""
    return Scene(WIDTH, HEIGHT, title, (_title(title), Label(WIDTH / 2, HEIGHT / 2, text, anchor="middle")))


def lines(title: str, series: Sequence[Series], x: Axis, y: Axis, *, at: Sequence[float] = (), note: str = "") -> Scene:
    """Return a chart of lines, from 0 up; `at`: where the x axis is marked, else at round numbers."""
    xs = [px for one in series for px, _ in one.points]
    top = max([0.0, *(py for one in series for _, py in one.points), *(py for one in series for py in one.high)])
    ticks = round_numbers(top)
    marks = list(at) or [tick for tick in round_numbers(max(xs)) if tick <= max(xs)]
    first = min(xs) if at else 0.0
    span = max(max(xs) - first, 1e-9)
    labels = max(len(one.label) for one in series) * _TINY * _LETTER if at else 0.0
    wide = WIDTH - _LEFT - _RIGHT - labels
    tall = HEIGHT - _TOP - _BOTTOM

    def place(px: float, py: float) -> tuple[float, float]:
        return _LEFT + (px - first) / span * wide, HEIGHT - _BOTTOM - py / ticks[-1] * tall

    items = [*_frame(title, ticks, y, wide)]
    for mark in marks:
        spot = place(mark, 0.0)
        items += [
            line([spot, (spot[0], spot[1] + 3)], _GREY, width=0.6),
            Label(spot[0], spot[1] + 12, x.shown(mark), _TINY, "middle"),
        ]
    items += [Label(_LEFT + wide, HEIGHT - 8, x.title, _TINY, "end"), Label(4, HEIGHT - 8, note, _TINY)]
    for one in series:
        items += _line(one, place, named=bool(at))
    if not at:
        items += _key(series, [place(*point) for one in series for point in one.points])
    return Scene(WIDTH, HEIGHT, title, tuple(items))


def bars(title: str, classes: Sequence[str], groups: Sequence[Bars], y: Axis, note: str = "") -> Scene:
    """Return a chart of bars; a figure stands over each."""
    ticks = round_numbers(max((value for one in groups for value in one.values), default=0.0))
    wide, tall = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM - 10
    items = [*_frame(title, ticks, y, wide, tall)]
    step = wide / max(len(classes), 1)
    each = step * 0.8 / len(groups)
    for at, name in enumerate(classes):
        middle = _LEFT + step * (at + 0.5)
        items.append(Label(middle, _TOP + tall + 11, name, _TINY, "middle"))
        for turn, one in enumerate(groups):
            height = one.values[at] / ticks[-1] * tall
            left = middle - step * 0.4 + turn * each
            items.append(box(left, _TOP + tall - height, each * 0.94, height, one.fill, _DARK))
            if one.values[at]:
                shown = y.shown(one.values[at])
                items.append(Label(left + each * 0.47, _TOP + tall - height - 2, shown, 5.5, "middle"))
    items.append(Label(4, HEIGHT - 8, note, _TINY))
    right = WIDTH - _RIGHT
    for one in reversed(groups):
        right -= 18 + len(one.label) * _TINY * _LETTER
        items += [box(right, _TOP - 15, 8, 8, one.fill, _DARK), Label(right + 12, _TOP - 8, one.label, _TINY)]
    return Scene(WIDTH, HEIGHT, title, tuple(items))


def grid(title: str, rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[float]], y: Axis) -> Scene:
    """Return a grid of figures, the greater the darker."""
    most = max([1.0, *(value for row in values for value in row)])
    least = min([most, *(value for row in values for value in row)])
    left, top = 62.0, 40.0
    wide, tall = (WIDTH - left - _RIGHT) / len(columns), (HEIGHT - top - 8) / len(rows)
    items: list[Item] = [_title(title)]
    items += [Label(left + wide * (at + 0.5), top - 4, name, _TINY, "middle") for at, name in enumerate(columns)]
    for at, (name, row) in enumerate(zip(rows, values, strict=True)):
        middle = top + tall * (at + 0.5) + 2.5
        items.append(Label(left - 5, middle, name, _TINY, "end"))
        for turn, value in enumerate(row):
            depth = (value - least) / max(most - least, 1e-9)
            items += [
                box(left + wide * turn, top + tall * at, wide, tall, _shade(depth), "#ffffff"),
                Label(
                    left + wide * (turn + 0.5), middle, y.shown(value), _TINY, "middle",
                    colour="#ffffff" if depth > 0.6 else _DARK,  # noqa: PLR2004 - where dark words grow hard to read
                ),
            ]  # fmt: skip
    return Scene(WIDTH, HEIGHT, title, tuple(items))


def round_numbers(most: float) -> list[float]:
    """Return 0 and round numbers up to the first that is no less than the greatest value.

    >>> round_numbers(730)
    [0.0, 200.0, 400.0, 600.0, 800.0]
    """
    if most <= 0:
        return [0.0, 1.0]
    power = 10.0 ** math.floor(math.log10(most / _TICKS))
    step = next(one * power for one in (1, 2, 2.5, 5, 10) if one * power * _TICKS >= most or one == 10)  # noqa: PLR2004
    return [step * at for at in range(math.ceil(round(most / step, 9)) + 1)]


def _frame(title: str, ticks: Sequence[float], y: Axis, wide: float, tall: float = 0.0) -> list[Item]:
    tall = tall or HEIGHT - _TOP - _BOTTOM
    items: list[Item] = [_title(title), Label(4, _TOP - 8, y.title, _TINY)]
    for tick in ticks:
        level = _TOP + tall - tick / ticks[-1] * tall
        items.append(line([(_LEFT, level), (_LEFT + wide, level)], _GREY if tick == 0 else _PALE, width=0.6))
        items.append(Label(_LEFT - 4, level + 2.5, y.shown(tick), _TINY, "end"))
    return items


def _title(title: str) -> Label:
    return Label(4, 13, title, 9.5, bold=True)


def _line(one: Series, place: Callable[[float, float], tuple[float, float]], *, named: bool) -> list[Item]:
    items: list[Item] = []
    if one.low:
        along = [place(px, py) for (px, _), py in zip(one.points, one.high, strict=True)]
        back = [place(px, py) for (px, _), py in zip(one.points, one.low, strict=True)]
        items.append(Path(((*along, *reversed(back)),), fill=_paler(one.colour), closed=True))
    items.append(line([place(*point) for point in one.points], one.colour, width=1.6, dash=one.dash))
    if named:
        x, y = place(*one.points[-1])
        items.append(Label(x + 4, y + 2.5, one.label, _TINY))
    return items


def _key(series: Sequence[Series], taken: Sequence[tuple[float, float]]) -> list[Item]:
    """Return the key, below on the right or above on the left: where fewer places of the lines lie."""
    wide, tall = 26 + max(len(one.label) for one in series) * _TINY * _LETTER, _ROW * len(series)
    corners = [(WIDTH - _RIGHT - wide, HEIGHT - _BOTTOM - 4 - tall), (_LEFT + 6, _TOP + 2)]
    hidden = [
        sum(x > left - 2 and y > top for x, y in taken if x < left + wide and y < top + tall) for left, top in corners
    ]
    left, top = corners[hidden.index(min(hidden))]
    items: list[Item] = []
    for at, one in enumerate(series):
        y = top + _ROW * (at + 0.5)
        items += [
            line([(left, y), (left + 22, y)], one.colour, width=1.6, dash=one.dash),
            Label(left + 26, y + 2.5, one.label, _TINY),
        ]
    return items


def _paler(colour: str) -> str:
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(one + (255 - one) * 0.75):02x}" for one in parts)


def _shade(depth: float) -> str:
    pale, dark = (222, 235, 247), (8, 48, 107)
    parts = (round(a + (b - a) * depth) for a, b in zip(pale, dark, strict=True))
    return "#" + "".join(f"{one:02x}" for one in parts)
