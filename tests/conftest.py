"""The tiny region: hand-drawn, its right answers worked out on paper; used by most tests.

It lies on the equator, where a degree of longitude is exactly pi/180 x 6,378,137 = 111,319.4908 m and one
of latitude 110,574.2758 m: so metres can be drawn and distances added up by hand (x east, y north, metres).

      y
   4000 |                              N1===bridge===N2
        |                               |     |       |
        |                               |   river     |
        |              ~stray~          |     |       |
      0 |  Qala ------ Bulak -- G ---- Arka---N3   N4--Dala
        |  -9000       -3000  (-1000)  0 300 1000 1500 2000 2700
        |                lake
  -3000 |                   Eski (no road)

Settlements (children): Qala, town (600); Arka (81), Bulak (41), Dala (20), Gulder (5, at -1000, 200), Eski (4, at
-2000, -3000).
Schools: SA secondary at (300, 0) in Arka; SB primary in Bulak; SQ secondary in Qala, emergency and three-shift.
River Taza along x = 1500; lake Aina: square x -2500..-1500, y -2500..-1500.

Bands of grades, 4 : 5 : 2 by largest remainder:
  81 -> 29.45 36.82 14.73 -> 29 37 15     41 -> 14.91 18.64 7.45 -> 15 19 7     20 -> 7.27 9.09 3.64 -> 7 9 4
   5 ->  1.82  2.27  0.91 ->  2  2  1      4 ->  1.45  1.82 0.73 ->  1  2 1

By road to the nearest school that teaches the band:
  Arka   all bands SA 300 (taught here)
  Bulak  1-4 SB 0 (here); 5-9 and 10-11 SA: 3000 + 300 = 3300
  Dala   all bands SA: 700 + 4000 + 1000 + 4000 + 700 = 10400 over the bridge; straight 2400, the river between
  Gulder all bands SA: leg 200 (past the stray piece, which is 50 m off) + 1300 = 1500
  Eski   off the network: 1-4 SB straight sqrt(1000^2 + 3000^2) = 3162.3, x 1.3 = 4111.0; the lake between, no crossing
         5-9 and 10-11 SA straight sqrt(2300^2 + 3000^2) = 3780.2, x 1.3 = 4914.3; the line enters the lake's corner
  Qala   all bands SQ 0 (here)

Transport (rural, band not taught here): "or": Bulak 19 + 7, Dala 20, Eski 4 = 50; "and": only Eski, 4.
Guarantee: Arka secondary (there), Bulak basic (has primary: upgrade), Dala primary and Gulder primary (none: build),
Eski none, Qala no norm (town). Owed first: Bulak 41, Dala 20, Gulder 5; then Eski, a boarding place (no road).
Headline indicator: SQ alone of 3 state day schools, counted once: 1/3. SQ: 700 pupils on 300 seats: short of 100 in two
shifts, 400 in one.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import shapely
from hypothesis import settings

from schoolnet import api, schema, tables
from schoolnet.law.norms import Norms
from schoolnet.model import vital
from schoolnet.options import Options
from schoolnet.output import explain
from schoolnet.planning import flips as planning_flips
from schoolnet.region import Region

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

os.environ["LC_ALL"] = "C.UTF-8"  # faults are said in the language of the computer
settings.register_profile("patient", deadline=None)  # how long an example takes is the machine's
settings.load_profile("patient")

METRES_PER_DEGREE_EAST = math.pi / 180 * 6_378_137.0
METRES_PER_DEGREE_NORTH = 110_574.2758
DAY = "2026-09-01"
EXAMPLES = 1 if os.environ.get("EXAMPLES") == "all" else 3  # a quick run draws one in so many; `.ci/run` draws all, too
SHARED = Path(__file__).parents[2] / "shared" / "data"


def deep(count: int, **more: Any) -> Callable[[Any], Any]:
    """Return what lets a property that costs seconds draw so many examples, and in a quick run a third (EXAMPLES)."""

    def marked(test: Any) -> Any:
        return pytest.mark.deep(settings(max_examples=-(-count // EXAMPLES), **more)(test))

    return marked


def lonlat(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude of a place in metres east and north of the origin."""
    return x / METRES_PER_DEGREE_EAST, y / METRES_PER_DEGREE_NORTH


def point(x: float, y: float) -> shapely.Point:
    return shapely.Point(lonlat(x, y))


def line(*places: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([lonlat(*place) for place in places])


def box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    return shapely.box(*lonlat(x0, y0), *lonlat(x1, y1))


def table(text: str) -> pd.DataFrame:
    """Return aligned text as a frame: columns parted by two spaces or more, `-` for an empty cell."""
    frame = pd.read_csv(
        io.StringIO(text.strip()), sep=r"\s{2,}", engine="python", na_values=["-"], keep_default_na=False
    )
    return frame.rename(columns=str.strip)


def settlements(rows: str, places: dict[str, tuple[float, float]]) -> gpd.GeoDataFrame:
    """Return settlements from a table of id, name, district, place, population, children."""
    frame = table(rows)
    frame["is_rural"] = ~frame["place"].isin(["city", "town"])
    frame["population_basis"] = ["given" if pd.notna(n) else "unknown" for n in frame["population"]]
    where = [point(*places[key]) for key in frame["settlement_id"]]
    return schema.geoframe(frame.to_dict("records"), tables.SETTLEMENTS, where)


def schools(rows: str, places: dict[str, tuple[float, float]]) -> gpd.GeoDataFrame:
    frame = table(rows)
    where = [point(*places[key]) for key in frame["school_id"]]
    return schema.geoframe(frame.to_dict("records"), tables.SCHOOLS, where).sort_index()


def roads(*rows: tuple[str, str, shapely.LineString]) -> gpd.GeoDataFrame:
    """Return roads from (class, crossing, line)."""
    records = [
        {"highway": kind, "crossing": crossing, "drive": True, "walk": True, "oneway": ""} for kind, crossing, _ in rows
    ]
    return schema.geoframe(records, tables.ROADS, [shape for *_, shape in rows])


def waters(*rows: tuple[str, str, shapely.Geometry]) -> gpd.GeoDataFrame:
    """Return waters from (kind, name, shape)."""
    records = [
        {"water_id": f"w{at}", "name": name, "kind": kind, "intermittent": False}
        for at, (kind, name, _) in enumerate(rows)
    ]
    return schema.geoframe(records, tables.WATERS, [shape for *_, shape in rows])


def tiny_region() -> Region:
    """Return the tiny region of this module's docstring."""
    homes = settlements(
        """
        settlement_id  name    kato       district_id  place    population  children
        A              Arka    990100001  east         village  430         81
        B              Bulak   990100002  east         village  219         41
        D              Dala    990100003  east         hamlet   107         20
        E              Eski    990100004  east         hamlet   21          4
        G              Gulder  990100005  east         hamlet   27          5
        Q              Qala    990200001  west         town     3209        600
        """,
        {"A": (0, 0), "B": (-3000, 0), "D": (2700, 0), "E": (-2000, -3000), "G": (-1000, 200), "Q": (-9000, 0)},
    )
    found = schools(
        """
        school_id  name             level      settlement_id  seats  seat_basis  enrolment  shifts  condition
        SA         Arka school      secondary  A              120    one_shift   95         1       good
        SB         Bulak school     primary    B              40     one_shift   15         1       repair
        SQ         Qala school      secondary  Q              300    one_shift   700        3       emergency
        """,
        {"SA": (300, 0), "SB": (-3000, 0), "SQ": (-9000, 0)},
    )
    net = roads(
        ("secondary", "", line((-9000, 0), (-3000, 0), (0, 0), (1000, 0))),
        ("tertiary", "", line((1000, 0), (1000, 4000))),
        ("tertiary", "bridge", line((1000, 4000), (2000, 4000))),
        ("tertiary", "", line((2000, 4000), (2000, 0), (2700, 0))),
        ("track", "", line((-1100, 250), (-900, 250))),
    )
    water = waters(
        ("river", "Taza", line((1500, -9000), (1500, 9000))),
        ("lake", "Aina", box(-2500, -2500, -1500, -1500)),
    )
    districts = schema.geoframe(
        [{"district_id": "east", "name": "East"}, {"district_id": "west", "name": "West"}],
        tables.DISTRICTS,
        [box(-5000, -10000, 10000, 10000), box(-15000, -10000, -5000, 10000)],
    )
    return Region(
        code="XX-00",
        names={"name": "Tiny", "kk": "Кішкентай", "ru": "Малая", "en": "Tiny"},
        boundary=shapely.MultiPolygon([box(-15000, -10000, 10000, 10000)]),
        districts=districts,
        settlements=homes,
        roads=net,
        waters=water,
        schools=found,
    )


_DEFAULTS, _STAY = vital.defaults, vital.stay


def even_years() -> dict[str, object]:
    """Return the model's defaults with as many children born in every year, and none who die."""
    births = {"years": {"2000": 1000, "2060": 1000}}
    return {**_DEFAULTS(), "births": births, "survival": {"from_age": {"0": 1.0}}}


@pytest.fixture(scope="session", autouse=True)
def even_cohorts():
    """Let the paper worlds have as many children of every age, none leaving after grade 9: bands are 4 : 5 : 2."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vital, "defaults", even_years)
        patch.setattr(vital, "stay", lambda _norms, options: options.stay_after_9 or 1.0)
        yield


@pytest.fixture(scope="module")
def real_cohorts():
    """Undo `even_cohorts` for a module: the model's own births, deaths and leavers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vital, "defaults", _DEFAULTS)
        patch.setattr(vital, "stay", _STAY)
        yield


@pytest.fixture(scope="session")
def tiny() -> Region:
    return tiny_region()


@pytest.fixture(scope="session")
def options() -> Options:
    return Options(on=DAY)


@pytest.fixture(scope="session")
def norms(options: Options) -> Norms:
    return Norms.on(options.on)


@pytest.fixture(scope="session")
def tiny_plan(tiny: Region, options: Options) -> api.Plan:
    return api.plan(tiny, options)


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Return a function that makes something once for all workers, and gives each caller a copy of its own.

    It asks for a name that says all that is made of; what is made is kept in the folder the workers of a run share.
    """
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder

    def kept(name: str, make: Callable[[], Any]) -> Any:
        path = folder / f"{name}.pickle"
        if not path.exists():
            part = path.with_suffix(f".{os.getpid()}")
            part.write_bytes(pickle.dumps(make()))
            part.replace(path)  # two workers may both make it, but nobody reads half a file
        return pickle.loads(path.read_bytes())  # noqa: S301 - written above

    return kept


@pytest.fixture(scope="session")
def example_on(once: Callable[..., Any]) -> Callable[[str], api.Plan]:
    """Return a function that gives the plan of the example on a day; of the `even_cohorts`, as all plans here."""

    def planned(day: str) -> api.Plan:
        def make() -> api.Plan:
            layers, register = api.example()
            chosen = Options(on=day)
            return api.plan(api.read(layers, schools=register, options=chosen), chosen)

        return once(f"example-{day}", make)

    return planned


@pytest.fixture(scope="module")
def tried_once():
    """Let `explain` try what would change a verdict once for each settlement of a plan, however often it is told."""
    known: dict[tuple[int, str], Any] = {}

    def flips(plan: api.Plan, settlement: str) -> Any:
        key = id(plan), settlement
        if key not in known:
            known[key] = plan, planning_flips.flips(plan, settlement)
        return known[key][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explain, "flips", flips)
        yield


@pytest.fixture
def stage():
    return lambda _name: contextlib.nullcontext()


def shared(name: str) -> Path:
    """Return a file of the data beside the project, or skip the test where the folder is missing."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the data folder beside the project has no {name}")
    return path
