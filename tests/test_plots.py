"""Land plots: read from a sheet in three languages, joined as schools are, every row accounted for."""

from __future__ import annotations

import pytest

import conftest
from schoolnet.errors import SourceError, TableError
from schoolnet.sources import plots


def _sheet(tmp_path, text):
    path = tmp_path / "plots.csv"
    path.write_text(text, encoding="utf-8")
    return path


def _at(x, y):
    lon, lat = conftest.lonlat(x, y)
    return f"{lon:.7f},{lat:.7f}"


def test_plots_are_joined_to_their_settlements(tiny, options, tmp_path):
    rows = ["Номер участка,Название,Долгота,Широта,КАТО,Мест не более"]
    rows += [f"7,Центр,{_at(-9000, 10)},990200001,600", f"8,Край,{_at(-9100, 0)},,"]
    found = plots.attach(tiny, _sheet(tmp_path, "\n".join(rows)), options)
    assert found.plots["settlement_id"].to_dict() == {"7": "Q", "8": "Q"}
    assert found.plots["seats_max"].dropna().to_dict() == {"7": 600}
    assert found.plots["name"].to_dict() == {"7": "Центр", "8": "Край"}
    assert found.inputs[-1].role == "plots"


def test_every_row_that_cannot_be_used_is_in_the_ledger(tiny, options, tmp_path):
    rows = ["plot_id,lon,lat,seats_max", f"1,{_at(0, 0)},300", f"1,{_at(0, 10)},300", "2,,,300", "3,70,50,300"]
    rows += [f",{_at(10, 0)},many"]
    found = plots.attach(tiny, _sheet(tmp_path, "\n".join(rows)), options)
    assert list(found.plots.index) == ["1", "plot-6"]
    ledger = found.ledger.frame(str)
    assert ledger[ledger["outcome"] == "rejected"]["row"].tolist() == ["3", "4", "5"]
    assert ledger[ledger["outcome"] == "corrected"]["row"].tolist() == ["6"]
    counts = found.ledger.counts().reset_index().set_index("table").loc["plots"]
    assert counts[["read", "rejected", "corrected"]].tolist() == [5, 3, 1]


def test_a_sheet_without_coordinates_is_refused(tiny, options, tmp_path):
    with pytest.raises(TableError, match="lon, lat"):
        plots.attach(tiny, _sheet(tmp_path, "plot_id,name\n1,a\n"), options)
    with pytest.raises(SourceError, match="there is no such file"):
        plots.attach(tiny, tmp_path / "none.csv", options)


def test_a_sheet_of_headers_only_gives_no_plots(tiny, options, tmp_path):
    assert plots.attach(tiny, _sheet(tmp_path, "plot_id,lon,lat\n"), options).plots.empty
