"""The programme: years, money, quotas and mechanisms worked by hand; the frontier against every choice there is."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import deep
from schoolnet.decisions import TIERS
from schoolnet.options import Options
from schoolnet.output import words
from schoolnet.planning import programme as rules
from schoolnet.planning import ranking
from schoolnet.planning.programme import programme
from sited import errors, sites

DAY = "2026-10-01"  # the first school year of the programme is 2027
FOUR = """
    site_id  tier       pupils  seats  cost_mkzt  is_rural
    a        guarantee  60      60     80         True
    b        guarantee  41      0      -          True
    c        seats      500     600    120        False
    d        seats      400     300    40         False
"""


def options(**given):
    return Options(on=DAY, **({"schools": 4, "years": 2} | given))


def years(found):
    return found.sites["year"].fillna(0).to_dict()


# --- years and money


def test_money_is_carried_on_and_the_next_waits_for_it():
    found = programme(sites(FOUR), options(budget_mkzt=(100,)))
    # a 80 of 100; c waits: 20 + 100 = 120; d could be paid in 2027, but c comes before it
    assert years(found) == {"a": 2027, "b": 2027, "c": 2028, "d": 0}
    assert found.sites["stopped_by"].tolist() == ["", "", "", "budget"]
    assert found.years["left_mkzt"].tolist() == [20.0, 0.0]
    assert found.years["state_mkzt"].tolist() == [80.0, 120.0]


def test_as_many_schools_are_within_reach_each_year_and_a_level_raised_takes_no_place():
    found = programme(sites(FOUR), options(schools=2))
    assert years(found) == {"a": 2027, "b": 2027, "c": 2028, "d": 0}
    assert found.sites.loc["d", "stopped_by"] == "schools"
    assert found.years[["sites", "raised"]].to_numpy().tolist() == [[2, 1], [1, 0]]


def test_the_option_says_that_a_level_raised_without_building_is_not_counted():
    """No school may be built: b alone opens, whose level is raised in the seats there are."""
    assert years(programme(sites(FOUR), options(schools=0))) == {"a": 0, "b": 2027, "c": 0, "d": 0}
    told = {lang: words.load(lang).text("option.schools") for lang in words.LANGS}
    assert "деңгейді құрылыссыз көтеру есепке кірмейді" in told["kk"]
    assert "повышение уровня без строительства не считается" in told["ru"]
    for text in (told["en"], Options.model_fields["schools"].description):
        assert "a level raised without building is not counted" in text


def test_the_reference_programme_is_two_hundred_a_year_over_five():
    many = sites([{"site_id": f"s{at:04}", "pupils": 2000 - at} for at in range(1100)])
    found = programme(many, Options(on=DAY))
    assert found.years["sites"].tolist() == [200] * 5
    assert found.years["year"].tolist() == [2027, 2028, 2029, 2030, 2031]
    assert (found.sites["stopped_by"] == "schools").sum() == 100
    assert found.years["left_mkzt"].isna().all()
    assert len(found.frontier) <= 200


def test_the_years_add_up_what_they_open():
    row = programme(sites(FOUR), options(schools=2)).years.iloc[0]
    assert row[["sites", "raised", "state", "ppp", "private"]].tolist() == [2, 1, 1, 0, 0]
    assert row[["seats", "pupils", "owed_left", "unpriced"]].tolist() == [60, 101, 0, 0]
    assert row["cost_mkzt"] == 80


def test_a_site_without_a_price_goes_by_its_place_and_is_counted():
    two = sites([
        {"site_id": "a", "cost_mkzt": None, "pupils": 90}, {"site_id": "b", "cost_mkzt": 150.0, "pupils": 80},
    ])  # fmt: skip
    found = programme(two, options(budget_mkzt=(100,)))
    assert years(found) == {"a": 2027, "b": 2028}
    assert found.years["unpriced"].tolist() == [1, 0]
    assert pd.isna(found.sites.loc["a", "state_mkzt"])


def test_nothing_to_build_is_a_programme_of_nothing():
    found = programme(sites(FOUR).iloc[:0], options(budget_mkzt=(100,), quotas={"XX-00": 1}, ppp=(1,)))
    assert found.sites.empty
    assert found.frontier.empty
    assert found.years["sites"].tolist() == [0, 0]
    assert found.years["left_mkzt"].tolist() == [100, 200]


def test_ranks_are_anew_over_all_regions():
    two = sites([{"site_id": "a", "region": "KZ-59", "pupils": 5}, {"site_id": "b", "region": "KZ-11", "pupils": 9}])
    found = programme(two, options(), errors(two, pupils_sd_share=1.0)).sites
    assert found["rank"].to_dict() == {"b": 1, "a": 2}
    assert found.loc["a", "rank_best"] == 1


# --- quotas


def test_a_quota_lets_the_first_of_its_region_through_and_passes_the_others_over():
    found = programme(sites(FOUR), options(quotas={"XX-00": 1}))
    assert found.sites["stopped_by"].tolist() == ["", "", "quota", "quota"]


def test_a_quota_of_a_district_counts_beside_that_of_its_region():
    three = sites([
        {"site_id": "a", "pupils": 9}, {"site_id": "b", "pupils": 8}, {"site_id": "c", "pupils": 7, "district_id": "w"},
        {"site_id": "d", "pupils": 6, "district_id": "w"},
        {"site_id": "e", "pupils": 5, "region": "KZ-11", "district_id": "n"},
    ])  # fmt: skip
    found = programme(three, options(quotas={"XX-00": 2, "east": 1}, schools=10)).sites
    assert found["stopped_by"].to_dict() == {"a": "", "b": "quota", "c": "", "d": "quota", "e": ""}


# --- mechanisms


def test_partners_open_the_first_whole_schools_that_come_within_reach():
    five = sites([
        {"site_id": "a", "tier": "guarantee", "seats": 900, "is_rural": True},
        {"site_id": "b", "tier": "emergency", "seats": 600, "action": "replace"},
        {"site_id": "c", "tier": "three_shift", "seats": 599},
        {"site_id": "d", "tier": "seats", "seats": 900, "action": "extend"},
        {"site_id": "e", "tier": "seats", "seats": 900, "pupils": 90},
    ])  # fmt: skip
    found = programme(five, options(schools=5, years=1, ppp=(5,), budget_mkzt=(0,)))
    assert found.sites["mechanism"].fillna("").tolist() == ["", "ppp", "", "", "ppp"]
    assert found.sites.loc["b", "state_mkzt"] == 0
    assert found.years[["sites", "ppp", "state_mkzt", "cost_mkzt"]].to_numpy().tolist() == [[2, 2, 0, 2000]]


def test_what_partners_leave_in_a_year_is_the_states_and_not_carried_on():
    four = sites([{"site_id": one, "pupils": 10 - at, "seats": 600} for at, one in enumerate("abcd")])
    found = programme(four, options(ppp=(1, 0)))
    assert found.sites["mechanism"].tolist() == ["ppp", "state", "state", "state"]
    short = programme(four.assign(seats=[300, 300, 900, 900]), options(ppp=(2, 1)))
    assert short.sites["mechanism"].tolist() == ["state", "state", "ppp", "state"]


def test_the_order_in_private_schools_fills_the_years_increase_of_its_stock_in_towns():
    some = sites([
        {"site_id": "a", "pupils": 90, "seats": 300}, {"site_id": "b", "pupils": 80, "seats": 300, "is_rural": True},
        {"site_id": "c", "pupils": 70, "seats": 300}, {"site_id": "d", "pupils": 60, "seats": 50},
        {"site_id": "e", "pupils": 50, "seats": 300, "tier": "travel"}, {"site_id": "f", "pupils": 40, "seats": 300},
    ])  # fmt: skip
    found = programme(some, options(schools=6, years=2, private_seats=(500, 700)))
    # 2027: a 300 of 500, c no more (300 + 300), and so d waits its turn; 2028: 700 - 500 = 200 < 300
    assert found.sites["mechanism"].to_dict() == {
        "a": "private", "b": "state", "c": "state", "d": "private", "e": "state", "f": "state",
    }  # fmt: skip
    assert found.years["private"].tolist() == [1, 1]
    assert found.years["cost_mkzt"].tolist() == [2000, 2000]  # nothing is built for a and d


# --- invariants


def quick(rows):
    """Return rows as sites, sooner than `sites` does: every column of one that is there, none of its checks."""
    plain = pd.DataFrame(ONE.loc[["a"] * len(rows)].drop(columns="geometry"))
    plain.index = pd.Index([f"s{at:02}" for at in range(len(rows))], dtype="str", name="site_id")
    given = pd.DataFrame(rows, index=plain.index).astype({"cost_mkzt": "float64", "pupils": "Int64", "seats": "Int64"})
    return plain.assign(**{name: given[name] for name in given}, settlement_id=plain.index)


ONE = sites([{"site_id": "a"}])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "region": st.sampled_from(["KZ-11", "KZ-59"]),
            "district_id": st.sampled_from(["e", "w"]),
            "tier": st.sampled_from(TIERS),
            "pupils": st.integers(0, 60),
            "seats": st.sampled_from([0, 40, 300, 600, 900]),
            "cost_mkzt": st.one_of(st.none(), st.integers(0, 50).map(float)),
            "is_rural": st.booleans(),
            "action": st.sampled_from(["build", "replace", "extend"]),
        }
    ),
    min_size=1,
    max_size=14,
).map(quick)
CHOSEN = st.fixed_dictionaries(
    {
        "schools": st.integers(0, 16),
        "years": st.integers(1, 4),
        "ppp": st.lists(st.integers(0, 3), max_size=4).map(tuple),
        "private_seats": st.lists(st.integers(0, 2000), max_size=4).map(tuple),
        "quotas": st.dictionaries(st.sampled_from(["KZ-11", "e", "w"]), st.integers(0, 5)),
    }
)


@pytest.mark.slow
@given(
    ROWS,
    CHOSEN,
    st.lists(st.integers(0, 80), min_size=4, max_size=4),
    st.lists(st.integers(0, 40), min_size=4, max_size=4),
)
@deep(30)
def test_more_money_is_never_worse(some, chosen, money, more):
    less = programme(some, options(**chosen, budget_mkzt=tuple(money)))
    richer = programme(some, options(**chosen, budget_mkzt=tuple(np.add(money, more))))
    free = programme(some, options(**chosen))
    for poor, rich in ((less, richer), (richer, free)):
        assert not (poor.sites["year"].notna() & rich.sites["year"].isna()).any()
        assert not (poor.sites["year"] < rich.sites["year"]).any()
        assert (poor.years["pupils"].cumsum() <= rich.years["pupils"].cumsum()).all()
        assert (poor.years["owed_left"] >= rich.years["owed_left"]).all()


@given(ROWS, CHOSEN, st.lists(st.integers(0, 80), min_size=4, max_size=4))
@deep(30)
def test_no_limit_is_broken_and_nothing_is_counted_twice(some, chosen, money):
    opts = options(**chosen, budget_mkzt=tuple(money))
    found = programme(some, opts)
    opened = found.sites["year"].notna()
    built = some.loc[found.sites.index, "seats"] > 0
    assert ((found.sites["stopped_by"] == "") == opened).all()
    assert (found.sites["mechanism"].notna() == opened).all()
    many = found.years["sites"] - found.years["raised"]
    assert (many.cumsum() <= [opts.schools * (y + 1) // opts.years for y in range(opts.years)]).all()
    assert (found.years["state_mkzt"].cumsum() <= np.cumsum(money)[: opts.years] + 1e-6).all()
    for key, most in opts.quotas.items():
        keys = some.loc[found.sites.index]
        there = (keys["region"] == key) | (keys["district_id"] == key)
        assert (opened & built & there).sum() <= most
    for at in range(opts.years):
        assert found.years["ppp"].iat[at] <= (opts.ppp[at] if at < len(opts.ppp) else 0)
    ordered = some.loc[found.sites.index, "seats"][found.sites["mechanism"] == "private"].sum()
    assert ordered <= max(opts.private_seats, default=0)
    assert found.years["sites"].sum() == opened.sum()
    assert (many == found.years[["state", "ppp", "private"]].sum(axis=1)).all()
    assert found.years["raised"].sum() == (opened & ~built).sum()
    assert found.years["pupils"].sum() == some.loc[found.sites.index[opened], "pupils"].sum()
    owed = found.sites["tier"] == "guarantee"
    assert found.sites.loc[opened & ~built & owed, "year"].eq(opts.first_year).all()


@pytest.mark.slow
@given(ROWS, CHOSEN, st.lists(st.integers(0, 80), min_size=4, max_size=4))
@deep(30)
def test_the_laws_tier_is_never_traded(some, chosen, money):
    chosen = chosen | {"quotas": {}}  # a quota is the planner's own limit on its region
    found = programme(some, options(**chosen, budget_mkzt=tuple(money))).sites
    waiting = found[(found["tier"] == "guarantee") & found["year"].isna()]
    if len(waiting):  # then the state has paid for nothing further down, and no place was taken
        beyond = (found["tier"] != "guarantee") | (some.loc[found.index, "seats"] > 0)
        after = found[(found["rank"] > waiting["rank"].min()) & beyond]
        assert not (after["mechanism"] == "state").any()
    by_count = programme(some, options(**chosen)).sites
    none = programme(some, options(**chosen | {"ppp": (), "private_seats": ()})).sites
    assert by_count["year"].equals(none["year"])  # who pays takes nobody's place


@pytest.mark.slow
@given(ROWS, CHOSEN, st.integers(0, 80))
@deep(30)
def test_a_later_year_holds_the_earlier_ones(some, chosen, money):
    chosen = chosen | {"schools": 4 * chosen["years"], "budget_mkzt": (money,)}
    whole = programme(some, options(**chosen)).sites
    years = chosen["years"]
    for shorter in range(1, years):
        part = programme(some, options(**chosen | {"years": shorter, "schools": 4 * shorter})).sites
        held = whole["year"] < options().first_year + shorter
        assert set(part.index[part["year"].notna()]) == set(whole.index[held.fillna(value=False)])


@pytest.mark.slow
@given(ROWS, st.integers(0, 14), st.sampled_from(TIERS), st.integers(1, 80))  # a site of nobody would take a place
@deep(30)
def test_one_more_candidate_never_worsens_what_so_many_schools_serve(some, schools, tier, pupils):
    some = some.assign(seats=300)
    more = pd.concat([some, ONE.drop(columns="geometry").rename({"a": "new"}).assign(tier=tier, pupils=pupils)])
    more["pupils"] = more["pupils"].astype("Int64")

    def served(frame):
        found = programme(frame, options(schools=schools, years=1)).sites
        opened = frame.loc[found.index[found["year"].notna()]]
        return [int(opened.loc[opened["tier"] == one, "pupils"].sum()) for one in TIERS]

    assert served(more) >= served(some)  # tier after tier


# --- the frontier


def test_the_frontier_adds_up_the_list_from_its_top():
    found = programme(sites(FOUR), options()).frontier
    assert found["sites"].tolist() == [1, 2, 3, 4]
    assert found["cost_mkzt"].tolist() == [80, 80, 200, 240]
    assert found["pupils"].tolist() == [60, 101, 601, 1001]
    assert found["owed_left"].tolist() == [1, 0, 0, 0]


def test_the_bound_is_the_greatest_for_the_count_or_for_the_money():
    three = sites([
        {"site_id": "a", "pupils": 60, "cost_mkzt": 100.0}, {"site_id": "b", "pupils": 50, "cost_mkzt": 20.0},
        {"site_id": "c", "pupils": 40, "cost_mkzt": 20.0},
    ])  # fmt: skip
    by_price = programme(three, options(weights={"price": 1})).frontier
    # b first (2.5 a million): for 20 no other does more; b, c: 40 for 90; a, b would be 110 but cost 120
    assert by_price["pupils"].tolist() == [50, 90, 150]
    assert by_price["bound"].tolist() == [50, 90, 150]
    by_metres = programme(three.assign(moved=[1, 2, 3], saved_m=1000.0), options(weights={"metres": 1})).frontier
    assert by_metres["pupils"].tolist() == [40, 90, 150]
    assert by_metres["bound"].tolist() == [50, 90, 150]  # b for the 20 that c cost


def best(some, count, money):
    """Return the most pupils of any lawful choice: each tier whole before the next, so many sites for so much money."""
    most = 0
    for size in range(count + 1):
        for chosen in combinations(range(len(some)), size):
            part = some.iloc[list(chosen)]
            if part["cost"].sum() > money + 1e-9:
                continue
            last = max((TIERS.index(one) for one in part["tier"]), default=0)
            whole = some["tier"].map(TIERS.index) < last
            if whole[~some.index.isin(part.index)].any():
                continue
            most = max(most, int(part["pupils"].sum()))
    return most


@pytest.mark.slow
@given(ROWS.map(lambda some: some.iloc[:7]))
@deep(30)
def test_no_choice_passes_the_bound(some):
    found = programme(some, options(schools=7)).frontier
    plain = some.copy()
    plain["cost"] = plain["cost_mkzt"].fillna(0).where(plain["seats"] > 0, 0)
    order = ranking.ranked(some, options())["rank"].sort_values().index
    for row in found.itertuples():
        first = plain.loc[order[: row.sites]]
        assert row.pupils == first["pupils"].sum()
        assert row.pupils <= best(plain, row.sites, row.cost_mkzt) <= row.bound or _beyond(plain, row)


def _beyond(plain, row):
    """Say whether only a choice that reaches farther tiers passes: the bound speaks of the tiers of the list."""
    return best(plain[plain["tier"].map(TIERS.index) <= TIERS.index(row.tier)], row.sites, row.cost_mkzt) <= row.bound


@pytest.mark.parametrize("count", [1, 49, 50, 51, 300, 8000])
def test_a_long_frontier_is_thinned_and_keeps_its_end(count):
    kept = rules._kept(np.array(["seats"] * (count - 1) + ["travel"], dtype=object))
    assert kept[0] == 0
    assert kept[-1] == count - 1
    assert len(kept) <= 200
    assert len(set(kept)) == len(kept)
    assert set(range(min(50, count))) <= set(kept)
