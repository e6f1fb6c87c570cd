"""A site in one sentence, in three languages."""

from __future__ import annotations

import pytest

from schoolnet.output import layers, site_text, words


def _said(plan, lang, **changed):
    row = layers.sites(plan).loc[["build:D:primary"]].reset_index().iloc[0]
    return site_text.sentence({**row, **changed}, words.load(lang), of=257)


def test_a_site_is_told_with_its_place_need_pupils_seats_cost_and_way(tiny_plan):
    assert _said(tiny_plan, "en", rank=12) == (
        "No 12 of 257: owed by the guarantee. New school (primary school): pupils – 7, seats – 25, ≈ 208 mln tenge"
        " (assumed price); the way grows shorter by 10.4 km on average (pupils of today, here and in"
        " villages near – 7); transport no longer needed, pupils – 7."
    )
    assert _said(tiny_plan, "ru", rank=12) == (
        "№ 12 из 257: положено по гарантии. Новая школа (начальная школа): учащихся – 7, мест – 25, ≈ 208 млн тенге"
        " (цена – допущение модели); путь станет короче в среднем на 10,4 км (сегодняшних учащихся, здесь и в соседних"
        " сёлах, – 7); подвоз больше не понадобится, учащихся – 7."
    )
    assert _said(tiny_plan, "kk", rank=12) == (
        "Кезекте № 12 (барлығы – 257): кепілдік бойынша тиесілі. Жаңа мектеп (бастауыш мектеп): оқушы – 7, оқушы орны"
        " – 25, ≈ 208 млн теңге (модельде шартты қабылданған баға); жол орта есеппен 10,4 км-ге қысқарады (осындағы"
        " және көрші ауылдардағы бүгінгі оқушылар – 7); тасымалдау қажет болмайтын оқушылар – 7."
    )


def test_a_level_raised_without_building_says_so_and_names_no_cost(tiny_plan):
    rows = {row.Index: row for row in layers.sites(tiny_plan).itertuples()}
    said = site_text.sentence(rows["upgrade:B:basic"], words.load("en"), of=4)
    assert "without building: pupils – 19, its seats suffice" in said
    assert "tenge" not in said


def test_whose_way_is_not_shorter_is_not_told_to_be(tiny_plan):
    said = _said(tiny_plan, "en", moved=0, saved_m=0.0, unbused=0)
    assert said.endswith("(assumed price).")


@pytest.mark.parametrize("lang", words.LANGS)
@pytest.mark.parametrize("basis", ["published", "assumed", "given"])
@pytest.mark.parametrize("action", ["build", "replace", "extend", "upgrade"])
def test_every_action_and_standing_of_a_price_can_be_told(tiny_plan, lang, basis, action):
    said = _said(tiny_plan, lang, action=action, price_basis=basis, cost_mkzt=None if basis == "given" else 415.0)
    assert ("≈" in said) == (basis == "assumed")
    assert "{" not in said
    assert "nan" not in said.lower()
