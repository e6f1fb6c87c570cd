"""Two outcomes side by side: what opens, moves and closes; whom it serves, what it costs, how even it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet import schema
from schoolnet.schema import Col, Table
from schoolnet.tables import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolnet.outcome import Outcome

#: What may differ between two outcomes for a place: it opens in one only, opens otherwise; a school is in one only.
MOVES = ("only_a", "only_b", "differs", "closes", "appears")
_SUMS = (
    "sites", "raised", "state", "ppp", "private", "seats", "pupils", "from_emergency", "from_third_shift",
    "from_shortage", "unbused", "cost_mkzt", "state_mkzt", "unpriced",
)  # fmt: skip
_SIDES = ("a", "b")
_LOOKED_AT = ("place", "action", "level", "seats", "year", "mechanism")

MOVED = Table(
    "moved",
    "",
    "what differs between two outcomes: schools that open in one only, or otherwise; schools that are in one only",
    {
        "move": Col("str", "what differs", among=MOVES),
        "region": Col("str", "region, by its code"),
        "settlement_id": Col("str", "settlement", absent="outside settlements"),
        "school_id": Col("str", "school", absent="a new school"),
        "differs": Col("str", "what of it differs, “year, seats”"),
        **{
            f"{name}_{side}": Col(dtype, f"{meaning} in {side.upper()}", unit, absent="not there")
            for side in _SIDES
            for name, dtype, unit, meaning in (
                ("site", "str", "", "site"),
                ("level", "str", "", "level"),
                ("seats", "Int64", "seats", "seats built"),
                ("pupils", "Int64", "pupils", "pupils served"),
                ("year", "Int64", "year", "school year it opens in"),
            )
        },
    },
)

FIGURES = Table(
    "figures",
    "",
    "the sums of two programmes, and how even each is, side by side",
    {
        "figure": Col("str", "what is summed up, or measured (as in the tables of years and equity)"),
        "territory": Col("str", "`*` all, `urban`, `rural`, or a district"),
        "a": Col("float64", "in A", absent="nobody to measure"),
        "b": Col("float64", "in B", absent="nobody to measure"),
        "difference": Col("float64", "B less A", absent="nobody to measure"),
    },
)

CHOICES = Table(
    "choices",
    "option",
    "the options two scenarios choose otherwise",
    {"a": Col("str", "in A", absent="the default"), "b": Col("str", "in B", absent="the default")},
)


@dataclass(frozen=True)
class Comparison:
    """Two outcomes side by side; tables `MOVED`, `FIGURES`, `CHOICES`, and the outcomes themselves."""

    moved: pd.DataFrame
    figures: pd.DataFrame
    choices: pd.DataFrame
    a: Outcome
    b: Outcome


def compare(a: Outcome, b: Outcome) -> Comparison:
    """Return what differs between two outcomes.

    A site of one is that of the other where it has its identifier; else where it is at the same school; else, one after
    another by rank, where both stand new in the same settlement. A school closes where only A's register holds it.

    | A opens | B opens | → | move | differs |
    |---|---|---|---|---|
    | s1, 2027, 300 seats | s1, 2028, 300 seats | | differs | year |
    | s2 | | | only_a | |
    """
    left, right = (_looked_at(one) for one in (a, b))
    pairs = _pairs(left, right)
    rows = [*_moves(left, right, pairs), *_schools(a.register, b.register)]
    out = schema.frame(rows, MOVED)
    schema.check(out, MOVED)
    return Comparison(out, _figures(a, b), _choices(a, b), a, b)


def _looked_at(outcome: Outcome) -> pd.DataFrame:
    opened = outcome.opened
    where = opened["school_id"].fillna(opened["at_id"]).fillna(opened["settlement_id"])
    return opened.assign(place=opened["at"] + " " + where)


def _pairs(a: pd.DataFrame, b: pd.DataFrame) -> dict[str, str]:
    """Return the site of B for each site of A that has one."""
    found = {str(key): str(key) for key in a.index if key in b.index}
    for column in ("school_id", "settlement_id"):
        new = column == "settlement_id"
        left, right = (
            one[one[column].notna() & (one["school_id"].isna() | (not new)) & ~one.index.isin(taken)]
            for one, taken in ((a, set(found)), (b, set(found.values())))
        )
        turn = {
            side: pd.MultiIndex.from_arrays([rows["region"], rows[column], rows.groupby(["region", column]).cumcount()])
            for side, rows in (("a", left), ("b", right))
        }
        of_b = dict(zip(turn["b"], right.index, strict=True))
        found |= {str(key): str(of_b[one]) for one, key in zip(turn["a"], left.index, strict=True) if one in of_b}
    return found


def _moves(a: pd.DataFrame, b: pd.DataFrame, pairs: dict[str, str]) -> Iterator[dict[str, Any]]:
    for key, other in pairs.items():
        one, two = a.loc[key], b.loc[other]
        differs = [name for name in _LOOKED_AT if not _same(one[name], two[name])]
        if differs:
            yield _row("differs", one) | _side(one, "a") | _side(two, "b") | {"differs": ", ".join(differs)}
    for key in a.index.difference(list(pairs), sort=False):
        yield _row("only_a", a.loc[key]) | _side(a.loc[key], "a")
    for key in b.index.difference(list(pairs.values()), sort=False):
        yield _row("only_b", b.loc[key]) | _side(b.loc[key], "b")


def _row(move: str, site: pd.Series[Any]) -> dict[str, Any]:
    return {"move": move, "differs": ""} | {name: site[name] for name in ("region", "settlement_id", "school_id")}


def _side(site: pd.Series[Any], side: str) -> dict[str, Any]:
    return {f"site_{side}": site.name} | {f"{name}_{side}": site[name] for name in ("level", "seats", "pupils", "year")}


def _same(one: Any, two: Any) -> bool:
    return bool(pd.isna(one) and pd.isna(two)) or (pd.notna(one) and pd.notna(two) and one == two)


def _schools(a: pd.DataFrame, b: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the schools of one register only, and those of another level, of the regions both are of."""
    both = set(a["region"]) & set(b["region"])
    a, b = (one[one["region"].isin(both)] for one in (a, b))
    for move, side, here, there in (("closes", "a", a, b), ("appears", "b", b, a)):
        for row in here[~here.index.isin(there.index)].reset_index().to_dict("records"):
            yield {**row, "move": move, "differs": "", f"level_{side}": row["level"]}
    rank = {level: at for at, level in enumerate(LEVELS)}
    for key in a.index.intersection(b.index):
        one, two = a.loc[key], b.loc[key]
        if not _same(one["level"], two["level"]) and {one["level"], two["level"]} & set(rank):
            levels = {"level_a": one["level"], "level_b": two["level"]}
            place = {"region": two["region"], "settlement_id": two["settlement_id"], "school_id": key}
            yield {"move": "differs", "differs": "level", **place, **levels}


def _figures(a: Outcome, b: Outcome) -> pd.DataFrame:
    rows = [
        {"figure": name, "territory": "*", "a": float(a.years[name].sum()), "b": float(b.years[name].sum())}
        for name in _SUMS
    ]
    left = (float(one.years["owed_left"].iloc[-1]) for one in (a, b))
    rows.append({"figure": "owed_left", "territory": "*"} | dict(zip(_SIDES, left, strict=True)))
    one, two = (outcome.equity.set_index(["territory", "measure"])["after"].to_dict() for outcome in (a, b))
    rows += [
        {
            "figure": measure,
            "territory": territory,
            "a": one.get((territory, measure)),
            "b": two.get((territory, measure)),
        }
        for territory, measure in dict.fromkeys([*one, *two])
    ]
    out = schema.frame(rows, FIGURES)
    out["difference"] = out["b"] - out["a"]
    schema.check(out, FIGURES)
    return out


def _choices(a: Outcome, b: Outcome) -> pd.DataFrame:
    one, two = (outcome.options.model_dump(mode="json") for outcome in (a, b))
    rows = [{"option": name, "a": _text(one[name]), "b": _text(two[name])} for name in one if one[name] != two[name]]
    return schema.frame(rows, CHOICES)


def _text(value: Any) -> str | None:
    if isinstance(value, dict):
        return ", ".join(f"{key}={one:g}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(f"{one:g}" for one in value)
    return None if value is None else str(value)
