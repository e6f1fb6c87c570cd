"""Know a planner's own table by its headers - network schools, partners, okrugs - and read its rows as text."""

from __future__ import annotations

import tomllib
from functools import cache, partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet import given
from schoolnet.errors import Fault, SchoolnetError, SourceError, TableError
from schoolnet.ledger import Recorder
from schoolnet.messages import Message, joined
from schoolnet.region import hashed
from schoolnet.sources import cells, headings, names, sheet, text
from schoolnet.sources.forms import Form
from schoolnet.sources.kinds import Header

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SHOWN = 5  # of the rows of a table none of which can be used
_SHEETS = (".csv", ".tsv", ".txt", ".xlsx")
_PLACES = ("kato", "settlement", "district", "oblast", "oblast_kato")
_SAID: Mapping[str, Message] = {
    "network": Message("network schools"),
    "partners": Message("universities and colleges"),
    "okrugs": Message("education okrugs"),
}


@cache
def words() -> dict[str, Any]:
    """Return the headers and values of the tables in English, Russian and Kazakh."""
    return tomllib.loads(resources.files("schoolnet.sources").joinpath("given.toml").read_text(encoding="utf-8"))


def knows(path: Path | str) -> bool:
    """Return whether a file is one of these tables by its headers; what cannot be read is none of them."""
    path = Path(path)
    if path.suffix.casefold() not in _SHEETS:
        return False
    try:
        return len(_headers(sheet.sheets(path))) == 1
    except SchoolnetError:
        return False


def read(paths: Iterable[Path | str]) -> list[Form]:
    """Read tables, each of the kind its headers say.

    Raises
    ------
    SourceError
        With every fault of every file that cannot be read, or is of no kind, or of several.
    """
    found: list[Form] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            found.append(_form(Path(path)))
        except SchoolnetError as error:
            faults += error.faults
    if faults:
        raise SourceError(faults)
    return found


def _form(path: Path) -> Form:
    """Return a table as read; its ledger bears the table's own name."""
    header = _recognised(sheet.sheets(path), path.name)
    rows = header.sheet.rows
    titles, body = rows[header.place][1], rows[header.place + 1 :]
    titled = {name: titles[at] for at, name in header.columns.items()}
    remarks = cells.Remarks(Recorder(path.name), titled, given.TABLES[header.kind].name)
    naming = partial(name_of, kind=header.kind)
    unknown = Message("their headers are not known in a table of this kind")
    for what, why in headings.notes(header.sheet, titles, header.columns, body, naming, unknown=unknown):
        remarks.note(what, why)
    fitting = headings.fitting(body, len(titles), remarks)
    data = {name: [row[at] if at < len(row) else "" for _, row in fitting] for at, name in header.columns.items()}
    frame = pd.DataFrame(data, index=pd.Index([str(n) for n, _ in fitting], name="row"), dtype=object)
    return Form(header.kind, path, frame, (), remarks, hashed(path, "given"))


def lost(form: Form) -> list[Fault]:
    """Return the faults of a table of which every row is rejected, with the first reasons; none of any other."""
    entries = [entry for entry in form.remarks.ledger().entries if entry[3] == "rejected"]
    rows = len({entry[2] for entry in entries})
    read = sum(form.remarks.ledger().read.values())
    if not read or rows < read:
        return []
    problem = Message("none of its {count} rows can be used.", count=read)
    remedy = Message("Correct the rows: the first are listed below.")
    listed = [
        Fault(Message("{what}: not used.", what=what), Message("{why}.", why=why), form.path.name, row, column)
        for _, _, row, _, column, what, why in entries[:_SHOWN]
    ]
    return [Fault(problem, remedy, form.path.name), *listed]


def by_code(form: Form) -> Form:
    """Return a table whose KATO codes under the heading of a settlement's name are read as KATO."""
    if "settlement" not in form.rows:
        return form
    free = form.rows["kato"] == "" if "kato" in form.rows else pd.Series(data=True, index=form.rows.index)
    codes = free & form.rows["settlement"].map(lambda cell: text.kato(cell) is not None)
    if not codes.any():
        return form
    told = form.rows["kato"] if "kato" in form.rows else pd.Series("", index=form.rows.index, dtype=object)
    rows = form.rows.assign(
        kato=told.mask(codes, form.rows["settlement"]), settlement=form.rows["settlement"].mask(codes, "")
    )
    headers = {"kato": form.remarks.headers["settlement"]} | form.remarks.headers
    return form._replace(rows=rows, remarks=cells.Remarks(form.remarks.recorder, headers, form.remarks.table))


def name_of(title: str, kind: str) -> str | None:
    """Return the name of a column of a table by its title, or None."""
    plain = headings.plain(title)
    return next((name for name in words()["kinds"][kind]["columns"] if plain in _titles()[name]), None)


@cache
def _titles() -> dict[str, set[str]]:
    own = {name: {headings.plain(one) for one in some} for name, some in words()["titles"].items()}
    shared = names.words()["titles"]
    places = {name: {headings.plain(one) for one in shared[name]} for name in _PLACES}
    places["settlement"] |= {headings.plain(one) for one in shared["name"]}
    return own | places


def _headers(found: list[sheet.Sheet]) -> dict[str, Header]:
    """Return the best header of each kind that is as good as any other."""
    best: dict[str, tuple[int, Header]] = {}
    for one in found:
        for place, (_, titles) in enumerate(one.rows[: headings.WITHIN]):
            for kind in given.TABLES:
                columns = headings.columns(titles, partial(name_of, kind=kind))
                if _is(kind, titles, set(columns.values())) and len(columns) > best.get(kind, (0,))[0]:
                    best[kind] = (len(columns), Header(kind, one, place, columns))
    most = max((count for count, _ in best.values()), default=0)
    return {kind: header for kind, (count, header) in best.items() if count == most}


def _is(kind: str, titles: list[str], told: set[str]) -> bool:
    declared, plain = words()["kinds"][kind], {headings.plain(title) for title in titles}
    strange = any(plain & _titles()[name] for name in declared["never"] if name not in declared["columns"])
    return not strange and all(told & set(some) for some in declared["needs"])


def _recognised(found: list[sheet.Sheet], file: str) -> Header:
    headers = _headers(found)
    if len(headers) == 1:
        return next(iter(headers.values()))
    number, titles = found[0].rows[0]
    what = Message("the headers are of no kind of table that is known.")
    if headers:
        several = joined(*(_SAID[kind] for kind in headers), by=", ")
        what = Message("the headers are those of several kinds of tables: {kinds}.", kinds=several)
    remedy = Message(
        "Name its columns as in data/schools/own-tables.md; kinds are: {kinds}. Headers found: {headers}.",
        kinds=joined(*_SAID.values(), by=", "),
        headers=headings.listed([title for title in titles if title]),
    )
    raise TableError(Fault(what, remedy, file, str(number)))
