"""Network schools as frames in the words of one language: coverage, places, and how good the choice is.

Names of regions, profiles, settlements and schools stand in the place of identifiers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet.law.entries import spoken
from schoolnet.output import titles, words
from schoolnet.planning import profile_list
from schoolnet.services import PARTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from schoolnet.law.norms import Norms
    from schoolnet.output.words import Words
    from schoolnet.planning.plan import Plan
    from schoolnet.planning.profile_choice import Network
    from schoolnet.planning.profile_list import Profile

_COVERAGE = [
    "region", "profile", "schools", "network_evidence", "quota", "quota_lacking", "opened_count", "looked_at",
    "candidates", "rests_on",
]  # fmt: skip
_PLACES = ("region", "settlement_id", "school_id")


def frames(found: Network, said: Words) -> dict[str, pd.DataFrame]:
    """Return the sheets of network schools by name, in order."""
    called = of_network(found, said)
    return {
        "coverage": coverage(found.coverage, called, found.profiles, found.norms, said),
        "coverage_regions": by_region(found, said),
        "candidates": candidates(found.candidates, called, found.profiles, said),
        "network_proof": proof(found.proof),
    }


def of_plan(plan: Plan, said: Words) -> dict[str, pd.DataFrame]:
    """Return the sheets of network schools of one region's plan; those with nothing to show are left out."""
    region, profiles = plan.region, profile_list.profiles(plan.norms)
    own = {"name": region.names.get("name")} | {f"name_{key}": region.names.get(key) for key in words.LANGS}
    columns = list(own)
    rows = [pd.DataFrame(own, index=[region.code]), region.settlements[columns], region.schools[columns]]
    called = names(pd.concat([pd.DataFrame(one).astype(object) for one in rows if len(one)]), said, [region.code])
    found = {
        "coverage": coverage(plan.coverage, called, profiles, plan.norms, said),
        "candidates": candidates(plan.candidates, called, profiles, said),
    }
    return {name: frame for name, frame in found.items() if len(frame)}


def of_network(found: Network, said: Words) -> dict[str, str]:
    """Return the names of regions, places and schools of network schools by identifier (see `names`)."""
    return names(found.names, said, found.coverage["region"].unique())


def names(table: pd.DataFrame, said: Words, regions: Iterable[str]) -> dict[str, str]:
    """Return names by identifier in the language asked for, else in the next one; the identifier where there is none.

    `table` has the columns `name`, `name_kk`, `name_ru` and `name_en`; `regions` of it are called by their titles.
    """
    columns = list(dict.fromkeys([f"name_{said.lang}", *(f"name_{other}" for other in words.LANGS), "name"]))
    found = table[columns].bfill(axis=1).iloc[:, 0] if len(table) else pd.Series(dtype=object)
    called = {str(key): str(key) if pd.isna(name) else str(name) for key, name in found.items()}
    rows = table[table.index.isin(list(regions))].rename(columns=lambda name: name.removeprefix("name_"))
    return called | {str(key): titles.region(row, str(key), said.lang) for key, row in rows.to_dict("index").items()}


def coverage(
    table: pd.DataFrame, called: Mapping[str, str], profiles: Mapping[str, Profile], norms: Norms, said: Words
) -> pd.DataFrame:
    """Return `networks.COVERAGE` in words, with the norm each profile rests on, its standing and its last day."""
    out = table.rename(columns={"evidence": "network_evidence", "lacking": "quota_lacking", "opened": "opened_count"})
    told = out["network_evidence"].where(
        out["network_evidence"].notna() | (out["schools"] == 0), said.text("network.no_evidence")
    )
    out["network_evidence"] = told
    out["rests_on"] = [rests_on(profiles.get(key), norms, said) for key in table["profile"]]
    return _named(out, called, profiles, said)[_COVERAGE]


def by_region(found: Network, said: Words) -> pd.DataFrame:
    """Return a row for each region and a column for each profile: how many schools work, and where one is to open.

    | region | Abai school (humanities) | Zhautykov school (IT) |
    |---|---|---|
    | Astana | working: 1 | new: Astana |
    """
    called = of_network(found, said)
    opened = found.candidates[found.candidates["opened"]].sort_values("rank", kind="stable")
    places = opened.groupby(["region", "profile"])["settlement_id"].agg(list).to_dict()
    working = found.coverage.set_index(["region", "profile"])["schools"].to_dict()

    def cell(key: tuple[str, str]) -> str:
        count, new = working.get(key, 0), [str(_name(one, called)) for one in places.get(key, ())]
        told = [said.text("network.cell_working", count=said.number(count))] if count else []
        told += [said.text("network.cell_new", places=", ".join(new))] if new else []
        return "; ".join(told) or said.text("network.none")

    codes = list(dict.fromkeys(found.coverage["region"]))
    columns = {title(one, said): [cell((code, key)) for code in codes] for key, one in found.profiles.items()}
    return pd.DataFrame({"region": [called.get(code, code) for code in codes], **columns})


def candidates(
    table: pd.DataFrame, called: Mapping[str, str], profiles: Mapping[str, Profile], said: Words
) -> pd.DataFrame:
    """Return `networks.CANDIDATES` in words, those opened first in each region and profile, then by rank."""
    flat = pd.DataFrame(table.drop(columns="geometry")).reset_index(names="id")
    order = flat.assign(after=~flat["opened"]).sort_values(["region", "profile", "after", "rank"], kind="stable")
    out = _named(order.drop(columns="after"), called, profiles, said)
    columns = {"opened": "network_opened", "rank": "network_rank", "rank_best": "network_rank_best",
               "rank_worst": "network_rank_worst", "score": "network_score", "approx": "network_approx"}  # fmt: skip
    columns |= {name: f"part_{name}" for name in PARTS}
    first = ["region", "profile", "opened", "rank", "settlement_id", "school_id"]
    return out[[*first, *(name for name in out if name not in (*first, "id")), "id"]].rename(columns=columns)


def proof(table: pd.DataFrame) -> pd.DataFrame:
    """Return `networks.NETWORK_PROOF` in words."""
    out = table.rename(columns={"schools": "network_schools", "lacking": "quota_lacking", "short": "network_short"})
    return out.rename(
        columns={
            "pupils": "network_pupils",
            "reached": "network_reached",
            "most": "network_most",
            "anywhere": "network_anywhere",
        }
    )


def rests_on(profile: Profile | None, norms: Norms, said: Words) -> str | None:
    """Return the norm of a profile with its standing and the last day it was set for; nothing where it has none."""
    if profile is None or profile.norm not in norms.in_force:
        return None
    norm = norms[profile.norm]
    until = f", {said.text('network.until', day=f'{norm.until:%d.%m.%Y}')}" if norm.until else ""
    return f"{norm.say('text', said.lang)} ({said.text(f'standing.{norm.standing}')}{until})"


def title(profile: Profile, said: Words) -> str:
    """Return the name of a profile with what its schools teach."""
    return f"{spoken(profile.name, said.lang)} ({spoken(profile.field, said.lang)})"


def _named(
    frame: pd.DataFrame, called: Mapping[str, str], profiles: Mapping[str, Profile], said: Words
) -> pd.DataFrame:
    out = frame.copy()
    for column in [name for name in _PLACES if name in out]:
        out[column] = [_name(one, called) for one in out[column]]
    out["profile"] = [title(profiles[key], said) if key in profiles else key for key in frame["profile"]]
    return out


def _name(one: Any, called: Mapping[str, str]) -> Any:
    return one if pd.isna(one) else called.get(one, one)
