"""Files of people for the tiny region (see conftest), every number small enough to be followed on paper.

On the map Gulder has no inhabitants, Xutor lies in the region but in no district, and nobody lives in the district
North.

Raster, squares of 500 m whose left edges lie at x = -16100 + 500 n, their upper ones at y = 11100 - 500 m: a
square belongs to where its centre lies.

    where (centre)            people
    Arka (150, 350)              500
    Bulak (-2850, -150)          250
    Dala (2650, 350)             100
    Eski (-1850, -3150)           25
    Gulder (-850, 350)            40
    border (-4850, 350)           30   lies across x = -5000, the border of East and West: East, and there Bulak
    Qala (-8850, 350)           2000
    Qala (-9350, 350)           1000
    Qala (-8850, -150)          1000
    steppe (-13850, 350)          60   West, in no town
    Xutor (-9850, -8650)          55   in no district
    North (150, 8850)             70
    abroad (-15850, 350)          11   beyond the border of the region
    all                        5,141   East 945, West 4,060, North 70, no district 66

Inhabitants. East, official 569: given are Arka 400, Bulak 200, Dala 100, Eski 24 = 724, on the raster 500, 280, 100, 25
= 905; 724 / 905 = 0.8, so Gulder's 40 are 32; 756 in all, x 569 / 756 = 301.06 150.53 75.26 18.06 24.08
-> 301 151 75 18 24. West, official 3500: all of them in Qala. North: official 50, nobody to take them. No district:
Xutor keeps its 55.

Children. Arka by grades: 8 7 8 7 | 8 7 8 7 7 | 7 7 = 81, whatever the map says (99); 3 of them are taught at home.
Bulak 41, given. Eski by ages: 4.
The share of school-age children is 0.187: Dala 14.025, Gulder 4.488, together 18.513. East has 11 x 13 = 143 pupils
this school year, 126 of them counted above: 17 are left, Dala 12.88 -> 13, Gulder 4.12 -> 4. Qala by the ages
of West: 60 of every age to 17 among 3,600, eleven cohorts: 3500 x 660 / 3600 = 641.67 -> 642. Xutor 10.285 -> 10.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from rasterio.transform import Affine

import conftest
import rasters
from schoolnet import schema, tables
from schoolnet.options import Options

EAST, NORTH = 500 / conftest.METRES_PER_DEGREE_EAST, 500 / conftest.METRES_PER_DEGREE_NORTH
TOWN = [(-8850, 350, 2000), (-9350, 350, 1000), (-8850, -150, 1000)]
SQUARES = [
    (150, 350, 500), (-2850, -150, 250), (2650, 350, 100), (-1850, -3150, 25), (-850, 350, 40), (-4850, 350, 30),
    *TOWN, (-13850, 350, 60), (-9850, -8650, 55), (150, 8850, 70), (-15850, 350, 11),
]  # fmt: skip
GRADES_OF_ARKA = [8, 7, 8, 7, 8, 7, 8, 7, 7, 7, 7]
OFFICIAL = {"east": 569, "west": 3500, "north": 50}
PEOPLE = {"A": 301, "B": 151, "D": 75, "E": 18, "G": 24, "Q": 3500, "X": 55}
CHILDREN = {"A": 81, "B": 41, "D": 13, "E": 4, "G": 4, "Q": 642, "X": 10}
DISTRICT = {"A": "east", "B": "east", "D": "east", "E": "east", "G": "east", "Q": "west", "X": ""}
OPTIONS = Options(on=conftest.DAY, horizon=2030)


def mapped():
    """Return the tiny region with a district nobody lives in, and a settlement in none."""
    tiny = conftest.tiny_region()
    districts = schema.geoframe(
        [
            {
                "district_id": "east",
                "name": "East",
                "name_en": "East",
                "name_kk": "Шығыс",
                "name_ru": "Восток",
                "kato": "990300000",
            },
            {
                "district_id": "north",
                "name": "North",
                "name_en": "North",
                "name_kk": "Солтүстік",
                "name_ru": "Север",
                "kato": "990500000",
            },
            {
                "district_id": "west",
                "name": "West",
                "name_en": "West",
                "name_kk": "Батыс",
                "name_ru": "Запад",
                "kato": "991000000",
            },
        ],
        tables.DISTRICTS,
        [
            conftest.box(-5000, -10000, 10000, 8000),
            conftest.box(-15000, 8000, 10000, 10000),
            conftest.box(-15000, -8000, -5000, 8000),
        ],
    )
    homes = tiny.settlements.reset_index()
    codes = ["990301001", "990301002", "990301003", "990301004", "990301005", "991010000"]
    homes = homes.assign(kato=codes, children=pd.array([99, *[None] * 5], dtype="Int64"))
    homes.loc[homes["settlement_id"] == "G", ["population", "population_basis"]] = [pd.NA, "unknown"]
    rows = homes.drop(columns="geometry").to_dict("records")
    rows.append(
        {"settlement_id": "X", "name": "Xutor", "kato": "991030001", "place": "hamlet", "is_rural": True,
         "population": 55, "population_basis": "given"}
    )  # fmt: skip
    shapes = [*homes.geometry, conftest.point(-10000, -9000)]
    return dataclasses.replace(tiny, districts=districts, settlements=schema.geoframe(rows, tables.SETTLEMENTS, shapes))


def homes_csv():
    """Return the settlement table, headers in Russian."""
    grades = [f"{one} класс" for one in range(1, 12)]
    ages = [f"{one} лет" for one in range(6, 18)]
    head = ["КАТО", "Населённый пункт", "Район", "Население", "Дети", *grades, *ages]
    head += ["На дому", "На казахском языке", "На русском языке"]
    blank_grades, blank_ages = [""] * 11, [""] * 12
    of_eski = [1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0]
    rows = [
        ["990301001", "Arka", "East", 400, "", *GRADES_OF_ARKA, *blank_ages, 3, 50, 20],
        ["990301002", "Bulak", "East", 200, 41, *blank_grades, *blank_ages, "", "", ""],
        ["990301003", "Dala", "East", 100, "", *blank_grades, *blank_ages, "", "", ""],
        ["990301004", "Eski", "East", 24, "", *blank_grades, *of_eski, "", "", ""],
        ["991010000", "Qala", "West", 3000, "", *blank_grades, *blank_ages, "", "", ""],
    ]
    return lines([head, *rows])


def lines(rows):
    return "".join(";".join(map(str, row)) + "\n" for row in rows)


def official_csv(*more):
    """Return official totals in the form of the Bureau, with a district the map does not have."""
    rows = [
        ["oblast_kk", "level", "name_kk", "pop", "urban", "rural", "adm2_kato"],
        ["", "district", "Шығыс ауданы", "569.0", "0.0", "569.0", "990300000"],
        ["", "district", "Батыс қ.ә.", "3500.0", "3500.0", "0.0", "991000000"],
        ["", "district", "Солтүстік ауданы", "50.0", "0.0", "50.0", "990500000"],
        *more,
    ]
    return lines(rows)


def ages_csv():
    rows = [["991000000", age, 60, 2026, 9] for age in range(18)]
    rows.append(["991000000", "18+", 3600 - 18 * 60, 2026, 9])
    return lines([["kato", "age", "people", "year", "month"], *rows])


def births_csv():
    return lines([["area", "year", "births"], *(["*", year, 60] for year in range(2018, 2026))])


def series_csv():
    """Return pupils: of East two years gone by, as many in every grade; totals of 2028 (East) and 2029 (region)."""
    past = [["Шығыс ауданы", year, grade, 13] for year in (2025, 2026) for grade in range(1, 12)]
    ahead = [["Шығыс ауданы", 2028, "", 150], ["*", 2029, "", 800], ["*", 2029, 1, 70]]
    return lines([["area", "year", "grade", "pupils"], *past, *ahead])


def tif(path, squares=SQUARES, **form):
    """Write the raster; a cell of a raster without data is written where nobody is."""
    values = np.zeros((44, 54), np.float32)
    for x, y, people in squares:
        values[int((11100 - y) // 500), int((x + 16100) // 500)] = people
    values[0, 0] = -99999.0
    place = Affine(EAST, 0, -16100 / 500 * EAST, 0, -NORTH, 11100 / 500 * NORTH)
    return rasters.write(path, values, transform=place, **form)


def files(folder, **text):
    """Write the map and every file of people to a folder; `name=None` leaves one out. Returns map and files."""
    known = {"homes": homes_csv, "official": official_csv, "ages": ages_csv, "births": births_csv, "series": series_csv}
    made = []
    for name, write in known.items():
        told = text.get(name, "")
        if told is not None:
            path = folder / f"{name}.csv"
            path.write_text(told or write(), encoding="utf-8")
            made.append(path)
    if text.get("raster", "") is not None:
        made.append(tif(folder / "xxx_ppp_2020.tif"))
    return mapped().save(folder / "map"), made
