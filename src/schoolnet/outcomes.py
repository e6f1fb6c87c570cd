"""The public stages of scenarios: one programme of several regions, kept, read again, compared, reported on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from schoolnet import api, views
from schoolnet import outcome as _outcome
from schoolnet.planning import compare as _compare
from schoolnet.planning import scenario
from schoolnet.planning.plan import quiet
from schoolnet.planning.scenario import Part, part
from schoolnet.sources import outcome as _saved
from schoolnet.sources import register, unclaimed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from schoolnet.options import Options
    from schoolnet.output.report_frames import Report
    from schoolnet.planning.plan import Stage
    from schoolnet.planning.scenario import Planned


@dataclass(frozen=True)
class Outcome(_outcome.Outcome):
    """What a scenario comes to; its tables are fields, `sites` a GeoDataFrame, as declared in `schoolnet.decisions`."""

    def save(self, folder: Path | str, *, lang: str = "kk") -> Path:
        """Write its tables (CSV), sites.gpkg, programme.xlsx, options.toml and provenance.json; returns the folder.

        Raises
        ------
        SourceError
            The folder cannot be made or written to.
        """
        from schoolnet.output import outcome

        return outcome.write(self, folder, lang=lang)

    def save_sites(self, folder: Path | str, *, lang: str = "kk") -> Path:
        """Write sites.csv, proofs.csv, sites.gpkg and sites.xlsx; returns the folder.

        Raises
        ------
        SourceError
            The folder cannot be made or written to.
        """
        from schoolnet.output import outcome

        return outcome.write_sites(self, folder, lang=lang)

    def sheet(self, name: str, *, lang: str | None = None) -> pd.DataFrame:
        """Return a sheet of its workbook (`programme`, `equity`, …) as a frame, in the words of a language.

        A name there is not is an OptionError.
        """
        from schoolnet.output import plan_sheets, shown

        return shown.sheet(plan_sheets.frames, self, name, lang)

    def _repr_html_(self) -> str:
        from schoolnet.output import session, shown

        return shown.outcome(self, session.language())


@dataclass(frozen=True)
class Comparison(_compare.Comparison):
    """What differs between two outcomes; its tables are fields."""

    def sheet(self, name: str, *, lang: str | None = None) -> pd.DataFrame:
        """Return `moved`, `figures` or `choices` as a frame, in the words of a language.

        A name there is not is an OptionError.
        """
        from schoolnet.output import plan_sheets, shown

        return shown.sheet(plan_sheets.compared, self, name, lang)

    def _repr_html_(self) -> str:
        from schoolnet.output import session, shown_runs

        return shown_runs.comparison(self, session.language())


def programme(plans: Planned | Part | Iterable[Planned | Part], options: Options | None = None) -> Outcome:
    """Return one programme of the sites of one or several plans, ranked anew all together.

    Parameters
    ----------
    plans
        From `plan`, one or several. An iterator is taken one by one, so that only one plan with its roads is held at a
        time. Sites of a planner's own: `dataclasses.replace(plan, sites=…)`, a GeoDataFrame as `decisions.SITES`.
    options
        The scenario: schools, years, money, quotas, weights; that of the first plan when None, as is a day not named.

    Raises
    ------
    OptionError
        No plan is given, a region is there twice, or a quota is of no region or district of the plans.
    """
    several = plans if isinstance(plans, Iterable) else [plans]
    parts = [one if isinstance(one, Part) else part(one) for one in several]
    return views.public(Outcome, scenario.outcome_of(parts, options))


def report(
    plans: api.Plan | Iterable[api.Plan],
    folder: Path | str,
    *,
    lang: str = "kk",
    options: Options | None = None,
    maps: bool = True,
    schools: Path | str | None = None,
    stage: Stage = quiet,
) -> Report:
    """Write the national report of one or several plans: one page over all, tables, the quarterly form.

    Parameters
    ----------
    plans
        From `plan`. An iterator is taken one by one, so that only one plan with its roads is held at a time.
    folder
        Where to: index.html, report.xlsx, quarterly.kk.csv and quarterly.ru.csv.
    lang
        Language the page opens in; that of the workbook.
    options
        The scenario of the programme of all; that of the first plan when None.
    maps
        Write the files of each plan too, to a folder of its region's code; the page leads to its map.
    schools
        The register the plans were read with, where they are of all regions of the map: rows none took are listed.
    stage
        Called with the name of each step, to show progress.

    Raises
    ------
    OptionError
        No plan is given, or a region is there twice.
    SourceError, TableError
        The folder cannot be made or written to, or the register cannot be read.
    """
    from schoolnet.output import record, report_frames, report_region
    from schoolnet.output import report as _report

    told: list[report_region.Reported] = []

    def parts() -> Iterator[Part]:
        for made in [plans] if isinstance(plans, api.Plan) else plans:
            if maps:
                made.save(Path(folder) / record.folder_name(made.region.code), lang=lang, stage=stage)
            told.append(report_region.reported(made))
            kept = part(made)
            del made  # before the next one is made
            yield kept

    outcome = programme(parts(), options)
    read = None if schools is None else register.read(schools)
    held = unclaimed.held({one.code: one.claims for one in told}, read, whole=True)
    found = report_frames.Report(told, outcome, frozenset(one.code for one in told if maps), held=held)
    with stage("report"):
        _report.write(found, folder, lang=lang)
    return found


def compare(a: _outcome.Outcome | Path | str, b: _outcome.Outcome | Path | str) -> Comparison:
    """Return what differs between two outcomes: what opens, moves and closes, what it costs, whom it serves.

    Parameters
    ----------
    a, b
        From `programme`, or the folder one was saved to. A difference is B less A; money in millions of tenge.

    Raises
    ------
    SourceError, TableError, OptionError : as for `read_outcome`.
    """
    found = _compare.compare(*(one if isinstance(one, _outcome.Outcome) else read_outcome(one) for one in (a, b)))
    return views.public(Comparison, found)


def read_outcome(folder: Path | str) -> Outcome:
    """Return an outcome from the folder it was saved to.

    Raises
    ------
    SourceError, TableError, OptionError
        With every fault found: file, row, column and remedy.
    """
    return views.public(Outcome, _saved.read(folder))
