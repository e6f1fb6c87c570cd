"""What the command line says of network schools: coverage, the places chosen, and whether the quotas are met."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from schoolnet.law.entries import spoken
from schoolnet.output import network_sheets, words
from schoolnet.services import PARTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from schoolnet.output.words import Words
    from schoolnet.planning.profile_choice import Network

_SHOWN = (
    "region", "profile", "settlement_id", "school_id", "network_rank", "first_share", "pupils_60", "pupils_90",
    "boarding_seats", "network_score", "network_parts",
)  # fmt: skip
_DIGITS = 2


def parts(found: Network, lang: str) -> Iterator[RenderableType | str]:
    """Yield coverage by profile with its target, what must be said beside it, the places, and the quotas."""
    said = words.load(lang)
    for caveat in caveats(found):
        yield f"! {said.text(f'caveat.{caveat}')}"
    for one in attributions(found):
        yield said.text("network.attribution", source=one)
    yield from covered(found, said)
    yield from _places(found, said)
    yield from quotas(found, said)


def caveats(found: Network) -> list[str]:
    """Return what must be said beside every figure, each once; last, that no working school is given."""
    said = dict.fromkeys(one for about in found.about.values() for one in about["caveats"])
    return [*said, *(["no_network_table"] if not found.coverage["schools"].sum() else [])]


def attributions(found: Network) -> list[str]:
    """Return how the data must be named, each once."""
    return list(dict.fromkeys(about["attribution"] for about in found.about.values() if "attribution" in about))


def covered(found: Network, said: Words) -> Iterator[str]:
    """Yield, of each profile, how many regions have a school today, how many would, and the norm it rests on."""
    for key, profile in found.profiles.items():
        rows = found.coverage[found.coverage["profile"] == key]
        norm = found.norms.in_force.get(profile.norm)
        target = norm.value if norm and isinstance(norm.value, int) else len(rows)
        after = rows["schools"] + rows["opened"]
        yield said.text(
            "network.covered",
            profile=network_sheets.title(profile, said), today=_today(found, rows, said),
            after=said.number(int((after > 0).sum())), target=said.number(target),
        )  # fmt: skip
        if rests := network_sheets.rests_on(profile, found.norms, said):
            yield f"  {rests}"


def _today(found: Network, rows: pd.DataFrame, said: Words) -> str:
    """Return how many regions have a school today; not given where the planner's table is empty."""
    if not found.coverage["schools"].sum():
        return said.text("network.no_figure")
    return said.number(int((rows["schools"] > 0).sum()))


def quotas(found: Network, said: Words) -> Iterator[str]:
    """Yield how many pupils the choice reaches and how good it is; or in numbers why a quota is not met."""
    proof = found.proof.iloc[0]
    least = int(proof["lacking"] - proof["short"])
    if proof["status"] == "infeasible":
        yield said.text("network.infeasible", schools=said.number(int(proof["schools"])), least=said.number(least))
        return
    called = network_sheets.names(found.names, said)
    short = found.coverage[found.coverage["candidates"] < found.coverage["lacking"]]
    for row in short.itertuples():
        yield said.text(
            "network.short", region=called.get(row.region, row.region),
            profile=network_sheets.title(found.profiles[row.profile], said),
            lacking=said.number(row.lacking), candidates=said.number(row.candidates),
        )  # fmt: skip
    yield said.text(
        "network.proof", schools=said.number(int(found.candidates["opened"].sum())),
        **{name: said.number(int(proof[name])) for name in ("reached", "most", "anywhere", "pupils")},
        slack=said.percent(_fewer(proof, "reached", "most")), given=said.percent(_fewer(proof, "most", "anywhere")),
        status=said.text(f"status.{proof['status']}"), gap=said.percent(float(proof["gap_share"])),
    )  # fmt: skip


def _fewer(proof: pd.Series[Any], one: str, than: str) -> float:
    """Return by what share of the other sum of pupils the one is less."""
    return 1.0 - float(proof[one]) / float(proof[than]) if proof[than] else 0.0


def _places(found: Network, said: Words) -> Iterator[RenderableType | str]:
    """Yield the places chosen, or where none is, the first of each region and profile: short names, parts in a row."""
    rows = found.candidates[found.candidates["opened"]]
    rows = rows if len(rows) else found.candidates[found.candidates["rank"] == 1]
    if rows.empty:
        return
    called = network_sheets.names(found.names, said)
    frame = network_sheets.candidates(rows, called, found.profiles, said)
    order = rows.loc[frame["id"]]
    frame["profile"] = [spoken(found.profiles[key].name, said.lang) for key in order["profile"]]
    frame["network_rank"] = [
        said.text("network.rank_range", rank=rank, best=best, worst=worst) if best != worst else str(rank)
        for rank, best, worst in zip(order["rank"], order["rank_best"], order["rank_worst"], strict=True)
    ]
    frame["first_share"] = [said.percent(share) for share in order["first_share"]]
    frame["network_parts"] = [" ".join(f"{part:.2f}" for part in row) for row in order[list(PARTS)].to_numpy(float)]
    yield _table(said, frame)
    yield said.text("network.parts_are", parts=", ".join(said.text(f"column.part_{name}") for name in PARTS))


def _table(said: Words, frame: pd.DataFrame) -> Table:
    table = Table(title=Text(said.text("heading.candidates")), title_justify="left")
    for column in _SHOWN:
        right = pd.api.types.is_numeric_dtype(frame[column])
        table.add_column(
            Text(said.text(f"column.{column}")), justify="right" if right else "left", no_wrap=column == "network_parts"
        )
    for row in frame[list(_SHOWN)].to_dict("records"):
        table.add_row(*(Text(_shown(said, value)) for value in row.values()))
    return table


def _shown(said: Words, value: Any) -> str:
    if value is None or pd.isna(value):
        return "–"
    return value if isinstance(value, str) else said.number(value, digits=_DIGITS)
