"""What is said beside a verdict, a programme and a report, so that no figure claims more than it holds."""

from __future__ import annotations

import pytest

from schoolnet.output import layers, reasons, words


@pytest.mark.parametrize(("home", "bands", "pupils"), [("B", "10-11", 7), ("D", "5-9, 10-11", 13)])
def test_who_rides_on_after_the_school_is_said(tiny_plan, home, bands, pupils):
    """Bulak (15 + 19 + 7) is raised to grade 9: its 7 of grades 10-11 ride on. Dala's 20 get grades 1-4: 13 of them."""
    facts = reasons.facts(tiny_plan)[home]
    assert (facts["bands_after"], facts["pupils_after"]) == (bands, pupils)
    row = next(one for one in layers.settlements(tiny_plan).itertuples() if one.Index == home)
    assert "note_bus_after" in reasons.notes(row, reasons.ways(tiny_plan)[home])
    told = tiny_plan.explain(home, lang="en").text
    shown = bands.replace("-", "–")
    assert f"After that transport stays for grades {shown}: pupils – {pupils}." in told
    assert f"Grades {shown} need transport either way (pupils – {pupils})" in told


def test_nobody_rides_on_where_every_band_is_taught_or_the_bus_is_the_verdict(tiny_plan):
    """Qala's new building teaches all bands; Eski is no school's, and boards."""
    facts = reasons.facts(tiny_plan)
    assert [home for home in facts if "bands_after" in facts[home]] == ["B", "D"]
