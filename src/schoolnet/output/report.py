"""The national report as files: the page, the workbook, the quarterly form; all or none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from schoolnet.disk import placed
from schoolnet.output import report_frames, report_page, words, workbook
from schoolnet.sources import table_file

if TYPE_CHECKING:
    import pandas as pd

    from schoolnet.output.report_frames import Report

#: Languages of the state the quarterly form is written in.
FORMS = ("kk", "ru")
#: The files a report is saved as; the plan of each region stands in a folder of its code.
FILES = ("index.html", "report.xlsx", *(f"quarterly.{lang}.csv" for lang in FORMS))


def write(report: Report, folder: Path | str, *, lang: str = "kk") -> Path:
    """Write a report to a folder (`FILES`); returns the folder.

    Raises
    ------
    SourceError
        The folder cannot be made or written to.
    """
    said = words.load(lang)
    with placed(Path(folder), FILES) as part:
        (part / "index.html").write_text(report_page.page(report, lang=lang), encoding="utf-8")
        tables = report_frames.frames(report, said)
        workbook.bound(
            tables, part / "report.xlsx", said, title=report_frames.title(report, said), day=report.outcome.options.on
        )
        for one in FORMS:
            table_file.write(_form(report, one), part / f"quarterly.{one}.csv")
    return Path(folder)


def _form(report: Report, lang: str) -> pd.DataFrame:
    """Return the quarterly form with headers and values in the words of a language."""
    said = words.load(lang)
    frame = report_frames.quarterly_form(report, said)
    return frame.set_axis([said.text(f"column.{name}") for name in frame], axis=1)
