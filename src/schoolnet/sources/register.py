"""Read the school register (CSV or XLSX; headers in kk, ru or en) and join each school to its settlement.

Grain in: one row of the sheet per school. Grain out: `tables.SCHOOLS`. Every row is used, corrected or rejected in the ledger.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import re
import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from schoolnet import tables
from schoolnet.errors import Fault, TableError
from schoolnet.ledger import Recorder
from schoolnet.region import Input, Region, hashed
from schoolnet.sources import sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolnet.options import Options

_HEADER_WITHIN = 20  # rows; titles may stand above the header
_GRADE = re.compile(r"^(?:g|grade|класс|сынып)(\d{1,2})$|^(\d{1,2})(?:класс|сынып|grade)$")
_NUMBERS = ("seats", "enrolment", "shifts", "built")
_CHOICES = ("level", "seat_basis", "condition", "ownership", "kind", "language")


class Register(NamedTuple):
    """A register as read, before it is joined to a region.

    Attributes
    ----------
    rows
        Text cells, columns named as in `tables.SCHOOLS` plus lon, lat and g1..g11; the index is the row of the file.
    headers
        The file's own header of each column, for messages.
    notes
        What a planner must know of the whole file: (what, why).
    input
        The file.
    """

    rows: pd.DataFrame
    headers: dict[str, str]
    notes: tuple[tuple[str, str], ...]
    input: Input


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(resources.files("schoolnet.sources").joinpath("register.toml").read_text(encoding="utf-8"))


def read(path: Path | str) -> Register:
    """Read a register and name its columns.

    Raises
    ------
    SourceError
        The file is missing, empty or of another kind.
    TableError
        A required column (id, name, level, and coordinates or KATO) is not there; the headers found are listed.
    """
    path = Path(path)
    cells = sheet.read(path)
    place = _header_row(cells.rows)
    number, titles = cells.rows[place]
    columns = _columns(titles)
    _refuse_missing(columns, titles, path.name, number)
    ignored = [title for at, title in enumerate(titles) if title and at not in columns]
    notes = [(cells.note, "check that the letters read well")] if cells.note else []
    if ignored:
        notes.append((f"columns not used: {', '.join(ignored)}", "their headers are not known to the register"))
    body = cells.rows[place + 1 :]
    data = {name: [row[at] if at < len(row) else "" for _, row in body] for at, name in columns.items()}
    rows = pd.DataFrame(data, index=pd.Index([str(n) for n, _ in body], name="row"), dtype=object)
    return Register(rows, {name: titles[at] for at, name in columns.items()}, tuple(notes), hashed(path, "schools"))


def attach(region: Region, register: Register, options: Options) -> Region:
    """Return the region with the register's schools in place of the map's, each joined to its settlement.

    A school is joined by KATO, else to the nearest settlement within `options.join_m`; one that joins none
    stays, serves by road, and is listed. A school with KATO but no coordinates is placed at its settlement.
    """
    work = _Work(region, register, Recorder(register.input.name))
    rows = work.parsed()
    rows = work.placed(rows)
    schools = tables.geoframe(rows.to_dict("records"), tables.SCHOOLS, list(rows["geometry"]))
    schools["settlement_id"] = work.joined(schools, options)
    schools = schools.sort_index()
    caveats = [one for one in region.caveats if one not in ("schools_from_map", "modelled_schools")]
    if (schools["source"] == "modelled").any():
        caveats.append("modelled_schools")
    return dataclasses.replace(
        region,
        schools=schools,
        caveats=tuple(caveats),
        ledger=region.ledger + work.recorder.ledger(),
        inputs=(*region.inputs, register.input),
    )


def join_map_schools(region: Region, options: Options) -> Region:
    """Return the region with the map's own schools joined to the nearest settlement within `options.join_m`."""
    recorder = Recorder(region.inputs[0].name if region.inputs else "map")
    recorder.read("schools", len(region.schools))
    schools = region.schools.copy()
    schools["settlement_id"] = _nearest(schools, region, options, recorder)
    recorder.note("schools", "no register was given", "schools are taken from the map; their level is not known")
    return dataclasses.replace(region, schools=schools, ledger=region.ledger + recorder.ledger())


def _plain(text: str) -> str:
    return re.sub(r"[\s_№.:]+", "", text).casefold()


@cache
def _header_names() -> dict[str, str]:
    return {_plain(alias): name for name, aliases in _words()["headers"].items() for alias in aliases}


def _name_of(title: str) -> str | None:
    plain = _plain(title)
    grade = _GRADE.match(plain)
    if grade:
        number = int(grade.group(1) or grade.group(2))
        return f"g{number}" if 1 <= number <= 12 else None  # noqa: PLR2004 - a twelfth grade may come
    return _header_names().get(plain)


def _columns(titles: Sequence[str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for at, title in enumerate(titles):
        name = _name_of(title)
        if name and name not in found.values():
            found[at] = name
    return found


def _header_row(rows: Sequence[tuple[int, list[str]]]) -> int:
    scores = [len(_columns(cells)) for _, cells in rows[:_HEADER_WITHIN]]
    return scores.index(max(scores))


def _refuse_missing(columns: dict[int, str], titles: Sequence[str], file: str, row: int) -> None:
    have = set(columns.values())
    missing = [name for name in ("school_id", "level") if name not in have]
    if not have & {"name", "name_kk", "name_ru", "name_en"}:
        missing.append("name")
    if not {"lon", "lat"} <= have and "kato" not in have:
        missing += ["lon", "lat"] if not have & {"lon", "lat"} else sorted({"lon", "lat"} - have)
    faults = []
    for name in missing:
        aliases = _words()["headers"][name]
        near = difflib.get_close_matches(name, [title.casefold() for title in titles if title], n=1, cutoff=0.6)
        hint = f"Is “{near[0]}” meant? " if near else ""
        also = f" or `{aliases[-1]}`" if aliases[-1] != name else ""
        tail = " (or give a KATO column)" if name in ("lon", "lat") else ""
        remedy = f"{hint}Name the column `{name}`{also}{tail}. Headers found: {', '.join(t for t in titles if t) or 'none'}."
        faults.append(Fault(f"the column `{name}` is not there.", remedy, file, str(row), name))
    if faults:
        raise TableError(faults)


class _Work:
    """The register on its way into one region: cells parsed, schools placed, each step written in the ledger."""

    def __init__(self, region: Region, register: Register, recorder: Recorder) -> None:
        self.region, self.register, self.recorder = region, register, recorder
        for what, why in register.notes:
            recorder.note("schools", what, why)

    def _title(self, column: str) -> str:
        return self.register.headers.get(column, column)

    def _corrected(self, row: str, column: str, what: str, why: str) -> None:
        self.recorder.corrected("schools", row, self._title(column), what, why)

    def _rejected(self, row: str, column: str, what: str, why: str) -> None:
        self.recorder.rejected("schools", row, self._title(column), what, why)

    def parsed(self) -> pd.DataFrame:
        raw = self.register.rows
        grades = [name for name in raw if re.fullmatch(r"g\d+", name)]
        out = raw[[name for name in raw if name in tables.SCHOOLS.columns or name in ("school_id", "lon", "lat")]].copy()
        for name in [name for name in _NUMBERS if name in out]:
            out[name] = [self._number(row, name, text) for row, text in out[name].items()]
        for name in [name for name in _CHOICES if name in out]:
            out[name] = [self._choice(row, name, text) for row, text in out[name].items()]
        for name in [name for name in ("lon", "lat") if name in out]:
            out[name] = [self._degrees(row, name, text) for row, text in out[name].items()]
        if "updated_at" in out:
            out["updated_at"] = [self._day(row, text) for row, text in out["updated_at"].items()]
        if grades:
            out["enrolment"] = self._from_grades(raw[grades], out.get("enrolment"))
        for name in ("lon", "lat", "kato"):
            if name not in out:
                out[name] = None if name == "kato" else np.nan
        out["kato"] = [self._kato(row, text) for row, text in out["kato"].items()]
        return self._named(out.replace({"": None}))

    def _named(self, rows: pd.DataFrame) -> pd.DataFrame:
        names = [name for name in ("name", "name_kk", "name_ru", "name_en") if name in rows]
        rows["name"] = rows[names].bfill(axis=1).iloc[:, 0]
        return rows

    def _number(self, row: str, column: str, text: str) -> float | None:
        if not text:
            return None
        declared = tables.SCHOOLS.columns[column]
        low, high = declared.low or 0, declared.high or float("inf")
        plain = re.sub(r"[\s  ']", "", text).replace(",", ".")
        try:
            value = float(plain)
        except ValueError:
            self._corrected(row, column, text, "not a number: taken as unknown")
            return None
        if not (low <= value <= high and value == int(value)):
            self._corrected(row, column, text, f"not a whole number from {low:g} to {high:g}: taken as unknown")
            return None
        return value

    def _choice(self, row: str, column: str, text: str) -> str | None:
        if not text:
            return None
        plain = " ".join(word for word in text.casefold().split() if word not in ("школа", "мектеп", "мектебі", "school"))
        for value, aliases in _words()["values"][column].items():
            if plain in aliases:
                return str(value)
        known = ", ".join(_words()["values"][column])
        self._corrected(row, column, text, f"not one of {known} (or their Russian and Kazakh names): taken as unknown")
        return None

    def _degrees(self, row: str, column: str, text: str) -> float:
        if not text:
            return float("nan")
        try:
            value = float(text.replace(",", ".").replace("°", "").strip())
        except ValueError:
            self._corrected(row, column, text, "not decimal degrees: taken as missing")
            return float("nan")
        return value

    def _day(self, row: str, text: str) -> str | None:
        for form in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"):
            try:
                return dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC).date().isoformat()
            except ValueError:
                continue
        if text:
            self._corrected(row, "updated_at", text, "not a day (2026-10-01 or 01.10.2026): taken as unknown")
        return None

    def _kato(self, row: str, text: Any) -> str | None:
        if not isinstance(text, str) or not text:
            return None
        plain = re.sub(r"[\s.]", "", text)
        if re.fullmatch(r"\d{9}", plain):
            return plain
        self._corrected(row, "kato", text, "not a KATO code of nine digits: taken as missing")
        return None

    def _from_grades(self, grades: pd.DataFrame, given: pd.Series[Any] | None) -> pd.Series[Any]:
        values = grades.apply(lambda column: [self._grade(row, str(column.name), text) for row, text in column.items()])
        total = values.sum(axis=1, min_count=1)
        if given is None:
            return total
        given = pd.to_numeric(given)
        for row in total.index[(total != given) & total.notna() & given.notna()]:
            self.recorder.note(
                "schools", f"{given[row]:.0f}, but the grades sum to {total[row]:.0f}", "the contingent given is used",
                row=str(row), column=self._title("enrolment"),
            )  # fmt: skip
        return given.fillna(total)

    def _grade(self, row: str, column: str, text: str) -> float | None:
        if not text:
            return None
        if text.isdigit():
            return float(text)
        self._corrected(row, column, text, "not a number of pupils: taken as unknown")
        return None

    def placed(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows that can be placed in the region, with a point; the rest are rejected by name."""
        rows = self._swapped(rows)
        points = shapely.points(rows["lon"].to_numpy(float), rows["lat"].to_numpy(float))
        has = np.isfinite(rows["lon"].to_numpy(float)) & np.isfinite(rows["lat"].to_numpy(float))
        inside = np.zeros(len(rows), dtype=bool)
        inside[has] = shapely.intersects(self.region.boundary, points[has])
        home = rows["kato"].map(self._points_by_kato())
        keep = self._kept(rows, has, inside, home.notna().to_numpy())
        at_home = keep & ~inside
        for row in rows.index[at_home]:
            what = "no coordinates" if not has[rows.index.get_loc(row)] else "coordinates outside the region"
            self._corrected(row, "kato", what, "placed at the settlement of its KATO")
        geometry = np.where(inside, points, home.to_numpy())
        return rows.assign(geometry=geometry)[keep]

    def _swapped(self, rows: pd.DataFrame) -> pd.DataFrame:
        west, south, east, north = self.region.boundary.bounds
        lon, lat = rows["lon"].astype(float), rows["lat"].astype(float)
        zero = (lon == 0) & (lat == 0)
        for row in rows.index[zero]:
            self._corrected(row, "lon", "0, 0", "no place: taken as missing")
        lon, lat = lon.mask(zero), lat.mask(zero)
        here = lon.between(west, east) & lat.between(south, north)
        swapped = ~here & lat.between(west, east) & lon.between(south, north)
        for row in rows.index[swapped]:
            self._corrected(row, "lat", f"lon {lon[row]:g}, lat {lat[row]:g}", "longitude and latitude were swapped")
        return rows.assign(lon=lon.where(~swapped, lat), lat=lat.where(~swapped, lon))

    def _points_by_kato(self) -> dict[str, Any]:
        known = self.region.settlements[self.region.settlements["kato"].notna()]
        return dict(zip(known["kato"], known.geometry, strict=True))

    def _kept(self, rows: pd.DataFrame, has: Any, inside: Any, home: Any) -> Any:
        """Return which rows stay; a national register's rows of other regions are counted in one note."""
        elsewhere = has & ~inside & ~home
        national = elsewhere.sum() * 2 > len(rows)
        if national:
            why = "they lie in other regions: not rows of this region"
            self.recorder.note("schools", f"{elsewhere.sum()} of {len(rows)} rows", why)
        self.recorder.read("schools", len(rows) - (int(elsewhere.sum()) if national else 0))
        seen: dict[str, str] = {}
        keep = np.zeros(len(rows), dtype=bool)
        for at, (row, school_id) in enumerate(rows["school_id"].items()):
            if elsewhere[at]:
                if not national:
                    what = f"lon {rows['lon'].iat[at]:g}, lat {rows['lat'].iat[at]:g}"
                    self._rejected(str(row), "lon", what, "outside the region: correct the coordinates or the KATO")
            elif not inside[at] and not home[at]:
                self._rejected(str(row), "lon", "no place", "give coordinates, or the KATO of a settlement of the region")
            elif not isinstance(school_id, str):
                self._rejected(str(row), "school_id", "no id", "give each school an id of its own")
            elif school_id in seen:
                self._rejected(str(row), "school_id", school_id, f"stands already on row {seen[school_id]}: remove one")
            else:
                keep[at] = True
                seen[school_id] = str(row)
        return keep

    def joined(self, schools: gpd.GeoDataFrame, options: Options) -> pd.Series[str]:
        """Return the settlement of each school: by KATO, else the nearest within `options.join_m`."""
        known = self.region.settlements["kato"].dropna()
        by_kato = schools["kato"].map(dict(zip(known, known.index, strict=True)))
        return by_kato.fillna(_nearest(schools[by_kato.isna()], self.region, options, self.recorder)).astype("str")


def _nearest(schools: gpd.GeoDataFrame, region: Region, options: Options, recorder: Recorder) -> pd.Series[str]:
    """Return the nearest settlement of each school within the limit; what joins none is noted."""
    if schools.empty:
        return pd.Series([], index=schools.index, dtype="str")
    homes = region.settlements.to_crs(region.crs)
    tree = cKDTree(shapely.get_coordinates(homes.geometry.to_numpy()))
    metres, at = tree.query(shapely.get_coordinates(schools.to_crs(region.crs).geometry.to_numpy()))
    near = metres <= options.join_m
    for school_id, far in zip(schools.index[~near], metres[~near], strict=True):
        recorder.note(
            "schools", f"{school_id}: nearest settlement {far / 1000:.1f} km away",
            "joins no settlement; serves by road only", row=str(school_id), column="settlement_id",
        )  # fmt: skip
    ids = homes.index.to_numpy()[np.minimum(at, len(homes) - 1)]
    return pd.Series(np.where(near, ids, None), index=schools.index, dtype=object)
