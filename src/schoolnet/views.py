"""A plan as people meet it: looked at, asked, and saved."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from schoolnet import disk
from schoolnet import region as _region
from schoolnet.output import record
from schoolnet.planning import checkup as _checkup
from schoolnet.planning import plan as _plan
from schoolnet.planning.plan import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    import folium
    import pandas as pd

    from schoolnet.output.explain import Explanation
    from schoolnet.output.plots import Plots
    from schoolnet.output.shown import Findings
    from schoolnet.planning.plan import Stage

_Shown = TypeVar("_Shown")


def public(shown: type[_Shown], found: Any, **more: Any) -> _Shown:
    """Return what a stage found as people meet it: all its fields, with `more` beside them or in their place."""
    return shown(**{field.name: getattr(found, field.name) for field in fields(found)} | more)


@dataclass(frozen=True)
class Region(_region.Region):
    """A region that shows itself in Jupyter, in the language of the session (`schoolnet.language`)."""

    def _repr_html_(self) -> str:
        from schoolnet.output import session, shown

        return shown.region(self, session.language())


@dataclass(frozen=True)
class Checkup(_checkup.Checkup):
    """A check of the inputs that shows itself in Jupyter, in the language of the session."""

    def _repr_html_(self) -> str:
        from schoolnet.output import session, shown_runs

        return shown_runs.checkup(self, session.language())


#: The files a plan is saved as.
FILES = ("map.html", "plan.gpkg", "plan.xlsx", "provenance.json")


@dataclass(frozen=True)
class Plan(_plan.Plan):
    """A plan that can be looked at and saved; its tables are fields, as declared in `schoolnet.results`."""

    def _repr_html_(self) -> str:
        from schoolnet.output import session, shown

        return shown.plan(self, session.language())

    def owed(self, *, lang: str | None = None) -> Findings:
        """Return who is outside the law, and by how much: settlements, schools, districts; in Jupyter it shows itself.

        Its tables are in words: of `lang`, else of the session.
        """
        from schoolnet.output import session, shown, words

        return shown.findings(self, words.load(lang or session.language()))

    def sheet(self, name: str, *, lang: str | None = None) -> pd.DataFrame:
        """Return a sheet of the workbook (`settlements`, `sites`, `routes`, …) as a frame, in the words of a language.

        A name there is not is an OptionError.
        """
        from schoolnet.output import sheets, shown

        return shown.sheet(sheets.frames, self, name, lang)

    def map(self, *, lang: str = "kk", tiles: str | None = None, attribution: str = "") -> folium.Map:
        """Return the plan as a folium map; in Jupyter it shows itself.

        Parameters
        ----------
        lang
            Language it opens in.
        tiles
            Address of background tiles, `https://host/{z}/{x}/{y}.png`; without it the map asks the network nothing.
        attribution
            Whose tiles they are, shown under the map.

        Raises
        ------
        OptionError
            The address of the tiles cannot be used.
        """
        from schoolnet.output import map_tiles, maps

        return maps.build(self, lang=lang, tiles=None if tiles is None else map_tiles.checked(tiles, attribution))

    def register(self, *, lang: str = "kk") -> pd.DataFrame:
        """Return the transport register: who is owed a bus, row by row, the reason in words (see `output.register`)."""
        from schoolnet.output import register

        return register.register(self, lang=lang)

    def pairs(self, *, within_m: float = 50_000.0, season: str = "dry") -> pd.DataFrame:
        """Return all settlements and schools within so many metres by road, and the water between (`results.PAIRS`)."""
        from schoolnet.model import matrix

        return matrix.pairs(self.region, self.roads, self.options, within_m=within_m, season=season, ground=self.ground)

    def explain(self, settlement: str, *, lang: str = "kk") -> Explanation:
        """Return why a settlement (identifier, KATO code or name) has its verdict; in Jupyter it shows itself."""
        from schoolnet.output import explain

        return explain.explain(self, settlement, lang=lang)

    def plots(self, *, lang: str = "kk", district: str | None = None) -> Plots:
        """Return the plots of the plan, or of one of its districts, as drawings; in Jupyter they show themselves."""
        from schoolnet.output import brief, plots

        return plots.plots(self, lang=lang, district=None if district is None else brief.find(self, district))

    def brief(self, folder: Path | str, *, lang: str = "kk", districts: Sequence[str | None] = (None,)) -> list[Path]:
        """Write a PDF of two pages for the region (None) and each district asked for; returns the files.

        Raises
        ------
        OptionError
            No district is called so, or several are.
        SourceError
            The folder cannot be made or written to.
        """
        from schoolnet.output import brief

        return brief.write(self, folder, lang=lang, districts=districts)

    def open_data(self, folder: Path | str) -> Path:
        """Write the sets of the ministry's open data the plan can fill (see `output.open_data`); returns the folder.

        Raises
        ------
        SourceError
            The folder cannot be made or written to.
        """
        from schoolnet.output import open_data

        return open_data.write(self, folder)

    def save(
        self,
        folder: Path | str,
        *,
        lang: str = "kk",
        parquet: bool = False,
        tiles: str | None = None,
        attribution: str = "",
        stage: Stage = quiet,
    ) -> Path:
        """Write map.html, plan.xlsx, plan.gpkg and provenance.json to a folder; returns the folder.

        Parameters
        ----------
        folder
            Where to.
        lang
            Language the map opens in; that of the workbook and of the legends of plan.gpkg.
        parquet
            Write the layers as GeoParquet too, to the folder `layers` inside.
        tiles, attribution
            Background of the map, as for `map`.
        stage
            Called with the name of each step, to show progress.

        Raises
        ------
        OptionError
            GeoParquet is asked for, and pyarrow is not installed; the address of the tiles cannot be used.
        SourceError
            The folder cannot be made or written to.
        """
        from schoolnet.output import layers, map_tiles, maps, workbook
        from schoolnet.output import parquet as _parquet

        more = _parquet.files(layers.named(self)) if parquet else ()
        behind = None if tiles is None else map_tiles.checked(tiles, attribution)
        with disk.placed(Path(folder), (*FILES, *more)) as part:
            with stage("write_map"):
                maps.write(self, part / "map.html", lang=lang, tiles=behind)
            with stage("write_workbook"):
                workbook.write(self, part / "plan.xlsx", lang=lang)
            with stage("write_layers"):
                layers.write(self, part / "plan.gpkg", lang=lang)
                if parquet:
                    _parquet.write(layers.named(self), part)
            record.write(self, part / "provenance.json")
        return Path(folder)
