"""The notebooks: stored without outputs, and each runs from its first cell to its last as a planner would run it."""

from __future__ import annotations

import re
import shutil
import subprocess
import warnings
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NAMES = (
    "1_region", "2_law_and_access", "3_people", "4_sites_and_programme", "5_network_okrugs_buses",
    "6_compare_and_share",
)  # fmt: skip
#: What a planner must see in place: in each notebook, patterns of HTML among its outputs.
SHOWN = {
    "1_region": ("<iframe|leaflet", ">4</td>", ">6,42\xa0%</td>", "Алтынсайская область", ">Применение норм</td>"),
    "2_law_and_access": (
        "<iframe|leaflet",
        "<svg",
        "Уровень, гарантированный законом",
        "Путь в половодье, м",
        ">1-4</td>.*>5-9</td>.*>10-11</td>.*>2\xa0585</td>",  # grades in their order, metres as people write them
    ),
    "3_people": ("<svg", "Бюро национальной статистики", "Прогноз изменения"),
    "4_sites_and_programme": (
        "<svg",
        "Программа по учебным годам",
        ">7,88\xa0%</td>",
        "не хватило бюджета",
        "открывается только в Б",
    ),
    "5_network_okrugs_buses": ("<iframe|leaflet", "Маршрут", ">поездка не дольше, мин</th>", "Опорная|опорная"),
    "6_compare_and_share": (
        "<svg",
        ">map.html</td>",
        ">brief.pdf</td>",
        "стала аварийной",
        "закрылась",
        "изменилась своя школа",
    ),
}


def _read(path):
    return nbformat.read(path, as_version=4)


def test_all_six_are_there_and_nothing_they_wrote_is_kept():
    assert tuple(path.stem for path in NOTEBOOKS) == NAMES
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    kept = subprocess.run([git, "ls-files", "notebooks"], capture_output=True, text=True, check=True, cwd=ROOT)
    assert kept.stdout.split() == [f"notebooks/{name}.ipynb" for name in NAMES]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path):
    book = _read(path)
    nbformat.validate(book)
    for cell in book.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
        assert not cell.metadata
    assert book.cells[0].cell_type == "markdown"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_speaks_russian_with_kazakh_terms(path):
    told = "\n".join(cell.source for cell in _read(path).cells if cell.cell_type == "markdown")
    assert len(re.findall(r"[а-яё]{3,}", told)) > 50


def test_the_answer_takes_ten_lines():
    """From `schoolnet.read` to who is owed what: the first cell of code, comments and empty lines not counted."""
    first = next(cell.source for cell in _read(NOTEBOOKS[0]).cells if cell.cell_type == "code")
    lines = [line for line in first.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert "schoolnet.read" in first
    assert lines[-1] == "plan.owed()"
    assert len(lines) <= 10


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_its_story(path, tmp_path):
    from nbclient import NotebookClient

    book = _read(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the kernel's own libraries
        NotebookClient(book, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in book.cells for output in cell.get("outputs", ())]
    assert not [one for one in outputs if one.output_type == "stream" and one.name == "stderr"]
    shown = "\n".join(
        str(one.data.get("text/html") or one.data.get("text/plain", "")) for one in outputs if "data" in one
    )
    for pattern in SHOWN[path.stem]:
        assert re.search(pattern, shown), pattern
    assert not re.search(r"(&lt;NA&gt;|None|NaN|nan|differs|only_[ab])</td>", shown)
    assert not re.search(r'class="dataframe"|PosixPath|WindowsPath', shown)  # figures as pandas and Python write them
    last = [cell for cell in book.cells if cell.cell_type == "code"][-1]
    assert last.outputs, "the last cell shows something"
