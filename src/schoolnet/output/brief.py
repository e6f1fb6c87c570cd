"""The brief: two pages of A4 on a region or a district, for an akim's desk: picture, figures, plots, sites, reasons."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schoolnet.disk import placed
from schoolnet.errors import Fault, OptionError
from schoolnet.messages import Message
from schoolnet.output import brief_text, pdf, plots, words
from schoolnet.output.picture import picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from schoolnet.output.brief_text import Content, Known
    from schoolnet.planning.plan import Plan

_WIDE = pdf.WIDTH - 2 * pdf.MARGIN
_GAP = 10.0
_SMALL, _TEXT, _FIGURE = 6.5, 7.5, 8.0
_LEAST = 150.0  # points: the picture is never lower
_KNOWN = 30  # districts named in a fault


def write(plan: Plan, folder: Path | str, *, lang: str = "kk", districts: Sequence[str | None] = (None,)) -> list[Path]:
    """Write a brief for each district asked for (None: the region); returns the files, all or none of them.

    Parameters
    ----------
    plan
        The plan.
    folder
        Where to: `brief.pdf` for the region, `brief-….pdf` with the identifier for a district.
    lang
        Language: kk, ru or en.
    districts
        Identifiers or names of districts.

    Raises
    ------
    OptionError
        No district is called so, or several are.
    SourceError
        The folder cannot be made or written to.
    """
    found = [None if one is None else find(plan, one) for one in districts]
    files = _files(found)
    of, walked = brief_text.known(plan, words.load(lang)), plots.walks(plan)
    with placed(Path(folder), tuple(files.values())) as part:
        for district, file in files.items():
            _write(of, part / file, district, walked)
    return [Path(folder) / file for file in files.values()]


def find(plan: Plan, asked: str) -> str:
    """Return the identifier of the district with this identifier, KATO code or name.

    Raises
    ------
    OptionError
        None is called so, or several are.
    """
    rows = plan.region.districts
    if asked in rows.index:
        return asked
    columns = [name for name in ("kato", "name", "name_kk", "name_ru", "name_en") if name in rows]
    told = rows[columns].astype(object).map(lambda one: str(one).strip().casefold() if isinstance(one, str) else "")
    hits = rows.index[(told == asked.strip().casefold()).any(axis=1)] if asked.strip() else rows.index[:0]
    if len(hits) == 1:
        return str(hits[0])
    known = ", ".join(f"{key} ({name})" for key, name in rows["name"].head(_KNOWN).items())
    problem = Message("no district is called “{name}”.", name=asked)
    if len(hits):
        problem = Message("several districts are called “{name}”.", name=asked)
    raise OptionError(Fault(problem, Message("Use one of {known}.", known=known)))


def _files(districts: Sequence[str | None]) -> dict[str | None, str]:
    """Return the file of each brief; an identifier keeps only its letters and digits, and no two files are one."""
    files: dict[str | None, str] = {}
    for one in dict.fromkeys(districts):
        stem = "brief" if one is None else f"brief-{re.sub(r'[^0-9A-Za-zА-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі_-]', '_', one)[:60]}"
        taken = sum(file == f"{stem}.pdf" or file.startswith(f"{stem}~") for file in files.values())
        files[one] = f"{stem}~{taken + 1}.pdf" if taken else f"{stem}.pdf"
    return files


def _write(of: Known, path: Path, district: str | None, walked: pd.DataFrame) -> None:
    told = brief_text.content(of, district)
    canvas = pdf.canvas(path, title=told.title, lang=of.said.lang)
    _first(of, canvas, told, district, walked)
    _second(of, canvas, told, district)
    canvas.save()


def _first(of: Known, canvas: Any, told: Content, district: str | None, walked: pd.DataFrame) -> None:
    """Draw the title, what must be said, the picture, the figures and three plots."""
    plan, said, page = of.plan, of.said, pdf.Page(canvas)
    page.title(told.title, size=17, least=10)
    page.text(told.subtitle, size=_FIGURE)
    page.y += 2
    for one in told.warnings:
        page.paragraph(pdf.Line("!", one), size=_SMALL)
    half = (_WIDE - _GAP) / 2
    shown = (
        plots.money(plan, said, district), plots.forecast(plan, said, district),
        plots.distance(walked, said, district),
    )  # fmt: skip
    tall = half / shown[0].width * shown[0].height
    page.y += 6
    room = max(_LEAST, pdf.HEIGHT - pdf.MARGIN - page.y - 2 * (tall + _GAP))
    drawn = picture(plan, said, width=_WIDE, height=room, district=district)
    page.y += page.scene(drawn, x=pdf.MARGIN, y=page.y, width=_WIDE) + _GAP
    right = pdf.MARGIN + half + _GAP
    page.scene(shown[0], x=right, y=page.y, width=half)
    below = page.y + tall + _GAP
    _figures(page, told, half, tall)
    page.scene(shown[1], x=pdf.MARGIN, y=below, width=half)
    page.scene(shown[2], x=right, y=below, width=half)
    page.end(f"{told.footer} · 1/2", told.stamp)


def _figures(page: pdf.Page, told: Content, width: float, height: float) -> None:
    """Draw the figures, each in bold with what it counts, in letters as large as their height allows."""
    room, aside = width - 46, 44.0
    for size in (7.5, 7.0, 6.5, 6.0, 5.5):
        lines = [pdf.wrapped(name, room, size, most=2) for name, _ in told.figures]
        if sum(len(one) * size * 1.28 + 0.8 for one in lines) <= height:
            break
    for (_, value), name in zip(told.figures, lines, strict=True):
        top = page.y
        page.text(value, size=size, bold=True)
        page.y = top
        for one in name:
            page.text(one, x=pdf.MARGIN + aside, size=size)
        page.y += 0.8


def _second(of: Known, canvas: Any, told: Content, district: str | None) -> None:
    """Draw sites, reasons, transport and acts; where they leave room, the forecast grade by grade."""
    page = pdf.Page(canvas)
    page.title(told.title, size=11, least=8)

    def more(count: int) -> str:
        return of.said.text("brief.more", count=of.said.number(count))

    room = pdf.HEIGHT - pdf.MARGIN - page.y - 8
    pdf.draw(page, pdf.flowed(told.blocks, room, _WIDE, _TEXT, more), _TEXT)
    grades = plots.cohorts(of.plan, of.said, district)
    wide = (_WIDE - _GAP) / 2
    if page.y + _GAP + wide / grades.width * grades.height < pdf.HEIGHT - pdf.MARGIN:
        page.scene(grades, x=pdf.MARGIN, y=page.y + _GAP, width=wide)
    page.end(f"{told.footer} · 2/2", told.stamp)
