"""A file put into the cache by hand is what its name says, or refused."""

from __future__ import annotations

import io
import zipfile

import pytest

from schoolnet.errors import SourceError
from schoolnet.sources import contents

LINES = ("a{}b\n1{}2\n", "a{}b\r\n1{}2", "Schools of the district\n\nid{}name\n1{}A\n", "a{}b")


def taken(path, form):
    """Return whether a file is taken for one of a form."""
    try:
        contents.check(path, form)
    except SourceError as error:
        return error.faults[0].problem != f"this is not a whole .{form} file."
    return True


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("text", LINES)
def test_a_table_is_one_with_any_mark_and_below_a_title(tmp_path, mark, text):
    path = tmp_path / "kato.csv"
    path.write_text(text.replace("{}", mark), encoding="utf-8")
    assert taken(path, "csv")


def test_a_text_without_a_mark_is_no_table(tmp_path):
    path = tmp_path / "kato.csv"
    path.write_text("Please log in\n" * 30, encoding="utf-8")
    assert not taken(path, "csv")
    path.write_text("Please log in\n" * 30 + "a,b\n", encoding="utf-8")  # far below any title
    assert not taken(path, "csv")


def packed(name="[Content_Types].xml"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr(name, "x")
    return out.getvalue()


def test_a_packed_file_whose_list_cannot_be_read_is_no_workbook(tmp_path):
    path, whole = tmp_path / "kato.xlsx", packed()
    path.write_bytes(whole)
    assert taken(path, "xlsx")
    path.write_bytes(packed("other"))
    assert not taken(path, "xlsx")
    at = whole.index(b"PK\1\2")  # the list of the files at its end
    path.write_bytes(whole[: at + 6] + b"\xff" + whole[at + 7 :])  # needs version 25.5 of unzip
    assert not taken(path, "xlsx")
    name = whole.index(b"[Content", at)
    flagged = whole[: at + 8] + b"\x00\x08" + whole[at + 10 : name] + b"\xff" + whole[name + 1 :]  # a name in no UTF-8
    path.write_bytes(flagged)
    assert not taken(path, "xlsx")
