"""A planner's desk: every file the README names, made of the embedded example, so that its commands can be run.

The example stands for North Kazakhstan: its map is written as an .osm.pbf with the codes and names the README uses.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import numpy as np
import xlsxwriter
from rasterio import Affine

import pbf
import rasters
import schoolnet
from schoolnet import disk, fetching
from schoolnet.sources import catalogue, download, web

ROOT = Path(__file__).parents[1]
CODE, KATO, DISTRICT, VILLAGE = "KZ-59", "595637300", "Айыртау", "Коноваловка"
_NAMES = {"name": "name", "name_kk": "name:kk", "name_ru": "name:ru", "name_en": "name:en"}


def lay(folder):
    """Put every file on the desk; returns the folder."""
    source, register = schoolnet.example()
    layers = {name: _features(source, name) for name in ("region", "districts", "settlements", "roads", "waters")}
    village = layers["settlements"][20]["properties"]
    old = village["kato"]
    village |= {"kato": KATO, "name": VILLAGE, "name_kk": VILLAGE, "name_ru": VILLAGE}
    layers["districts"][0]["properties"]["name"] = DISTRICT
    _map(layers).write(folder / "kazakhstan.osm.pbf")
    text = Path(register).read_text(encoding="utf-8-sig").replace(old, KATO)
    (folder / "register.csv").write_text(text, encoding="utf-8")
    before = text.splitlines(keepends=True)
    (folder / "register-2025.csv").write_text("".join(before[:40] + before[41:]), encoding="utf-8")  # one opened since
    _people(folder, layers["settlements"], layers["districts"])
    _own(folder, layers["settlements"])
    scenario = re.search(r"```toml\n(schools = .*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    (folder / "thousand.toml").write_text(scenario.group(1), encoding="utf-8")
    _fetched(folder)
    return folder


def _fetched(folder):
    """Put into the caches (`cache/schoolnet` is that of the system) what the README fetches, as if by hand."""
    cache, other = folder / "cache" / "schoolnet", folder / "data-of-2026"
    for one in (cache, other):
        one.mkdir(parents=True)
        shutil.copy(folder / "kazakhstan.osm.pbf", one / "kazakhstan-latest.osm.pbf")
    for one in catalogue.load():
        if one.role == "people":
            shutil.copy(folder / "kaz_ppp_2020.tif", cache / one.file)
    place = re.search(r'--place "([^"]+)"', (ROOT / "README.md").read_text(encoding="utf-8")).group(1)
    path, boundary = fetching._files_of(place, cache)
    path.parent.mkdir()
    shutil.copy(folder / "kazakhstan.osm.pbf", path)
    shutil.copy(Path(schoolnet.example()[0]) / "region.geojson", boundary)
    download.note_down(path, {"place": place, "sha256": disk.digest(path)}, web.Net())


def _features(source, name):
    return json.loads((Path(source) / f"{name}.geojson").read_text(encoding="utf-8"))["features"]


def _map(layers):
    drawn = pbf.Drawing()
    for level, name in (("4", "region"), ("6", "districts")):
        for feature in layers[name]:
            more = {"ISO3166-2": CODE, "kato": "590000000"} if level == "4" else {"kato": feature["properties"]["kato"]}
            _area(drawn, feature, pbf.administrative(level, feature["properties"]["name"], **more) | _named(feature))
    for feature in layers["settlements"]:
        cells = feature["properties"]
        tags = {"place": cells["place"], "kato": cells["kato"], "population": str(cells["population"])}
        drawn.node(tuple(feature["geometry"]["coordinates"]), tags | _named(feature))
    for feature in layers["roads"]:
        cells = feature["properties"]
        tags = {"highway": cells["highway"]} | ({cells["crossing"]: "yes"} if cells["crossing"] else {})
        drawn.way([tuple(place) for place in feature["geometry"]["coordinates"]], tags)
    for feature in layers["waters"]:
        if feature["properties"]["kind"] == "lake":
            _area(drawn, feature, {"natural": "water", "water": "lake"} | _named(feature))
        else:
            drawn.way(
                [tuple(place) for place in feature["geometry"]["coordinates"]], {"waterway": "river"} | _named(feature)
            )
    return drawn


def _named(feature):
    cells = feature["properties"]
    return {tag: cells[name] for name, tag in _NAMES.items() if cells.get(name)}


def _area(drawn, feature, tags):
    shape = feature["geometry"]
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    rings = [[_ring(drawn, ring) for ring in polygon] for polygon in polygons]
    outer = [polygon[0] for polygon in rings]
    inner = tuple(one for polygon in rings for one in polygon[1:])
    kind = "boundary" if "admin_level" in tags else "multipolygon"
    drawn.relation(outer, tags, inner=inner, kind=kind)


def _ring(drawn, ring):
    nodes = [drawn.node(tuple(place)) for place in ring[:-1]]
    return drawn.way([*nodes, nodes[0]])


def _people(folder, homes, districts):
    with xlsxwriter.Workbook(str(folder / "settlements.xlsx")) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate(
            [("КАТО", "Население"), *((one["properties"]["kato"], 900) for one in homes[20:25])]
        ):
            sheet.write_row(row, 0, cells)
    total = [["oblast_kk", "level", "name_kk", "pop", "urban", "rural", "adm2_kato"]]
    for one in districts:
        cells = one["properties"]
        people = sum(
            home["properties"]["population"] or 0
            for home in homes
            if home["properties"]["district_id"] == cells["district_id"]
        )
        total.append(["", "district", cells["name"], people, "", "", cells["kato"]])
    _csv(folder / "bns_population_2023_districts.csv", total)
    ages = [["kato", "age", "people", "year", "month"], *(["991000000", age, 700, 2026, 9] for age in range(18))]
    _csv(folder / "ages.csv", [*ages, ["991000000", "18+", 30000, 2026, 9]])
    _csv(folder / "births.csv", [["area", "year", "births"], *(["*", year, 2600] for year in range(2018, 2026))])
    _csv(
        folder / "pupils.csv", [["area", "year", "grade", "pupils"], *(["*", 2026, one, 2400] for one in range(1, 12))]
    )
    values = np.full((40, 60), 5, np.float32)
    rasters.write(folder / "kaz_ppp_2020.tif", values, transform=Affine(0.07, 0, 65.0, 0, -0.07, 51.5))


def _own(folder, homes):
    x, y = homes[0]["geometry"]["coordinates"]
    _csv(folder / "plots.csv", [["id", "lon", "lat"], ["u1", round(x, 5), round(y, 5)]])
    network = [
        ["region", "profile", "school", "lon", "lat", "since", "evidence"],
        [CODE, "abai", "", "", "", 2024, "act"],
    ]
    _csv(folder / "network.csv", network)
    partners = [["name", "kind", "profile", "lon", "lat"], ["University", "university", "abai", x, y]]
    _csv(folder / "partners.csv", partners)
    hub, satellite = homes[1]["properties"], homes[20]["properties"]
    okrugs = [["okrug", "kato", "settlement", "district", "role"]]
    okrugs += [["1", hub["kato"], "", "", "hub"], ["1", satellite["kato"], "", "", "satellite"]]
    _csv(folder / "okrugs.csv", okrugs)


def _csv(path, rows):
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
