"""Monitoring, public: what changed between two days, of snapshots or of plans."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from schoolnet import api, views
from schoolnet.errors import Fault, OptionError
from schoolnet.messages import Message
from schoolnet.options import Options
from schoolnet.output.monitoring_forms import Recorded
from schoolnet.planning import monitoring as _monitoring
from schoolnet.planning import scenario
from schoolnet.planning.observed import observed
from schoolnet.planning.plan import Plan, quiet
from schoolnet.sources import register
from schoolnet.sources import snapshot as _snapshot

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from schoolnet.planning.plan import Stage
    from schoolnet.sources.snapshot import Snapshot

#: One side of a comparison: a folder of snapshots, a plan, or several plans of one day.
Side = Path | str | Plan | list[Plan]


class Monitored(Recorded):
    """What changed between two dates; its tables are fields, as declared in `schoolnet.monitored`."""

    def save(self, folder: Path | str, *, lang: str = "kk") -> Path:
        """Write tables (CSV), the layer of changed schools, compare.xlsx and the forms; returns the folder.

        Raises
        ------
        SourceError
            The folder cannot be made or written to.
        """
        from schoolnet.output import monitoring

        return monitoring.write(self, folder, lang=lang)

    def sheet(self, name: str, *, lang: str | None = None) -> pd.DataFrame:
        """Return a sheet of compare.xlsx (`changes`, `owed_changes`, `figures_then`, …) in the words of a language.

        A name there is not is an OptionError.
        """
        from schoolnet.output import monitoring_text, shown

        return shown.sheet(monitoring_text.frames, self, name, lang)

    def _repr_html_(self) -> str:
        from schoolnet.output import session, shown_runs

        return shown_runs.monitored(self, session.language())


def monitor(
    a: Side,
    b: Side,
    options: Options | None = None,
    *,
    days: tuple[dt.date | None, dt.date | None] = (None, None),
    norms: Path | str | None = None,
    stage: Stage = quiet,
) -> Monitored:
    """Return what changed between two dates, each region planned at both with the same choices.

    Parameters
    ----------
    a, b
        The earlier and the later side: a snapshot, a folder that holds one a region, or plans.
    options
        The choices snapshots are planned with; the norms are those of each snapshot's own day, unless `options` names
        a day (`on`): the data keep their own days. Plans have been made with theirs.
    days
        Of folders that hold several snapshots of a region, the days meant.
    norms
        A planner's own norms file; the project's when None.
    stage
        Called with the name of each stage, to show progress.

    Raises
    ------
    SourceError, TableError
        A snapshot cannot be read, or was changed since it was frozen.
    OptionError
        No region is on both sides, A is later than B, or plans were made with different choices.
    """
    from schoolnet.output import report_frames, report_region

    asked = options or Options()
    left, right = (_sources(side, day, asked, norms, stage) for side, day in zip((a, b), days, strict=True))
    codes = _monitoring.common([one.code for one in left], [two.code for two in right])
    pairs = [(one, two) for one in left for two in right if one.code == two.code]
    _refuse_later(pairs)
    before, after, parts, told = [], [], [], []
    for one, two in pairs:  # one plan with its roads is held at a time
        before.append(observed(*one.made()))
        made, rejected = two.made()
        after.append(observed(made, rejected))
        parts.append(scenario.part(made))
        told.append(report_region.reported(made))
    with stage("compare"):
        found = _monitoring.compare(before, after, {one.code for one in (*left, *right)} - set(codes))
        report = report_frames.Report(told, scenario.outcome_of(parts, None))
    sides = tuple(one.about for pair in pairs for one in pair if one.about is not None)
    # plans of snapshots carry the day of each as if it were asked for
    chosen = asked if right[0].about is not None else report.outcome.options
    return views.public(Monitored, found, options=chosen, sides=sides, later=report)


class _Source(NamedTuple):
    """One region of a side: its code, its day, its choices but the day, what makes its plan, and its manifest."""

    code: str
    day: dt.date
    choices: dict[str, Any]
    made: Callable[[], tuple[Plan, Mapping[str, str]]]
    about: dict[str, Any] | None


def _sources(
    side: Side, day: dt.date | None, options: Options, norms: Path | str | None, stage: Stage
) -> list[_Source]:
    if isinstance(side, (str, Path)):
        return [_frozen(one, options, norms, stage) for one in _snapshot.found(side, day)]
    plans = [side] if isinstance(side, Plan) else list(side)
    return [_planned(one) for one in plans]


def _planned(plan: Plan) -> _Source:
    day = plan.region.day or plan.norms.day
    return _Source(plan.region.code, day, _choices(plan.options), lambda: (plan, {}), None)


def _frozen(found: Snapshot, options: Options, norms: Path | str | None, stage: Stage) -> _Source:
    day = options.on if "on" in options.model_fields_set else found.day
    chosen = options.model_copy(update={"on": day})

    def made() -> tuple[Plan, Mapping[str, str]]:
        region = api.read(found.folder, options=chosen, stage=stage)
        return api.plan(region, chosen, norms=norms, stage=stage), _rejected(found)

    kept = ("date", "frozen_on", "seal", "schoolnet", "source", "region", "inputs")
    return _Source(found.code, found.day, _choices(chosen), made, {name: found.about.get(name) for name in kept})


def _rejected(found: Snapshot) -> dict[str, str]:
    """Return the schools whose row a snapshot's register was rejected for, by identifier, and why."""
    entries = _snapshot.ledger(found).entries
    lines = {entry[2]: str(entry[-1]) for entry in entries if entry[1] == "schools" and entry[3] == "rejected"}
    rows = (register.ids(path, lines) for path in _snapshot.kept(found, "schools"))
    return {key: lines[line] for told in rows for line, key in told.items()}


def _choices(options: Options) -> dict[str, Any]:
    return {name: value for name, value in options.model_dump(mode="json").items() if name != "on"}


def _refuse_later(pairs: Sequence[tuple[_Source, _Source]]) -> None:
    """Raise where a region's earlier side is the later one, or its sides are planned with different choices."""
    faults = []
    for one, two in pairs:
        if one.day > two.day:
            days = {"a": f"{one.day:%d.%m.%Y}", "b": f"{two.day:%d.%m.%Y}"}
            problem = Message("{region}: A is of {a}, later than B of {b}.", region=one.code, **days)
            faults.append(Fault(problem, Message("Give the earlier one first.")))
        names = ", ".join(name for name, value in one.choices.items() if value != two.choices[name])
        if names:
            problem = Message(
                "{region}: the two plans are made with different options: {names}.", region=one.code, names=names
            )
            faults.append(Fault(problem, Message("Make both with the same options.")))
    if faults:
        raise OptionError(faults)
