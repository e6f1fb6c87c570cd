"""Know what a sheet holds by its headers: a register of schools, or one of the forms of people in people.toml."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from schoolnet.errors import Fault, TableError
from schoolnet.messages import Message, joined
from schoolnet.sources import amounts, headings, names, register, sheet, text
from schoolnet.sources.gazetteer import is_country, is_region

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from schoolnet.sources.headings import Rows

#: Endings of rasters.
RASTERS = (".tif", ".tiff")
_MAPS = (".pbf", ".osm", ".geojson", ".json", ".gpkg")
_LEAST = 2  # columns of a header that is one
_IDS = {"id", "district_id", "area_id"}
_NAMES = ("name", "name_kk", "name_ru", "name_en", "area")
_PLACES = {*_IDS, *_NAMES, "kato", "settlement", "district", "oblast"}
_SAMPLE = 2000  # rows
_DISTRICT = (
    "00000"  # ends the KATO of a district; one zero less that of a district of a city of republican significance
)
_CHILD = 17  # oldest age in a table of children
#: Kinds of sheets of people, by their tables in `schoolnet.people`.
KINDS = ("headcounts", "official", "ages", "births", "series")


class Header(NamedTuple):
    """The header of a sheet: the kind it is of, where it stands, and its columns.

    Columns of a form have the form's name: `a7`, `a0-4`, `a85-120`, `g1`, `y2021`.
    """

    kind: str
    sheet: sheet.Sheet
    place: int
    columns: dict[int, str]


def kind_of(path: Path | str) -> str:
    """Return what an input is: register, headcounts, official, ages, births, series, raster or map.

    Raises
    ------
    SourceError
        The file cannot be read, or its headers are of no kind, or of several.
    """
    path = Path(path)
    if path.suffix.casefold() in RASTERS:
        return "raster"
    if path.is_dir() or path.suffix.casefold() in _MAPS:
        return "map"
    return recognised(sheet.sheets(path), path.name).kind


def recognised(found: list[sheet.Sheet], file: str) -> Header:
    """Return the header of the sheet, of several, whose columns are known best, and the kind it is of.

    Raises
    ------
    TableError
        No header is of a kind, or it is of several; the kinds and the headers found are listed.
    """
    best: dict[str, tuple[int, Header]] = {}
    for one in found:
        for place, (_, titles) in enumerate(one.rows[: headings.WITHIN]):
            for kind, columns in _fits(titles, one.rows, place, file):
                if len(columns) > best.get(kind, (0,))[0]:
                    best[kind] = (len(columns), Header(kind, one, place, columns))
    most = max((count for count, _ in best.values()), default=0)
    kinds = [kind for kind, (count, _) in best.items() if count == most]
    if len(kinds) == 1:
        return best[kinds[0]][1]
    raise TableError(_unknown(found, kinds, file))


def name_of(title: str, kind: str) -> str | None:
    """Return the name of a column of a sheet of people by its title, in English, Russian or Kazakh, or None."""
    declared = names.words()["kinds"][kind]
    plain = headings.plain(title)
    for name in declared["columns"]:
        if plain in _titles()[name] or _without_units(title) in _titles()[name]:
            return str(name)
    return next((name for form in declared["forms"] if (name := _FORMS[form](title))), None)


def _age(title: str) -> str | None:
    found = amounts.ages(title)
    if not found:
        return None
    return f"a{found[0]}" if found[0] == found[1] else f"a{found[0]}-{found[1]}"


def _grade(title: str) -> str | None:
    found = amounts.grade(title)
    return f"g{found}" if found else None


def _year(title: str) -> str | None:
    found = amounts.year(title)
    return f"y{found}" if found else None


_FORMS: Mapping[str, Callable[[str], str | None]] = {"ages": _age, "grades": _grade, "years": _year}


@cache
def _titles() -> dict[str, set[str]]:
    return {name: {headings.plain(one) for one in some} for name, some in names.words()["titles"].items()}


def _without_units(title: str) -> str:
    """Return a title without its bracket, its day and the words that only say what is counted."""
    return "".join(word for word in names.plain_words(title) if word not in names.words()["units"])


def _fits(titles: Sequence[str], rows: Rows, place: int, file: str) -> list[tuple[str, dict[int, str]]]:
    """Return each kind the row could be the header of, with its columns."""
    found = []
    columns = headings.columns(titles, register.name_of)
    if {"school_id", "level"} & set(columns.values()) and len(set(columns.values()) & _OF_SCHOOLS) >= _LEAST:
        found.append(("register", columns))
    for kind in KINDS:
        columns = headings.columns(titles, partial(name_of, kind=kind))
        if len(columns) < _LEAST or not _PLACES & set(columns.values()):
            continue
        declared = names.words()["kinds"][kind]
        told = _told(columns, rows, place, file)
        if all(told & set(one) for one in declared["needs"]) and not told & set(declared["never"]):
            found.append((kind, columns))
    return found


_OF_SCHOOLS = {"school_id", "level", "seats", "seat_basis", "enrolment", "shifts", "condition", "ownership", "lon"}


def _told(columns: Mapping[int, str], rows: Rows, place: int, file: str) -> set[str]:
    """Return the columns of a header, and what they and the cells below say of the sheet (see people.toml)."""
    told = set(columns.values())
    body = [row for _, row in rows[place + 1 : place + 1 + _SAMPLE]]
    ages = [name.removeprefix("a").split("-") for name in told if name[:1] == "a" and name[1:2].isdigit()]
    told |= {"place"} if told & _PLACES else set()
    told |= {form for form, letter in (("grades", "g"), ("years", "y")) if any(_is_form(name, letter) for name in told)}
    told |= {"areas"} if _of_areas(columns, body) else {"settlements"}
    if ages:
        groups = any(len(one) > 1 or int(one[0]) > _CHILD for one in ages)
        told |= {"ages", *(["groups"] if groups else []), *(["wide_ages"] if groups or "areas" in told else [])}
    at = next((at for at, name in columns.items() if name == "year"), None)
    if at is not None and len({amounts.year(row[at]) for row in body if row[at : at + 1] not in ([], [""])}) > 1:
        told.add("many_years")
    above = " ".join([file, *(cell for _, row in rows[: place + 1] for cell in row)]).casefold()
    return told | {f"said_{word}" for word, some in names.words()["said"].items() if any(one in above for one in some)}


def _is_form(name: str, letter: str) -> bool:
    return name[:1] == letter and name[1:].isdigit()


def _of_areas(columns: Mapping[int, str], body: Sequence[Sequence[str]]) -> bool:
    """Return whether the rows are of districts and regions, not of settlements: by KATO, by columns, by names."""
    where = {name: at for at, name in columns.items()}

    def column(name: str) -> list[str]:
        at = where.get(name)
        return [row[at] for row in body if at is not None and row[at : at + 1] not in ([], [""])]

    if _IDS & set(where):
        return "id" not in where
    if "settlement" in where:
        return False
    if codes := [code for cell in column("kato") if (code := text.kato(cell))]:
        return 2 * sum(map(_is_district, codes)) > len(codes)
    named = [name for name in _NAMES if name in where]
    if named and "district" in where:
        return False
    if not named:
        return bool({"district", "oblast"} & set(where))
    cells = column(named[0])
    least = 0 if {"oblast", "oblast_kato"} & set(where) else len(cells) / 2
    return sum(_is_area(cell) for cell in cells) > least


def _is_district(code: str) -> bool:
    return code.endswith(_DISTRICT[1:] if code[:2] in names.words()["regions"]["cities"] else _DISTRICT)


def _is_area(cell: str) -> bool:
    return names.name(cell).kind in ("region", "district", "city") or cell == "*" or is_region(cell) or is_country(cell)


def _unknown(found: list[sheet.Sheet], kinds: list[str], file: str) -> Fault:
    rows = found[0].rows[: headings.WITHIN]
    number, titles = max(rows, key=lambda row: sum(_known(title) for title in row[1]))
    shown = headings.listed([title for title in titles if title])
    if kinds:
        what = Message("the headers are those of several kinds of tables: {kinds}.", kinds=_listed(kinds))
    else:
        what = Message("the headers are of no kind of table that is known.")
    remedy = Message(
        "Name its columns as in data/schools/README.md; kinds are: {kinds}. Headers found: {headers}.",
        kinds=_listed(["register", *KINDS]),
        headers=shown,
    )
    return Fault(what, remedy, file, str(number))


def _known(title: str) -> bool:
    return bool(title) and (register.name_of(title) or any(name_of(title, kind) for kind in KINDS)) is not None


def _listed(kinds: Sequence[str]) -> Message:
    return joined(*(_SAID[kind] for kind in kinds), by=", ")


_SAID: Mapping[str, Message] = {
    "register": Message("the school register"),
    "headcounts": Message("the settlement table"),
    "official": Message("district totals"),
    "ages": Message("ages"),
    "births": Message("births"),
    "series": Message("pupils by year"),
}
