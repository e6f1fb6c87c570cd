"""The house: imports go one way, modules stay small, importing stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import schoolnet

SOURCE = Path(__file__).parents[1] / "src" / "schoolnet"
#: Floors of the house from the top; a module imports only from its own folder's earlier rooms or from floors above.
ORDER = (
    "messages", "foreign", "errors", "disk", "toml_file", "schema", "tables", "people", "given", "results", "prospects",
    "decisions", "networks", "monitored", "choices", "services", "options", "outcome", "ledger",
    "region",
    "sources.text", "sources.limits", "sources.workbook_parts", "sources.sheet",
    "sources.osm_blocks", "sources.osm_rules", "sources.osm_tags",
    "sources.osm_roads", "sources.osm_shapes", "sources.osm_crossings", "sources.osm_rows", "sources.osm",
    "sources.table_file", "sources.outcome",
    "sources.catalogue_checks", "sources.catalogue", "sources.office", "sources.web", "sources.contents",
    "sources.download", "sources.dated", "sources.unfetched", "sources.overpass",
    "sources.outline", "sources.border", "sources.built_up", "sources.territory", "sources.people_folder",
    "sources.given_folder", "sources.folder", "sources.address", "sources.database", "sources.stored",
    "sources.postgis", "sources.snapshot", "sources.places",
    "sources.cells", "sources.headings", "sources.belonging", "sources.placing", "sources.joining",
    "sources.register", "sources.unclaimed",
    "sources.plots", "sources.worldpop", "sources.raster", "sources.zonal", "sources.zones", "sources.towns",
    "sources.gridded",
    "sources.amounts", "sources.names", "sources.gazetteer", "sources.areas", "sources.kinds", "sources.forms",
    "sources.given_forms", "sources.given",
    "sources.headcounts", "sources.official", "sources.ages", "sources.counts", "sources.people", "sources.inputs",
    "law.entries", "law.checks", "law.norms",
    "model.rounding", "model.cohorts", "model.vital", "model.ages", "model.areal", "model.totals",
    "model.compared", "model.reconcile",
    "model.population",
    "model.demand", "model.blocks", "model.fitting", "model.growth", "model.controls", "model.forecast",
    "model.backtest", "model.outlook", "model.freshness", "model.barriers",
    "model.snapping", "model.stretches", "model.roads", "model.search",
    "model.minutes", "model.ground", "model.bridges", "model.matrix", "model.access", "model.audit", "model.balance",
    "planning.facility.pairs", "planning.facility.problems", "planning.facility.verify", "planning.facility.answers",
    "planning.facility.core", "planning.facility.lagrange", "planning.facility.search", "planning.facility.branch",
    "planning.facility.covering", "planning.facility.centre", "planning.facility.exact",
    "planning.facility.interchange", "planning.facility.rounds", "planning.facility.median",
    "planning.facility.quotas",
    "planning.facility.capacitated_model", "planning.facility.capacitated_answer",
    "planning.facility.capacitated_program", "planning.facility.capacitated_bound",
    "planning.facility.capacitated_lacking", "planning.facility.capacitated", "planning.facility.solving",
    "planning.facility.pooling_verify", "planning.facility.pooling",
    "planning.checkup", "planning.pmpc", "planning.prices", "planning.verdicts", "planning.found",
    "planning.stops", "planning.riders", "planning.routing", "planning.fleet", "planning.timetable", "planning.rides",
    "planning.transport", "planning.owed",
    "planning.crowds", "planning.relief", "planning.shortening", "planning.ranking", "planning.relieved",
    "planning.siting",
    "planning.costs", "planning.programme", "planning.indicator", "planning.equity", "planning.whatif",
    "planning.scenario",
    "planning.okrug_places", "planning.okrug_compare", "planning.okrug_reasons", "planning.okrugs",
    "planning.profile_list", "planning.profile_scores", "planning.profile_bases", "planning.profile_parts",
    "planning.profile_ranked", "planning.profile_choice", "planning.profiles", "planning.profile_places",
    "planning.plan", "planning.flips", "planning.flips_many", "planning.compare", "planning.observed",
    "planning.matched", "planning.became", "planning.turns", "planning.monitoring",
    "output.words", "output.session", "output.shares",
    "output.norms_text", "output.record", "output.looks", "output.qgis", "output.styles", "output.spelled",
    "output.titles", "output.border",
    "output.okrug_sheets", "output.okrug_told", "output.layers", "output.parquet", "output.plan_tables",
    "output.postgis", "output.reasons", "output.site_text", "output.plan_sheets", "output.costing", "output.register",
    "output.map_lines", "output.scene", "output.charts", "output.plots", "output.map_backdrop", "output.map_paths",
    "output.map_shared", "output.sealed", "output.page", "output.map_tiles", "output.maps", "output.people_basis",
    "output.people_sheets", "output.bus_sheets", "output.network_sheets", "output.sheets",
    "output.column_notes", "output.workbook", "output.shown",
    "output.sketch", "output.trip",
    "output.explain", "output.printed", "output.checkup", "output.outcome", "output.service",
    "output.open_data", "output.buses",
    "output.report_region", "output.unclaimed", "output.report_frames", "output.report_page", "output.report",
    "output.scenario_text",
    "output.network_text",
    "output.network_map", "output.network_files", "output.okrug_files", "output.okrug_text",
    "output.letters", "output.picture", "output.pdf", "output.brief_text", "output.brief",
    "output.snapshot", "output.monitoring_forms", "output.monitoring_notes", "output.monitoring_text",
    "output.monitoring", "output.shown_runs", "output.downloading",
    "views", "api", "regions", "outcomes", "snapshots", "monitoring", "network_schools", "fetching",
    "batches.asked", "batches.form", "batches.folders", "batches.telling", "batches.days", "batches.work",
    "batches.memory", "batches.pool", "batches.dask_cluster", "batches.dask_pool", "batches.cutting", "batches.course",
    "batches.national", "batches.spent", "batches.run",
    "commands.arguments", "commands.console", "commands.batch_lines", "commands.batch",
    "commands.serving", "commands.monitoring", "commands.scenarios", "commands.snapshots", "commands.buses",
    "commands.okrugs",
    "commands.papers", "commands.profiles", "commands.report", "commands.fetch", "cli", "__main__",
)  # fmt: skip
#: Commands have as many parameters as arguments.
COMMANDS = ("cli", *(room for room in ORDER if room.startswith("commands.")))
PACKAGES = {"", "batches", "commands", "sources", "law", "model", "planning", "planning.facility", "output"}


def _modules():
    for path in sorted(SOURCE.rglob("*.py")):
        name = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        yield name.removesuffix("__init__").removesuffix("."), path


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "schoolnet")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "schoolnet":
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                room = inner.removeprefix("schoolnet.")
                yield inner if room in ORDER else node.module


def _room(name):
    return name.removeprefix("schoolnet").removeprefix(".")


def test_every_module_has_its_place_in_the_order():
    assert len(ORDER) == len(set(ORDER))
    rooms = {name for name, _ in _modules()} - PACKAGES
    assert rooms == set(ORDER)


@pytest.mark.parametrize(("name", "path"), list(_modules()))
def test_imports_go_one_way(name, path):
    if name in PACKAGES:
        allowed = set(ORDER) if name == "" else {room for room in ORDER if room.startswith(f"{name}.")}
    else:
        allowed = set(ORDER[: ORDER.index(name)])
    if name in COMMANDS:
        allowed.add("")  # the command line goes through the public names
    upward = {_room(found) for found in _imports(path)} - allowed
    assert not upward, f"{name} imports {sorted(upward)}, which stand below it"


@pytest.mark.parametrize(("name", "path"), list(_modules()))
def test_no_module_is_over_300_lines(name, path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, name


@pytest.mark.parametrize(("name", "path"), list(_modules()))
def test_functions_are_short_and_take_few_parameters(name, path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and name not in (*COMMANDS, "api"):
            positional = [arg.arg for arg in node.args.posonlyargs + node.args.args if arg.arg not in ("self", "cls")]
            assert len(positional) <= 6, f"{name}.{node.name} takes {positional}"
        if isinstance(node, ast.FunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            lines = (node.end_lineno or 0) - first.lineno + 1
            assert lines <= 40, f"{name}.{node.name} has {lines} lines"


def test_importing_schoolnet_and_its_help_load_no_heavy_library():
    heavy = ["pandas", "geopandas", "folium", "scipy", "osmium", "pandera", "networkx", "shapely", "babel"]
    code = f"import sys, schoolnet, schoolnet.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there_and_an_unknown_one_is_not():
    for name in schoolnet.__all__:
        assert getattr(schoolnet, name) is not None
    assert set(schoolnet.__all__) <= set(dir(schoolnet))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = schoolnet.nothing
