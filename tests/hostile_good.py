"""Write a good file, or folder, of each kind that is read, for `test_fuzz` to damage."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import hashlib
import inspect
import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import xlsxwriter
from rasterio.transform import Affine

import conftest
import rasters
import schoolnet
from pbf import oblast
from schoolnet import schema
from schoolnet.batches import folders, form, spent
from schoolnet.given import OKRUGS, Given
from schoolnet.output import outcome as output_outcome
from schoolnet.output import report_region
from schoolnet.planning.scenario import outcome_of, part
from schoolnet.sources import people, snapshot

if TYPE_CHECKING:
    from pathlib import Path

REGISTER = (
    "id;name;level;lon;lat;seats;updated_at\n"
    '1;"Школа ""Абай""";basic;60,5;50.5;120;2026-10-01\n'
    "2;'=1+1;Орта;60.51;50.5;1 200;01.10.2026\n"
)
TOML = {
    "options": 'seed = 2\non = 2026-10-01\nyears = 3\nbudget_mkzt = [10.5, 20, 30]\nquotas = { "KZ-59" = 4 }\n',
    "norms": '[act.own]\ncite = "Order"\n[[norm]]\nkey = "threshold.primary"\nvalue = 6\nstanding = "law"\n'
    'act = "own"\nfrom = 2026-01-01\nnote = """\n[[x]]\n"""\n',
    "profiles": '[robots]\nname = "Robots"\nfield = { kk = "a", ru = "b", en = "c" }\nmarks = ["robot"]\n',
    "catalogue": '[[source]]\nkey = "a"\nrole = "map"\ncovers = ["KZ"]\ntitle = { kk = "A", ru = "A", en = "A" }\n'
    'file = "a.osm.pbf"\nform = "osm.pbf"\npage = "https://x.kz/"\nmost_mb = 5\nlicence = "ODbL"\nattribution = "A"\n'
    '[[source]]\nkey = "b-{sex}"\neach = { sex = ["f", "m"] }\nrole = "people"\ncovers = ["KZ"]\nform = "tif"\n'
    'title = { kk = "B", ru = "B", en = "B" }\nfile = "b-{sex}.tif"\nurl = "https://x.kz/b-{sex}.tif"\n'
    'page = "https://x.kz/"\nmost_mb = 5\nlicence = "CC"\nattribution = "B"\n',
}
OUTLINE = (
    '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"iso": "KZ-99", "name": "X"},'
    ' "geometry": {"type": "Polygon", "coordinates": [[[60, 50], [62, 50], [62, 51], [60, 51], [60, 50]]]}}]}'
)
#: Sheets of people of the tiny region, one or more of each kind.
PEOPLE = {
    "headcounts": """
        Население на 1 сентября 2023 года
        Код КАТО;Населённый пункт;Район;Население;Дети;0 лет;7 лет;1 класс;На дому;На казахском языке;Год;прим.
        990100001;с. Арка;East;1 430;90;10;12;11;1;60;2023/24;да
        990100002.0;Bulak;;219,0;41;;;;;;;
        ;Dala;East;107;;;;;;;;""",
    "official": """
        Население на 1 января 2023 года
        Район;Год;Население;мужчины;женщины;городское;сельское
        East;2022;800;;;;
        East;2023;804;400;404;1;804
        Западный Г.А.;2023;3 209;1600;1609;3209;0
        West;2023;3209;;;3209;0""",
    "ages wide": """
        На 1 сентября 2023 года
        Район;Местность;Пол;0-4 лет;5 – 17 лет;18 лет и старше;Барлығы
        East;село;мужчины;10;20;70;100
        East;село;женщины;11;19;71;101
        West;городское население;оба пола;1;2;3;6""",
    "ages long": """
        area;sex;age;people;year;month
        *;;0-4;10;2023;9
        *;;5-9;11;2023;9
        *;;10-17;7;2023;9
        KZ;;0-17;20 000;2023;
        *;;всего;28;2023;9""",
    "births": """
        Район;Год;Родилось
        East;2022;10
        East;2023;12
        KZ;2023;388 428
        *;2023;99""",
    "series": """
        Район;Учебный год;1 класс;2 класс;9 класс;11 класс
        East;2022/23;20;21;18;7
        *;2022/2023;70;71;60;30
        *;2023;71;70;61;31""",
}
GIVEN = {
    "network": "Регион;Профиль;Школа;Долгота;Широта;Год открытия;Основание\n"
    "Северо-Казахстанская область;Сәтбаев;Вторая;69,15;54.87;2025;приказ 13\nXX-00;robots;Own;;;2024/25;\n",
    "partners": "name,kind,profile,lon,lat\nAbai University,university,abai,76.9,43.2\nКолледж,колледж,,71.4,51.1\n",
    "okrugs": "Okrug,KATO,Settlement,District,Role\nOne,990100001,,,hub\nOne,,Dala,East,спутник\n,990100002,,,hub\n",
}
PLOTS = (
    "Номер участка,Название,Долгота,Широта,КАТО,Мест не более\n"
    "7,Центр,-0.0808483,0.0000904,990200001,600\n8,Край,-0.0817466,0.0,,\n"
)
PASSWORDS = "# host:port:name:user:password\ndb.kz:5432:network:planner:sec\\:ret\n*:*:*:*:other\n"
NAMES = {
    "sheet": "r.xlsx", "register": "r.csv", "map": "m.osm.pbf", "map: xml": "m.osm", "raster": "kaz_ppp_2020.tif",
    "outline": "o.geojson", "national": "national.json", "passwords": "pgpass",
}  # fmt: skip


def files(home: Path, tiny: schoolnet.Region, plan: schoolnet.Plan) -> dict[str, Path]:
    """Return the path of each, by `reader` or `reader: what`."""
    paths = {reader: home / f"{reader}.toml" for reader in TOML} | {case: home / name for case, name in NAMES.items()}
    texts = TOML | {"register": REGISTER, "outline": OUTLINE, "passwords": PASSWORDS}
    for case, text in texts.items():
        paths[case].write_text(text, encoding="utf-8")
    paths["passwords"].chmod(0o600)
    _book(paths["sheet"], "Школы", REGISTER)
    oblast().write(paths["map"], compression="none")
    oblast().write(paths["map: xml"], compression="xml")
    rasters.write(paths["raster"], np.ones((20, 30)), tiled=True, blockxsize=16, blockysize=16, compress="deflate")
    form.write(part(plan), report_region.reported(plan), paths["national"])
    return paths | _tables(home) | _folders(home, tiny, plan, paths)


def _tables(home: Path) -> dict[str, Path]:
    """Return the sheets of people, plots and a planner's own tables."""
    out = {}
    texts = {("people", kind): inspect.cleandoc(text) + "\n" for kind, text in PEOPLE.items()}
    texts |= {("given", kind): text for kind, text in GIVEN.items()} | {("plots", "csv"): PLOTS}
    for (reader, kind), text in texts.items():
        path = home / f"{reader}-{kind}.csv"
        path.write_text(text, encoding="utf-8")
        out[f"{reader}: {kind}"] = path
    for reader, kind in (("people", "headcounts"), ("given", "okrugs"), ("plots", "csv")):
        path = _book(home / f"{reader}.xlsx", kind, texts[reader, kind])
        out[f"{reader}: xlsx"] = path
    grid = home / "xxx_f_5_2020_1km.tif"  # over the whole tiny region, cells of 0.01 degree
    rasters.write(grid, np.full((24, 28), 2.5), transform=Affine(0.01, 0, -0.14, 0, -0.01, 0.12), compress="deflate")
    total = shutil.copy(grid, home / "xxx_ppp_2020_1km.tif")
    return out | {"people: raster": total, "people alone: raster": grid}


def _book(path: Path, name: str, text: str) -> Path:
    lines = text.splitlines()
    by = max(",;", key=lines[-1].count)
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet(name)
        for row, line in enumerate(csv.reader(lines, delimiter=by)):
            page.write_row(row, 0, [float(one) if one.isdigit() and len(one) < 9 else one for one in line])
        page.write_datetime(12, 12, dt.datetime.fromisoformat("2026-10-01"), book.add_format({"num_format": "d.m.yy"}))
        page.write_number(12, 13, 0.75, book.add_format({"num_format": "[h]:mm"}))
    return path


def _folders(home: Path, tiny: schoolnet.Region, plan: schoolnet.Plan, paths: dict[str, Path]) -> dict[str, Path]:
    own = [{"okrug": "One", "settlement_id": key, "role": role} for key, role in (("A", "hub"), ("D", "satellite"))]
    region = dataclasses.replace(tiny, given=Given(okrugs=schema.frame(own, OKRUGS)))
    sheets = [home / f"people-{kind}.csv" for kind in PEOPLE if kind != "ages long"]
    region = people.attach(region, [*sheets, home / "xxx_ppp_2020_1km.tif"], schoolnet.Options(on=conftest.DAY))
    saved = region.save(home / "folder")
    read = schoolnet.read(saved)
    frozen = schoolnet.snapshot(
        read, dt.date(2026, 10, 5), home / "frozen", options=schoolnet.Options(on="2026-10-05"), told_by="Akimat",
        frozen_on=dt.date(2026, 10, 9),
    )  # fmt: skip
    for one in frozen.rglob("*"):
        one.chmod(0o755 if one.is_dir() else 0o644)
    frozen.chmod(0o755)
    batch = home / "batch"
    batch.mkdir()
    (batch / "plan.xlsx").write_bytes(b"1")
    held = {"plan.xlsx": hashlib.sha256(b"1").hexdigest()}
    about = {"key": "ab" * 32, "files": held, "regions": {"KZ-59": "cd" * 32}}
    (batch / folders.RECORD).write_text(json.dumps(about), encoding="utf-8")
    (batch / spent.FILE).write_text("region,stage,seconds,peak_mb\nKZ-10,map,1.50,200\n", encoding="utf-8")
    return {
        "folder": saved, "snapshot": frozen, "batch": batch, "fetched": _fetched(home, paths),
        "outcome": output_outcome.write(outcome_of([part(plan)]), home / "outcome"),
    }  # fmt: skip


def _fetched(home: Path, paths: dict[str, Path]) -> Path:
    """Return a cache with a file of each form, the record of one, and a half of another with its note."""
    cache = home / "fetched"
    cache.mkdir()
    for case in ("map", "raster", "outline", "register", "sheet"):
        shutil.copy(paths[case], cache)
    (cache / "kaz_ppp_2020.tif.fetched.json").write_text('{"sha256": "ab", "etag": "x"}', encoding="utf-8")
    (cache / "half.part").write_bytes(b"half")
    (cache / "half.part.json").write_text('{"url": "https://x.kz/", "version": "\\"a\\""}', encoding="utf-8")
    return cache


def sealed(folder: Path) -> None:
    """Seal a snapshot anew, as a forger would: its manifest holds whatever its files now are."""
    path = folder / snapshot.MANIFEST
    try:
        about = json.loads(path.read_bytes())
    except (ValueError, OSError):
        return
    if not isinstance(about, dict):
        return
    if isinstance(about.get("files"), dict):
        for name, told in about["files"].items():
            if isinstance(told, dict) and (folder / name).is_file():
                told["sha256"] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    path.write_bytes(snapshot.rendered(about))
