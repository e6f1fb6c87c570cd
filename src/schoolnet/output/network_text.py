"""What the command line says of network schools: coverage, the places chosen, and whether the quotas are met."""

from __future__ import annotations

import importlib.metadata
import json
from typing import TYPE_CHECKING, Any

from schoolnet.law.entries import spoken
from schoolnet.output import network_sheets, printed, service, words
from schoolnet.services import PARTS
from schoolnet.sources import gazetteer

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from rich.console import RenderableType

    from schoolnet.output.words import Words
    from schoolnet.planning.profile_choice import Network

_SHOWN = (
    "region", "profile", "settlement_id", "school_id", "network_rank", "first_share", "pupils_60", "pupils_90",
    "boarding_seats", "network_score", "network_parts",
)  # fmt: skip


def parts(found: Network, lang: str) -> Iterator[RenderableType | str]:
    """Yield coverage by profile with its target, what must be said beside it, the places, and the quotas."""
    said = words.load(lang)
    yield from service.head(about(found, said), said)
    yield from covered(found, said)
    wide = network_sheets.by_region(found, said)
    yield printed.table(said, said.text("heading.coverage_regions"), wide)
    yield from _places(found, said)
    yield from quotas(found, said)


def about(found: Network, said: Words) -> service.About:
    """Return what is said of network schools on screen, in the workbook and in the record."""
    named = attributions(found)
    title = " · ".join([said.text("network.title"), *named])
    told = [said.text(f"caveat.{one}") for one in caveats(found)]
    told += [said.text("network.attribution", source=one) for one in named]
    return service.About(title, found.norms.day, told, found.ledger, found.options, record(found))


def record(found: Network) -> dict[str, object]:
    """Return what it was made of: regions with their inputs and caveats, attribution, norms, options, version."""
    used = [found.norms[one.norm] for one in found.profiles.values() if one.norm in found.norms.in_force]
    return {
        "regions": {code: dict(about) for code, about in found.about.items()},
        "attribution": attributions(found),
        "given": [[file, table, count] for (file, table), count in found.ledger.read.items()],
        "norms": {
            "on": found.norms.day.isoformat(),
            "used": {
                one.key: {"value": one.value, "standing": one.standing, "cited": one.citation("en")} for one in used
            },
        },
        "options": found.options.model_dump(mode="json"),
        "proof": json.loads(found.proof.to_json(orient="records")),
        "schoolnet": importlib.metadata.version("schoolnet"),
    }


def caveats(found: Network) -> list[str]:
    """Return what must be said beside every figure, each once; last, that no outline or no working school is known."""
    said = dict.fromkeys(one for about in found.about.values() for one in about["caveats"])
    bare = [] if any(one is not None for one in found.outlines.values()) else ["no_outlines"]
    return [*said, *bare, *(["no_network_table"] if not found.coverage["schools"].sum() else [])]


def attributions(found: Network) -> list[str]:
    """Return how the data must be named, each once."""
    return list(dict.fromkeys(about["attribution"] for about in found.about.values() if "attribution" in about))


def covered(found: Network, said: Words) -> Iterator[str]:
    """Yield, of each profile, how many regions have a school today, how many would, and the norm it rests on."""
    for key, profile in found.profiles.items():
        rows = found.coverage[found.coverage["profile"] == key]
        norm = found.norms.in_force.get(profile.norm)
        target = norm.value if norm and isinstance(norm.value, int) else gazetteer.regions()
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
    called = network_sheets.of_network(found, said)
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
    called = network_sheets.of_network(found, said)
    frame = network_sheets.candidates(rows, called, found.profiles, said)
    order = rows.loc[frame["id"]]
    frame["profile"] = [spoken(found.profiles[key].name, said.lang) for key in order["profile"]]
    frame["network_rank"] = [
        said.text("network.rank_range", rank=rank, best=best, worst=worst) if best != worst else str(rank)
        for rank, best, worst in zip(order["rank"], order["rank_best"], order["rank_worst"], strict=True)
    ]
    frame["first_share"] = [said.percent(share) for share in order["first_share"]]
    frame["network_parts"] = [" ".join(f"{part:.2f}" for part in row) for row in order[list(PARTS)].to_numpy(float)]
    yield printed.table(said, said.text("heading.candidates"), frame, _SHOWN, unbroken=("network_parts",))
    yield said.text("network.parts_are", parts=", ".join(said.text(f"column.part_{name}") for name in PARTS))
