"""How a table is declared, and the one check: pandera behind two small declarations.

A table is checked when it enters from outside and when a stage hands it on; inside, it is trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from schoolnet.errors import Fault, TableError
from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd
    import pandera.pandas as pa

EPSG_AT_REST = 4326
# pandas keeps text in pyarrow where that is installed: a `Message` would forget that it can be translated, and empty
# columns would not do what they do elsewhere; a plan is the same on every computer
pd.set_option("mode.string_storage", "python")


class Col(NamedTuple):
    """One column: its type, what it means, its unit, its bounds, and what absence means."""

    dtype: str
    meaning: str
    unit: str = ""
    absent: str | None = None  # None: must not be empty
    among: tuple[str, ...] | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Table:
    """One table: its name, index, meaning and columns."""

    name: str
    index: str
    meaning: str
    columns: dict[str, Col]
    geometry: str = ""

    @cached_property
    def schema(self) -> pa.DataFrameSchema:
        """The table as a pandera schema."""
        import pandera.pandas as pa

        columns = {name: _pandera(column) for name, column in self.columns.items()}
        index = pa.Index(str, unique=True, name=self.index) if self.index else None
        return pa.DataFrameSchema(columns, index=index, strict=False, name=self.name)

    @cached_property
    def blank(self) -> pd.DataFrame:
        """The table without rows; to be copied."""
        return _declared(pd.DataFrame([]), self)


def _among(column: Col) -> Message:
    return Message("must be one of {values}", values=", ".join(column.among or ()))


def _low(column: Col) -> Message:
    return Message("must be at least {low}", low=f"{column.low or 0:g}")


def _high(column: Col) -> Message:
    return Message("must be at most {high}", high=f"{column.high or 0:g}")


def _pandera(column: Col) -> pa.Column:
    import pandera.pandas as pa

    checks = []
    if column.among is not None:
        checks.append(pa.Check.isin(column.among, error=str(_among(column))))
    if column.low is not None:
        checks.append(pa.Check.ge(column.low, error=str(_low(column))))
    if column.high is not None:
        checks.append(pa.Check.le(column.high, error=str(_high(column))))
    dtype = str if column.dtype == "str" else column.dtype
    return pa.Column(dtype, checks=checks, nullable=column.absent is not None, description=column.meaning)


def check(frame: pd.DataFrame, table: Table, *, file: str = "") -> None:
    """Raise one error with all faults of a frame that is not as declared.

    Parameters
    ----------
    frame
        The table; its index is the table's index.
    table
        Its declaration.
    file
        Name of the file it was read from, for the message.

    Raises
    ------
    TableError
        With one fault for each wrong cell or column.
    """
    if _plain(frame, table):
        return
    import pandera.pandas as pa

    try:
        table.schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        raise TableError(_faults(error.failure_cases, table, file)) from None


def _plain(frame: pd.DataFrame, table: Table) -> bool:
    """Return whether a frame is as declared, seen at a glance; where not, pandera says whether and what is wrong."""
    if not frame.columns.is_unique or any(name not in frame for name in table.columns):
        return False
    keys = frame.index
    if table.index and not (keys.name == table.index and keys.dtype == "str" and keys.is_unique and not keys.hasnans):
        return False
    kinds = dict(zip(frame.columns, frame.dtypes, strict=True))
    if any(kinds[name] != column.dtype for name, column in table.columns.items()):
        return False
    cells = pd.DataFrame(frame, copy=False)  # without the care a GeoDataFrame takes of each column
    return frame.empty or all(_fits(cells[name], column) for name, column in table.columns.items())


def _fits(values: pd.Series[Any], column: Col) -> bool:
    if column.absent is None and values.hasnans:
        return False
    if column.among is not None and not all(pd.isna(one) or one in column.among for one in values.unique()):
        return False
    low, high = column.low, column.high
    return (low is None or _no(values.min() < low)) and (high is None or _no(values.max() > high))


def _no(found: Any) -> bool:
    return bool(pd.isna(found)) or not found  # a column of empty cells has no least and no greatest


def _faults(cases: pd.DataFrame, table: Table, file: str) -> list[Fault]:
    faults = []
    for case in cases.itertuples():
        column = case.failure_case if case.check == "column_in_dataframe" else case.column
        remedy = Message("See the table dictionary in the README.")
        if case.check == "column_in_dataframe":
            remedy = Message("Add the column.")
        row = "" if pd.isna(case.index) else str(case.index)
        rule = _rule(str(case.check), table.columns.get(str(column)))
        value = repr(case.failure_case)
        problem = Message(
            "table “{table}”: {value} breaks the rule “{rule}”.", table=table.name, value=value, rule=rule
        )
        faults.append(Fault(problem, remedy, file=file, row=row, column=str(column)))
    return faults


def _rule(text: str, column: Col | None) -> str:
    """Return the sentence of a rule that pandera names, or its text as it is."""
    kinds = (Message("column_in_dataframe"), Message("not_nullable"), Message("field_uniqueness"))
    ours = (_among(column), _low(column), _high(column)) if column else ()
    if text.startswith("dtype("):
        return Message("dtype({kind})", kind=text.removeprefix("dtype(").removesuffix(")"))
    return next((rule for rule in (*kinds, *ours) if rule == text), text)


def frame(rows: Iterable[Mapping[str, Any]], table: Table) -> pd.DataFrame:
    """Return rows as a frame with the declared columns in order, types set, absent cells empty."""
    data = pd.DataFrame(list(rows))
    return _declared(data, table) if len(data) else table.blank.copy()


def _declared(data: pd.DataFrame, table: Table) -> pd.DataFrame:
    nothing = pd.Series([None] * len(data), index=data.index, dtype=object)
    absent: dict[tuple[str, bool], pd.Series[Any]] = {}
    out = {}
    for name, column in table.columns.items():
        kind = column.dtype, column.absent is None
        if name not in data and kind not in absent:
            absent[kind] = _typed(nothing, column)
        out[name] = _typed(data[name], column) if name in data else absent[kind]
    result = pd.DataFrame(out, index=data.index)
    if table.index:
        result.index = pd.Index(data[table.index] if len(data) else [], dtype="str", name=table.index)
    return result


def geoframe(rows: Iterable[Mapping[str, Any]], table: Table, geometry: Any) -> gpd.GeoDataFrame:
    """Return rows and their geometries (WGS 84) as a frame with the declared columns."""
    import geopandas as gpd

    data = frame(rows, table)
    return gpd.GeoDataFrame(data, geometry=gpd.GeoSeries(geometry, index=data.index, crs=EPSG_AT_REST))


def _typed(values: pd.Series[Any], column: Col) -> pd.Series[Any]:
    if column.dtype == "Int64":
        return pd.to_numeric(values, errors="coerce").astype("Float64").round().astype("Int64")
    if column.dtype == "str":
        kept = values.where(values.notna(), None)
        return kept.astype("str") if column.absent is None else kept.astype(object).where(values.notna()).astype("str")
    return values.astype(column.dtype)
