"""A national report drawn by hand: three regions side by side, their programme of three sites, all worked out on paper.

North: 4 state day schools, N1 in emergency condition (replaced in 2027), N2 of three shifts (a new school of 2028).
South: 10 of them, S1 both; nothing is built for it. The city, one square kilometre: 2, none bad.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd
import shapely

import schoolnet
import sited
from schoolnet import decisions, outcome, schema
from schoolnet.law.norms import Norms
from schoolnet.options import Options
from schoolnet.output import report_region
from schoolnet.output.report_frames import Report
from schoolnet.output.report_region import Reported
from schoolnet.planning.scenario import Part
from schoolnet.region import Input
from test_compare import PROOF

OPTIONS = Options(on=dt.date(2026, 10, 15), schools=2, years=2)
NASTY = '"><img src=x onerror=alert(1)></script>`=1+1'
NAMES = {
    "KZ-01": {"kk": "Солтүстік облысы", "ru": "Северная область", "en": "North Region"},
    "KZ-02": {"kk": "Оңтүстік облысы", "ru": "Южная область", "en": NASTY},
    "KZ-03": {"kk": "Бас қала", "ru": "Главный город", "en": "Main City"},
}
OUTLINES = {
    "KZ-01": shapely.box(60, 50, 70, 54),
    "KZ-02": shapely.box(60, 46, 70, 50) - shapely.box(65, 49.5, 65.02, 49.51),
    "KZ-03": shapely.box(65, 49.5, 65.02, 49.51),
}
SITES = [
    {"site_id": "replace:N1", "region": "KZ-01", "tier": "emergency", "action": "replace", "school_id": "N1",
     "at": "school", "pupils": 80, "from_emergency": 80, "seats": 60, "cost_mkzt": 500.0, "is_rural": True},
    {"site_id": "build:N2", "region": "KZ-01", "tier": "three_shift", "pupils": 90, "from_third_shift": 90,
     "seats": 300, "cost_mkzt": 2490.0},
]  # fmt: skip
RELIEVED = [
    {"school_id": "N1", "need": "emergency", "how": "site", "site_id": "replace:N1", "pupils": 80},
    {"school_id": "N2", "need": "three_shift", "how": "site", "site_id": "build:N2", "pupils": 90},
]
SCHOOLS = {"KZ-01": {"N1": "e", "N2": "3", "N3": "", "N4": ""},
           "KZ-02": {"S1": "e3"} | {f"S{at}": "" for at in range(2, 11)},
           "KZ-03": {"C1": "", "C2": ""}}  # fmt: skip


def _part(code):
    there = sited.sites([row for row in SITES if row["region"] == code])
    relieved = [row for row in RELIEVED if row["school_id"] in SCHOOLS[code]]
    register = [
        {"school_id": key, "region": code, "state_day": True, "emergency": "e" in kind, "three_shift": "3" in kind,
         "told": True, "settlement_id": f"{code}-h"}
        for key, kind in SCHOOLS[code].items()
    ]  # fmt: skip
    names = pd.DataFrame({f"name_{lang}": [name] for lang, name in NAMES[code].items()}, index=[code], dtype=object)
    homes = pd.DataFrame(
        {"district_id": ["d"], "is_rural": [True], "guaranteed": [False], "owed": [False]},
        index=pd.Index([f"{code}-h"], name="settlement_id"),
    )
    people = pd.DataFrame({"settlement_id": [f"{code}-h"], "band": ["1-4"], "pupils": [5], "road_m": [0.0]})
    return Part(
        code=code, options=OPTIONS, limit_m=3000.0, sites=there, errors=sited.errors(there),
        reach=schema.frame([], decisions.REACH), proofs=schema.frame([PROOF | {"region": code}], decisions.PROOFS),
        relieved=schema.frame(relieved, decisions.RELIEVED), people=people, homes=homes,
        register=schema.frame(register, outcome.REGISTER), names=names.assign(name=None).rename_axis("id"),
        about={"norms_on": "2026-10-15"},
    )  # fmt: skip


def _reported(code):
    kinds = SCHOOLS[code].values()
    counted = {
        "schools": len(kinds) + 1, "state_day_schools": len(kinds), "emergency": sum("e" in one for one in kinds),
        "three_shift": sum("3" in one for one in kinds), "bad": sum(bool(one) for one in kinds),
        "eased_schools": 0, "eased_pupils": 0,
        "shortage_official": 90 if code == "KZ-01" else 0, "shortage_comfort": 400, "owed_build": 3, "owed_upgrade": 1,
        "entitled_pupils": 20,
    }  # fmt: skip
    few = {name: counted[name] for name in ("state_day_schools", "emergency", "three_shift", "bad")}
    districts = pd.DataFrame(
        [few | {"indicator_share": few["bad"] / few["state_day_schools"], "names": {"kk": f"{code} ауданы"}}],
        index=[f"{code}-d"],
    )
    none = dict.fromkeys([*few, "shortage_official", "in_place", "for_third"], 0)
    town, village = none | {"state_day_schools": 1}, none | few
    village["state_day_schools"] -= 1
    if code == "KZ-01":
        village |= {"shortage_official": 90, "in_place": 1}
        town |= {"for_third": 1}
    return Reported(
        code=code, names=NAMES[code], outline=OUTLINES[code], counts=counted, districts=districts,
        territories=pd.DataFrame([town, village], index=pd.Index(["urban", "rural"], name="territory")),
        targets=report_region.targets(Norms.on(OPTIONS.on)), caveats=("modelled_schools",),
        inputs=(Input("map", "kz.osm.pbf", 5, "ab" * 32),), day=OPTIONS.on, osm=True,
    )  # fmt: skip


def drawn(*, linked=()):
    """Return the report, with maps beside it of the regions `linked`."""
    codes = sorted(NAMES)
    made = schoolnet.programme([_part(code) for code in codes], OPTIONS)
    return Report([_reported(code) for code in codes], made, frozenset(linked))
