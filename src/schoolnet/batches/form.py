"""What the national step needs of one region, as a file: plain JSON, checked on reading as a stranger's would be.

Floats are written so that the same come back; a programme made of the files is that made of the plans, to the byte.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pandas as pd
import shapely
from pydantic import BaseModel, ConfigDict, Field

from schoolnet import decisions, outcome, schema
from schoolnet.errors import SchoolnetError
from schoolnet.messages import packed, unpacked
from schoolnet.output.report_region import COUNTS, Reported, Targets
from schoolnet.planning.scenario import Part
from schoolnet.region import Input
from schoolnet.schema import Col, Table
from schoolnet.sources.unclaimed import Claims

if TYPE_CHECKING:
    from pathlib import Path

    from schoolnet.options import Options

FILE = "national.json"
_MOST_BYTES = 200_000_000
_MOST = 10**15  # of any figure, so that sums and products of them stay numbers
_KINDS: dict[str, tuple[type, ...]] = {"str": (str,), "Int64": (int,), "float64": (int, float), "bool": (bool,)}
_COUNT = Col("Int64", "", absent="")
_NUMBER = Col("float64", "", absent="")
_FLAG = Col("bool", "")
_KEY, _TEXT = Col("str", ""), Col("str", "", absent="")

#: Tables of a part and of what is reported, by the name of their field.
TABLES = {
    "sites": decisions.SITES,
    "errors": Table(
        "errors", "site_id", "", dict.fromkeys(("pupils_sd_share", "children", "threshold", "rooms"), _NUMBER)
    ),
    "reach": decisions.REACH,
    "proofs": decisions.PROOFS,
    "relieved": decisions.RELIEVED,
    "people": Table(
        "people", "", "", {"settlement_id": _KEY, "band": _KEY, "pupils": Col("int64", ""), "road_m": _NUMBER}
    ),
    "homes": Table(
        "homes", "settlement_id", "", {"district_id": _TEXT, "is_rural": _FLAG, "guaranteed": _FLAG, "owed": _FLAG}
    ),
    "register": outcome.REGISTER,
    "names": outcome.NAMES,
    "districts": Table(
        "districts",
        "district_id",
        "",
        {**dict.fromkeys(("state_day_schools", "emergency", "three_shift"), _COUNT), "bad": _NUMBER,
         "indicator_share": _NUMBER},
    ),
    "territories": Table(
        "territories",
        "territory",
        "",
        dict.fromkeys(("state_day_schools", "emergency", "three_shift", "bad", "shortage_official", "in_place",
                       "for_third"), _COUNT),
    ),
}  # fmt: skip
_PARTS = tuple(name for name in TABLES if name not in ("districts", "territories"))
_Hash = Annotated[str, Field(pattern=re.compile(r"\A[0-9a-f]{64}\Z"))]
_Names = dict[str, str]
_Whole = Annotated[int, Field(ge=-_MOST, le=_MOST)]
_Real = Annotated[float, Field(ge=-_MOST, le=_MOST)]
#: What the readers of a file say of one that is not what it should be: a ValidationError is a ValueError, that a shape
#: is curved a NotImplementedError, which is a RuntimeError.
_UNUSABLE = (
    OSError, SchoolnetError, ValueError, TypeError, KeyError, OverflowError, RuntimeError, shapely.errors.ShapelyError,
)  # fmt: skip


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class _File(_Strict):
    role: str
    name: str
    bytes: Annotated[int, Field(ge=0)]
    sha256: _Hash


class _Targets(_Strict):
    years: list[tuple[_Whole, _Real]]
    until: _Whole | None
    cited: dict[str, dict[str, str]]
    day: Annotated[int, Field(ge=1, le=28)] | None
    historical: bool


class _Claims(_Strict):
    sha256: Annotated[str, Field(pattern=re.compile(r"\A([0-9a-f]{64})?\Z"))]
    used: list[str]
    rejected: list[tuple[str, str, Any, Any]]


class _About(_Strict):
    names: _Names
    caveats: list[str]
    inputs: list[_File]
    norms_on: str


class _Saved(_Strict):
    """What stands in the file."""

    form: Literal[1]
    code: str
    limit_m: Annotated[float, Field(gt=0, le=_MOST)]
    tables: dict[str, dict[str, list[str | bool | _Whole | _Real | None]]]
    points: list[tuple[float, float]]
    district_names: list[_Names]
    about: _About
    names: _Names
    outline: str
    counts: dict[str, _Whole | None]
    targets: _Targets
    caveats: list[str]
    day: Annotated[str, Field(pattern=re.compile(r"\A\d{4}-\d\d-\d\d\Z"))]
    osm: bool
    claims: _Claims


def write(part: Part, reported: Reported, path: Path) -> None:
    """Write what the national step needs of a region."""
    frames = {name: getattr(part, name) for name in _PARTS}
    frames |= {"districts": reported.districts, "territories": reported.territories}
    saved = {
        "form": 1,
        "code": part.code,
        "limit_m": part.limit_m,
        "tables": {name: _columns(frame, TABLES[name]) for name, frame in frames.items()},
        "points": shapely.get_coordinates(part.sites.geometry).tolist(),
        "district_names": reported.districts["names"].tolist(),
        "about": {name: part.about[name] for name in _About.model_fields},
        "names": reported.names,
        "outline": shapely.to_wkb(reported.outline, hex=True),
        "counts": {name: None if value is None else int(value) for name, value in reported.counts.items()},
        "targets": {name: getattr(reported.targets, name) for name in _Targets.model_fields},
        "caveats": list(reported.caveats),
        "day": reported.day.isoformat(),
        "osm": reported.osm,
        "claims": {
            "sha256": reported.claims.sha256,
            "used": [*reported.claims.used],
            "rejected": [[*map(packed, one)] for one in reported.claims.rejected],
        },
    }
    path.write_text(json.dumps(saved, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def _columns(frame: pd.DataFrame, table: Table) -> dict[str, list[Any]]:
    """Return the columns of a table as plain values, its index among them; an absent cell is None."""
    columns = {name: pd.Series(frame[name]) for name in table.columns}
    if table.index:
        columns[table.index] = frame.index.to_series()
    return {
        name: [None if pd.isna(cell) else cell.item() if hasattr(cell, "item") else cell for cell in column.tolist()]
        for name, column in columns.items()
    }


def read(path: Path, code: str, options: Options) -> tuple[Part, Reported] | None:
    """Return what was written of a region, made with some options; None where it is not that, or cannot be used."""
    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return None
        saved = _Saved.model_validate_json(path.read_bytes())
        if saved.code != code or set(saved.tables) != set(TABLES) or set(saved.counts) != set(COUNTS):
            return None
        return _part(saved, options), _reported(saved)
    except _UNUSABLE:
        return None


def _part(saved: _Saved, options: Options) -> Part:
    made: dict[str, Any] = {name: _frame(saved.tables[name], TABLES[name]) for name in _PARTS if name != "sites"}
    rows = _rows(saved.tables["sites"], TABLES["sites"])
    made["sites"] = schema.geoframe(rows, TABLES["sites"], [_place(*point) for point in saved.points])
    schema.check(made["sites"], TABLES["sites"])
    if {*made["sites"]["region"], *made["register"]["region"]} - {saved.code}:
        raise ValueError(saved.code)
    about = saved.about.model_dump()
    return Part(code=saved.code, options=options, limit_m=saved.limit_m, about=about, **made)


def _reported(saved: _Saved) -> Reported:
    districts, territories = (_frame(saved.tables[name], TABLES[name]) for name in ("districts", "territories"))
    outline = shapely.from_wkb(saved.outline)
    bounds = outline.bounds
    if outline.geom_type not in ("Polygon", "MultiPolygon") or outline.is_empty or not _in_degrees(*bounds):
        raise ValueError(saved.code)
    if territories.index.tolist() != ["urban", "rural"]:
        raise ValueError(saved.code)
    return Reported(
        code=saved.code,
        names=saved.names,
        outline=outline,
        counts={name: saved.counts[name] for name in COUNTS},
        districts=districts.assign(names=pd.Series(saved.district_names, index=districts.index, dtype=object)),
        territories=territories,
        targets=Targets(**saved.targets.model_dump()),
        caveats=tuple(saved.caveats),
        inputs=tuple(Input(**one.model_dump()) for one in saved.about.inputs),
        day=dt.date.fromisoformat(saved.day),
        osm=saved.osm,
        claims=_claims(saved.claims),
    )


def _claims(saved: _Claims) -> Claims:
    rejected = [(row, column, unpacked(what), unpacked(why)) for row, column, what, why in saved.rejected]
    if not all(isinstance(one, str) for cells in rejected for one in cells):
        raise TypeError(saved.sha256)
    return Claims(saved.sha256, tuple(saved.used), tuple(rejected))


def _frame(columns: dict[str, list[Any]], table: Table) -> pd.DataFrame:
    found = schema.frame(_rows(columns, table), table)
    schema.check(found, table)
    return found


def _rows(columns: dict[str, list[Any]], table: Table) -> list[dict[str, Any]]:
    """Return the rows of a table whose every cell is of the kind declared, and none missing that must not be."""
    wanted = {**table.columns, **({table.index: _KEY} if table.index else {})}
    if set(columns) != set(wanted) or len({len(cells) for cells in columns.values()}) > 1:
        raise ValueError(table.name)
    for name, column in wanted.items():
        kinds = _KINDS[column.dtype.replace("int64", "Int64")]
        whole = kinds == (bool,)
        for cell in columns[name]:
            fits = isinstance(cell, kinds) and isinstance(cell, bool) == whole
            if not fits and not (cell is None and column.absent is not None):
                raise ValueError(table.name)
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _place(x: float, y: float) -> shapely.Point:
    if not _in_degrees(x, y, x, y):
        raise ValueError(x)
    return shapely.Point(x, y)


def _in_degrees(west: float, south: float, east: float, north: float) -> bool:
    return -180 <= west <= east <= 180 and -90 <= south <= north <= 90  # noqa: PLR2004
