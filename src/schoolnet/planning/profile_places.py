"""Network schools of the whole country from the embedded places alone: straight lines, modelled pupils, approximate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from schoolnet.planning import profile_parts, profile_scores
from schoolnet.planning.profile_parts import Looked, Part
from schoolnet.sources import places as _places
from schoolnet.tables import BANDS, GRADES_OF_BAND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schoolnet.given import Given
    from schoolnet.law.norms import Norms
    from schoolnet.options import Options
    from schoolnet.planning.profile_list import Profile

#: What must be said beside every figure of it.
CAVEATS = ("straight_reach", "modelled_pupils")
_SHARE = "children.share"
_MIN_PER_HOUR = 60.0


def parts(norms: Norms, options: Options, given: Given, *, profiles: Mapping[str, Profile]) -> list[Part]:
    """Return the part of every region, from the embedded places.

    A place is a settlement without a known school. Its pupils of grades 5-11 are its inhabitants times the share of
    school-age children (option `school_age_share`, else norm `children.share`) times 7 of 11 grades, as if all grades
    were of one size; a place of unknown population is no home and no candidate. Minutes are straight metres times
    option `straight_factor` at option `straight_kmh`. What is rural is not told.
    """
    regions, found, files = _places.read()
    known = found[found["population"].notna()]
    grades = sum(GRADES_OF_BAND.values())
    share = options.school_age_share or float(norms[_SHARE].value)
    upper = grades - GRADES_OF_BAND[BANDS[0]]
    pupils = (known["population"].astype(float) * share * upper / grades).round().astype("Int64")
    homes = known[["name", "name_kk", "name_ru", "lon", "lat", "region"]].assign(
        name_en=known["name"], pupils=pupils, is_rural=pd.array([pd.NA] * len(known), dtype="boolean")
    )
    about = {
        "caveats": list(CAVEATS), "inputs": [one._asdict() for one in files], "norms_on": norms.day.isoformat(),
        "attribution": _places.ATTRIBUTION,
    }  # fmt: skip
    out = []
    for code, row in regions.iterrows():
        own = homes[homes["region"] == code].drop(columns="region").sort_index()
        names = {"name": row["name_en"], **{lang: row[f"name_{lang}"] for lang in ("kk", "ru", "en")}}
        looked = _looked(str(code), names, own, given, profiles, options)
        out.append(profile_parts.made(looked._replace(about=about), given, profiles, options))
    return out


def _looked(
    code: str,
    names: Mapping[str, str],
    homes: pd.DataFrame,
    given: Given,
    profiles: Mapping[str, Profile],
    options: Options,
) -> Looked:
    largest = homes.rename_axis("id").reset_index().sort_values(["pupils", "id"], ascending=[False, True])
    looked = sorted(largest["id"].head(options.network_candidates))
    rows = [
        (key, place, None, 0.0, "no_working" if one.on_base else "all")
        for key, one in profiles.items()
        for place in looked
    ]
    found = pd.DataFrame(rows, columns=["profile", "settlement_id", "school_id", "fitness", "looked_at"])
    working = profile_parts.working(code, homes, given)
    starts = profile_parts.starts(found, working)
    straight = profile_scores.km(homes.loc[starts], homes)
    minutes = straight * options.straight_factor / options.straight_kmh * _MIN_PER_HOUR
    return Looked(
        code=code, names=names, homes=homes, schools=homes.iloc[:0], places=found, working=working, starts=starts,
        minutes=minutes, approx=True, about={},
    )  # fmt: skip
