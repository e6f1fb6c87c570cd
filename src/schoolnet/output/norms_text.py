"""The norms in words: what a reason rests on, and the list of a day for the terminal and the workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from schoolnet.law.entries import LANGS, STANDINGS
from schoolnet.output import words
from schoolnet.output.shares import Share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType
    from rich.table import Table

    from schoolnet.law.entries import Norm
    from schoolnet.law.norms import Norms

_VALUE, _DAY = 26, 10  # columns of the list


class Row(NamedTuple):
    """One norm of the list, in words."""

    standing: str
    clause: str
    value: str
    unit: str
    text: str
    notes: str
    since: str
    key: str


def clauses(norms: Norms) -> dict[str, dict[str, str]]:
    """Return, for each reason and note that rests on norms, its legal basis by language."""
    resting = words.REASONS | words.NOTES
    found = {key: {lang: basis(norms, keys, lang) for lang in LANGS} for key, keys in resting.items() if keys}
    return {key: said for key, said in found.items() if any(said.values())}


def basis(norms: Norms, keys: Iterable[str], lang: str) -> str:
    """Return the acts and clauses that norms of the plan rest on, each once, with what must be said beside them.

    An entry of a planner's own file is cited as the file says; one that names no act, by the name of the file.
    """
    found = dict.fromkeys(_basis(norms.in_force[key], lang) for key in keys if key in norms.in_force)
    return _capital("; ".join(one for one in found if one))


def targets(norms: Norms) -> dict[str, Any]:
    """Return the reasons that rest on targets, and the year in which the period of those that are over ended."""
    found = {key: [norms.in_force[one] for one in words.REASONS[key] if one in norms.in_force] for key in words.TARGETS}
    over = {
        key: [one.until.year for one in some if one.until and one.historical(norms.day)] for key, some in found.items()
    }
    return {"targets": [*words.TARGETS], "ended": {key: max(years) for key, years in over.items() if years}}


def rests_on(norms: Norms, reason: str, said: words.Words) -> str:
    """Return what a reason rests on, after the word for it: legal basis, or target; empty where it rests on nothing."""
    found = basis(norms, words.REASONS[reason], said.lang)
    return f"{said.text(f'card.{_head(reason)}')}: {found}" if found else ""


def cited(norms: Norms, reason: str, said: words.Words) -> str:
    """Return what a reason rests on, for a column of legal bases: a target is said to be one."""
    told = rests_on(norms, reason, said)
    return told if _head(reason) == "target" else basis(norms, words.REASONS[reason], said.lang)


def _head(reason: str) -> str:
    return "target" if reason in words.TARGETS else "clause"


def note(norms: Norms, key: str, sentence: str, lang: str) -> str:
    """Return the sentence of a note with its legal basis, where it has one."""
    rests = basis(norms, words.NOTES.get(key, ()), lang)
    return f"{sentence} {words.load(lang).text('card.clause')}: {rests}." if rests else sentence


def rows(norms: Norms, lang: str) -> list[Row]:
    """Return the norms of a day in words, those of one standing and one act together."""
    found = [_row(norm, norms, words.load(lang)) for norm in norms.in_force.values()]
    acts = {(row.standing, row.clause): at for at, row in reversed(list(enumerate(found)))}
    return sorted(found, key=lambda row: (STANDINGS.index(row.standing), acts[row.standing, row.clause]))


def shown(norm: Norm, said: words.Words) -> str:
    """Return a value as people write it."""
    value = norm.value
    if own := norm.say("shown", said.lang):
        return own
    if isinstance(value, bool):
        return said.text(f"choice.{'yes' if value else 'no'}")
    if isinstance(value, (int, float)):
        return said.percent(value) if _is_share(norm.key) else said.number(value, digits=4)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def cell(norm: Norm, said: words.Words) -> Any:
    """Return a value for a cell: a number or a share where it is a plain one, else as people write it."""
    plain = isinstance(norm.value, (int, float)) and not isinstance(norm.value, bool)
    if not plain or norm.say("shown", said.lang):
        return shown(norm, said)
    return Share(norm.value) if _is_share(norm.key) else norm.value


def _is_share(key: str) -> bool:
    return "share" in key.rpartition(".")[2].split("_")


def listing(norms: Norms, lang: str) -> Iterator[RenderableType]:
    """Return the list of a day's norms for the terminal, to be printed one after the other."""
    from rich.text import Text

    said, heads, found = words.load(lang), ("", ""), rows(norms, lang)
    yield Text(said.text("ui.norms_day", day=f"{norms.day:%d.%m.%Y}"), style="bold")
    if not found:
        yield Text(said.text("ui.list_empty"))
        return
    table = _table()
    table.add_row(*(Text(said.text(f"column.{name}"), style="dim") for name in ("value", "text", "since")))
    for row in found:
        if heads != (row.standing, row.clause):
            yield table
            if heads[0] != row.standing:
                yield Text(f"\n{said.text(f'standing.{row.standing}').upper()}", style="bold")
            if row.clause:
                yield Text(f"\n{row.clause}", style="italic")
            heads, table = (row.standing, row.clause), _table()
        about = Text(" ".join(part for part in (row.text, row.notes) if part)).append(f" [{row.key}]", style="dim")
        table.add_row(Text(_measured(row), style="bold"), about, row.since)
    yield table
    yield Text(f"\n{said.text('norm.dated')}", style="dim")


def _measured(row: Row) -> str:
    unit = f"({row.unit})" if row.unit and _is_share(row.key) else row.unit
    return f"{row.value} {unit}".strip()


def _table() -> Table:
    from rich.table import Table

    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(width=_VALUE)
    table.add_column(ratio=1)
    table.add_column(width=_DAY)
    return table


def _basis(norm: Norm, lang: str) -> str:
    cited = norm.citation(lang) or _file(norm, lang)
    beside = norm.say("note", lang)
    return f"{cited} ({beside})" if cited and beside else cited


def _file(norm: Norm, lang: str) -> str:
    return words.load(lang).text("norm.own", file=norm.file) if norm.file else ""


def _row(norm: Norm, norms: Norms, said: words.Words) -> Row:
    notes = []
    if norm.until is not None:
        years = "–".join(dict.fromkeys((f"{norm.begun:%Y}", f"{norm.until:%Y}")))
        notes.append(said.text("norm.historical" if norm.historical(norms.day) else "norm.period", years=years))
    if norm.file and norm.citation(said.lang):
        notes.append(_sentence(_file(norm, said.lang)))
    return Row(
        standing=norm.standing,
        clause=_capital(_basis(norm, said.lang)),
        value=shown(norm, said),
        unit=norm.say("unit", said.lang),
        text=_sentence(norm.say("text", said.lang)),
        notes=" ".join(notes),
        since=f"{norm.since:%d.%m.%Y}",
        key=norm.key,
    )


def _sentence(text: str) -> str:
    """Return a text as a sentence: a capital first, a full stop last."""
    return _capital(text) + ("" if text.endswith(".") or not text else ".")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
