"""Drawings and paragraphs on pages of A4 as a PDF: the same content gives the same bytes; nothing in it is a link.

Letters are those of DejaVu Sans, which holds Kazakh, as Matplotlib ships them (free to embed, LICENSE_DEJAVU beside
them). Text is drawn as text, never read as markup.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from schoolnet.output.letters import BOLD, PLAIN, register, wide
from schoolnet.output.scene import Disc, Label, Scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path as FilePath

    from schoolnet.output.scene import Path

WIDTH, HEIGHT = 595.28, 841.89  # A4, points
MARGIN = 36.0
_LEADING = 1.28
_STAMP = 5.0  # points
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Line(NamedTuple):
    """A paragraph: what it is about, in bold, and what is said of it."""

    lead: str
    text: str


class Block(NamedTuple):
    """A heading and its paragraphs; those that do not fit are counted, never dropped in silence."""

    head: str
    lines: tuple[Line, ...]


class Page:
    """One page being drawn, from the upper left corner down; `y` is where the next thing goes.

    Parameters
    ----------
    canvas
        A canvas of reportlab.
    """

    def __init__(self, canvas: Any) -> None:
        self._canvas = canvas
        self.y = MARGIN

    def text(self, words: str, *, x: float = MARGIN, size: float = 8.0, bold: bool = False) -> None:
        """Draw one line, cut where the page ends, and go down by its height."""
        shown = fitted(words, WIDTH - MARGIN - x, size, bold=bold)
        self._canvas.setFont(BOLD if bold else PLAIN, size)
        self._canvas.setFillColor("#1d2327")
        self._canvas.drawString(x, HEIGHT - self.y - size, shown)
        self.y += size * _LEADING

    def title(self, words: str, *, size: float, least: float) -> None:
        """Draw a line in bold, in letters as large as fit, but no smaller than the least."""
        full = wide(clean(words), size, bold=True)
        self.text(words, size=max(least, min(size, size * (WIDTH - 2 * MARGIN) / max(full, 1.0))), bold=True)

    def paragraph(self, said: Line, *, size: float = 7.5) -> None:
        """Draw a paragraph over the width of the page, and go down by its height."""
        lead, lines = _set(said, WIDTH - 2 * MARGIN, size)
        if lead:
            top = self.y
            self.text(lead, size=size, bold=True)
            self.y = top
        for at, one in enumerate(lines):
            self.text(one, x=MARGIN + (_after(lead, size) if at == 0 else 0.0), size=size)

    def scene(self, scene: Scene, *, x: float, y: float, width: float) -> float:
        """Draw a scene with its upper left corner at a place; return its height."""
        scale = width / scene.width
        self._canvas.saveState()
        self._canvas.translate(x, HEIGHT - y)
        self._canvas.scale(scale, -scale)
        for one in scene.items:
            self._item(one)
        self._canvas.restoreState()
        return scene.height * scale

    def end(self, footer: str, stamp: str = "") -> None:
        """Write the foot of the page, under it a small stamp, and close it."""
        self.y = HEIGHT - MARGIN + 5
        self.text(footer, size=6.5)
        for one in wrapped(stamp, WIDTH - 2 * MARGIN, _STAMP, most=2) if stamp else ():
            self.text(one, size=_STAMP)
        self._canvas.showPage()

    def _item(self, one: Path | Disc | Label) -> None:
        if isinstance(one, Label):
            self._label(one)
        elif isinstance(one, Disc):
            fill, stroke = self._paint(one.fill, one.edge, 0.4, dash=one.dash)
            self._canvas.circle(one.x, one.y, one.radius, stroke=stroke, fill=fill)
        else:
            fill, stroke = self._paint(one.fill, one.edge, one.width, dash=one.dash)
            path = self._canvas.beginPath()
            for ring in one.rings:
                path.moveTo(*ring[0])
                for point in ring[1:]:
                    path.lineTo(*point)
                if one.closed:
                    path.close()
            self._canvas.drawPath(path, stroke=stroke, fill=fill, fillMode=0)  # 0: a ring inside is a hole

    def _paint(self, fill: str, edge: str, width: float, *, dash: bool) -> tuple[int, int]:
        if fill:
            self._canvas.setFillColor(fill)
        if edge:
            self._canvas.setStrokeColor(edge)
            self._canvas.setLineWidth(width)
        self._canvas.setDash([3, 2] if dash else [])
        return int(bool(fill)), int(bool(edge))

    def _label(self, one: Label) -> None:
        shown, font = clean(one.text), BOLD if one.bold else PLAIN
        self._canvas.saveState()
        self._canvas.translate(one.x, one.y)
        self._canvas.scale(1, -1)
        shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[one.anchor] * wide(shown, one.size, bold=one.bold)
        for halo in (True, False) if one.halo else (False,):
            self._canvas.saveState()  # the way letters are painted outlives their text
            text = self._canvas.beginText(-shift, 0)
            text.setFont(font, one.size)
            text.setTextRenderMode(1 if halo else 0)  # 1: the outline alone
            self._canvas.setStrokeColor("#ffffff")
            self._canvas.setLineWidth(1.6)
            self._canvas.setDash([])
            text.setFillColor(one.colour)
            text.textOut(shown)
            self._canvas.drawText(text)
            self._canvas.restoreState()
        self._canvas.restoreState()


def canvas(path: FilePath, *, title: str, lang: str) -> Any:
    """Return a canvas for a file of A4 pages that says no time of day."""
    from reportlab.pdfgen.canvas import Canvas

    register()
    made = Canvas(str(path), pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1, lang=lang)
    made.setTitle(clean(title))
    made.setCreator("schoolnet")
    return made


def flowed(
    blocks: Sequence[Block], height: float, width: float, size: float, more: Callable[[int], str]
) -> list[Block]:
    """Return blocks cut to a height: paragraphs are taken from each in turn while they fit.

    Parameters
    ----------
    blocks
        In the order of the page; one without paragraphs is left out.
    height, width, size
        Room there is, width of lines, size of letters, in points.
    more
        Gives the line “… and so many more” for a count.
    """
    some = [block for block in blocks if block.lines]
    line = size * _LEADING
    tall = [[len(_set(one, width, size)[1]) * line for one in block.lines] for block in some]
    kept = [0] * len(some)
    used = sum(_head(size) + line for _ in some)  # each has the line of its count until it is whole
    waiting = list(range(len(some)))
    while waiting:
        for at in tuple(waiting):
            whole = kept[at] + 1 == len(tall[at])
            needed = tall[at][kept[at]] - line * whole
            if used + needed > height:
                waiting.remove(at)
                continue
            used, kept[at] = used + needed, kept[at] + 1
            if whole:
                waiting.remove(at)
    return [_cut(block, count, more) for block, count in zip(some, kept, strict=True)]


def _cut(block: Block, kept: int, more: Callable[[int], str]) -> Block:
    left = len(block.lines) - kept
    return block if not left else Block(block.head, (*block.lines[:kept], Line("", more(left))))


def draw(page: Page, blocks: Iterable[Block], size: float) -> None:
    """Draw blocks one under another."""
    for block in blocks:
        page.y += size * 0.6
        page.text(block.head, size=size + 1.5, bold=True)
        page.y += size * 0.2
        for said in block.lines:
            page.paragraph(said, size=size)


def _head(size: float) -> float:
    return (size + 1.5) * _LEADING + size * 0.8


def _set(said: Line, width: float, size: float) -> tuple[str, list[str]]:
    """Return the lead of a paragraph and its lines; the first stands after the lead."""
    lead = fitted(said.lead, width / 2, size, bold=True) if said.lead else ""
    return lead, wrapped(said.text, width, size, indent=_after(lead, size))


def _after(lead: str, size: float) -> float:
    return wide(lead, size, bold=True) + size * 0.5 if lead else 0.0


def wrapped(words: str, width: float, size: float, *, most: int = 6, indent: float = 0.0) -> list[str]:
    """Return a text in lines of a width, the first indented, at most so many; the last is cut if more would follow."""
    lines: list[str] = []
    now = ""
    for word in clean(words).split(" "):
        longer = f"{now} {word}" if now else word
        if wide(longer, size) <= width - (indent if not lines else 0.0):
            now = longer
            continue
        lines += [now] if now or (indent and not lines) else []
        now = fitted(word, width, size)
    lines.append(now)
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], fitted(f"{lines[most - 1]} …", width, size)]


def fitted(words: str, width: float, size: float, *, bold: bool = False) -> str:
    """Return a line no wider than so many points; one that is cut ends in `…`."""
    shown = clean(words)
    if wide(shown, size, bold=bold) <= width:
        return shown
    low, high = 0, len(shown)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if wide(shown[:middle] + "…", size, bold=bold) <= width else (low, middle - 1)
    return shown[:low] + "…"


def clean(words: str) -> str:
    """Return a text as one line without characters that draw nothing or turn the line about."""
    return " ".join(_CONTROL.sub(" ", words).split())
