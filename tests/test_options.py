"""The choices of a plan: named, bounded, read from a file or from values."""

from __future__ import annotations

import datetime as dt

import pytest
from pydantic import ValidationError

from schoolnet import options
from schoolnet.errors import OptionError, SourceError


def test_the_defaults_are_the_readings_of_the_specification():
    chosen = options.Options()
    assert (chosen.transport_rule, chosen.distance_basis, chosen.bridged_barrier) == ("or", "road", "no")


def test_a_file_of_options_is_read_by_name(tmp_path):
    file = tmp_path / "options.toml"
    file.write_text('transport_rule = "and"\njoin_m = 3000\non = 2025-09-01\n', encoding="utf-8")
    chosen = options.load(file)
    assert (chosen.transport_rule, chosen.join_m, chosen.on) == ("and", 3000, dt.date(2025, 9, 1))
    assert chosen.snap_m == options.Options().snap_m


def test_every_fault_of_a_file_is_named_at_once(tmp_path):
    file = tmp_path / "options.toml"
    file.write_text('transport_rule = "xor"\nspeed = 3\njoin_m = -1\n', encoding="utf-8")
    with pytest.raises(OptionError) as error:
        options.load(file)
    assert len(error.value.faults) == 3
    for part in ("options.toml", "transport_rule", "'xor'", "speed", "Known options: on, transport_rule", "join_m"):
        assert part in str(error.value)


@pytest.mark.parametrize("content", [b"transport_rule", b"\xff\xfe\x00"])
def test_a_file_that_is_not_toml_is_refused(tmp_path, content):
    file = tmp_path / "options.toml"
    file.write_bytes(content)
    with pytest.raises(SourceError, match="not a TOML file"):
        options.load(file)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"none\.toml: there is no such file"):
        options.load(tmp_path / "none.toml")


def test_options_cannot_be_changed_in_place():
    with pytest.raises(ValidationError):
        options.Options().join_m = 1
