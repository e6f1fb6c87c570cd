"""The address of a database where the account that runs this has no name, as in a container."""

from __future__ import annotations

import getpass

import pytest

from schoolnet.errors import OptionError
from schoolnet.sources import address

#: What Python says of a number no account has: until 3.12, from 3.13, and on Windows.
NAMELESS = [KeyError("getpwuid(): uid not found: 1234"), OSError("No username set in the environment"), ImportError()]


@pytest.fixture(params=NAMELESS, ids=["key", "system", "windows"])
def nameless(request, monkeypatch):
    def none():
        raise request.param

    monkeypatch.setattr(getpass, "getuser", none)
    monkeypatch.delenv("PGUSER", raising=False)
    monkeypatch.setenv("PGPASSWORD", "x")


@pytest.mark.usefixtures("nameless")
def test_a_user_that_is_named_is_enough(monkeypatch):
    assert address.address("postgresql://ana@db/plans").user == "ana"
    assert address.address("postgresql://db/plans?user=ana").user == "ana"
    monkeypatch.setenv("PGUSER", "eve")
    assert address.address("postgresql://db/plans").user == "eve"
    assert address.address("postgresql://ana@db/plans").user == "ana"


@pytest.mark.usefixtures("nameless")
def test_no_user_at_all_is_refused_with_how_to_name_one():
    with pytest.raises(OptionError) as caught:
        address.address("postgresql://db/plans")
    assert "postgresql://user@host" in caught.value.faults[0].remedy


def test_an_account_with_a_name_is_the_user(monkeypatch):
    monkeypatch.delenv("PGUSER", raising=False)
    monkeypatch.setattr(getpass, "getuser", lambda: "planner")
    assert address.address("postgresql://db/plans").user == "planner"
