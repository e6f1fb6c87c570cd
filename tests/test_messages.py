"""Every sentence of a fault and of the ledger is said in Kazakh and Russian, none in English only."""

from __future__ import annotations

import ast
import functools
import json
import os
import pickle
import re
import string
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from python_calamine import CalamineWorkbook

import command
from schoolnet import api
from schoolnet.errors import Fault
from schoolnet.messages import ByLanguage, Message, joined, packed, unpacked
from schoolnet.output import words, workbook
from schoolnet.sources import cells, register

SOURCE = Path(words.__file__).parents[2]
#: Said by model/snapping.py as a value of a table; planning/plan.py makes them Messages.
SNAPPING = {"no road is near", "only a stray piece of road is near", "every road near lies across water"}
PLACES_OF_SENTENCES = {"Fault": (0, 1), "corrected": (-2, -1), "rejected": (-2, -1), "note": (-2, -1)}
NAMES_OF_SENTENCES = {"problem", "remedy", "what", "why", "note"}
REGISTER = """\
id;name;level;seats;enrolment;g1;g2;lon;lat;kato;built;updated_at;name;;remark
A;One;орта;1,200;30;10;30;0,0001;0.0001;;2020;2026-10-01;;x;
B;Two;лучшая;-5;;19999;19999;0,0001;0.0001;;1000;soon;;;
C;Three;орта;5;;x;1;0,0001;0.0001;12;;;;;
D;Four;орта;5;;1;1;100;50;;;;;;
E;Five;орта;5;;1;1;;;;;;;;
;Six;орта;5;;1;1;0,0001;0.0001;;;;;;
A;Seven;орта;5;;1;1;0,0001;0.0001;;;;;;
F;{long};орта;5;;1;1;0,07;0.0001;123456789;;;;;
G;Eight;орта;5;;1;1;0;0;;;;;;
H;Nine;орта;5;;1;1;0.0001;0.0001;;;;;;;too;many
I;Ten;орта
""".replace("{long}", "ш" * 300)


@functools.cache
def catalogue(lang):
    with (Path(words.__file__).parent / f"messages.{lang}.po").open("rb") as file:
        return [entry for entry in read_po(file, locale=lang) if entry.id]


def said(lang):
    return {entry.id: entry.string for entry in catalogue(lang)}


@functools.cache
def trees():
    files = sorted(SOURCE.rglob("*.py"))
    return [(path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))) for path in files]


@functools.cache
def calls():
    return [(file, node) for file, tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Call)]


def called(node):
    return getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""


def messages():
    return [(file, node.args[0]) for file, node in calls() if called(node) == "Message"]


def templates():
    written = {node.value for _, node in messages() if isinstance(node, ast.Constant)}
    return written | SNAPPING | {value for values in cells.words()["values"].values() for value in values}


def places(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def english(text):
    """Return the English of a text: two words in small Latin letters one after another."""
    return re.findall(r"\b[a-z]{2,} [a-z]{2,}\b(?!\.\w)", str(text))


def run(*arguments, by=command.run, **env):
    outside = {key: value for key, value in os.environ.items() if key not in ("LANG", "LC_ALL", "LC_MESSAGES")}
    return by(*arguments, env=outside | env)


# --- the catalogues


@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_every_sentence_of_the_source_is_in_the_catalogue_and_no_other(lang):
    assert sorted(templates() - set(said(lang))) == [], "add them to the catalogue"
    assert sorted(set(said(lang)) - templates()) == [], "nobody says them: take them out"
    ids = [entry.id for entry in catalogue(lang)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_every_translation_is_whole_and_has_the_places_of_the_english(lang):
    found = said(lang)
    assert [key for key, text in found.items() if places(key) != places(text)] == []
    assert [key for key, text in found.items() if not text or text != text.strip() or "  " in text] == []
    assert [key for key, text in found.items() if key[-1] in ".?" and text[-1] != key[-1]] == []
    assert [text for text in found.values() if english(re.sub(r"\{\w+\}|`[^`]*`", "", text))] == []
    assert [entry.id for entry in catalogue(lang) if entry.fuzzy] == []


@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_what_begins_small_or_large_in_english_does_so_in_every_language(lang):
    differing = [
        key
        for key, text in said(lang).items()
        if key[-1] in ".?" and key[0].isalpha() and text[0].isalpha() and key[0].isupper() != text[0].isupper()
    ]
    assert [key for key in differing if not said(lang)[key].startswith(("CSV", "GeoJSON"))] == []


def test_a_sentence_is_a_template_not_a_made_up_string():
    computed = {(file, ast.unparse(node)) for file, node in messages() if not isinstance(node, ast.Constant)}
    assert {file for file, _ in computed} == {"messages.py", "planning/plan.py"}


@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_the_values_of_a_register_are_said_as_the_register_reads_them(lang):
    for column, values in cells.words()["values"].items():
        assert [value for value, names in values.items() if said(lang)[value] not in names] == [], column


def test_what_is_said_of_snapping_is_what_snapping_says():
    source = "".join(path.read_text(encoding="utf-8") for path in (SOURCE / "model").glob("*.py"))
    assert [text for text in SNAPPING if f'"{text}"' not in source] == []


# --- no sentence in English only


def sentences(node):
    """Yield the strings of an expression that are sentences and not in a Message."""
    if called(node) == "Message":
        return
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and _is_sentence(node.value)):
        yield ast.unparse(node)
    elif isinstance(node, (ast.IfExp, ast.BinOp, ast.Tuple, ast.BoolOp)):
        for child in ast.iter_child_nodes(node):
            yield from sentences(child)


def _is_sentence(value):
    return isinstance(value, str) and " " in value and any(map(str.isalpha, value))


def bare(tree):
    """Yield the bare sentences given to a fault or a recorder, or kept under the name of one."""
    for node in ast.walk(tree):
        if called(node) in PLACES_OF_SENTENCES:
            given = [
                node.args[at] for at in PLACES_OF_SENTENCES[called(node)] if -len(node.args) <= at < len(node.args)
            ]
            given += [keyword.value for keyword in node.keywords if keyword.arg in NAMES_OF_SENTENCES]
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            given = [node.value] if any(getattr(one, "id", "") in NAMES_OF_SENTENCES for one in targets) else []
        else:
            continue
        for one in given:
            yield from ((node.lineno, sentence) for sentence in sentences(one))


@pytest.mark.parametrize("file", sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py")))
def test_no_fault_and_no_line_of_the_ledger_is_said_in_english_only(file):
    assert list(bare(dict(trees())[file])) == []


@pytest.mark.parametrize(
    "code",
    [
        'Fault("two words", Message("Mend it."))',
        'Fault(Message("x"), f"Mend {it}")',
        'Fault(problem=f"{x} is bad", remedy=Message("Mend it."))',
        'remarks.note("no register", why, row="1")',
        'recorder.corrected(table, row, column, text, "was swapped" if swapped else Message("was not"))',
        'remedy = "Mend " + it',
    ],
)
def test_the_search_for_bare_sentences_finds_them(code):
    assert len(list(bare(ast.parse(code)))) == 1


# --- how they are said


def test_a_message_is_said_with_its_values_and_the_messages_among_them():
    what = Message(
        "KATO of {told}, but the coordinates are {km} km away, near {seen}", told=Message("no id"), km=7.0, seen="B"
    )
    assert what == "KATO of no id, but the coordinates are 7.0 km away, near B"
    assert words.load("ru").message(what) == ("по коду КАТО: нет кода, а координаты – в 7,0 км оттуда, рядом: B")
    whole = Message("{what}: not used.", what=Message("no id"))
    assert [words.load(lang).message(whole) for lang in words.LANGS] == [
        "коды жоқ: пайдаланылмады.",
        "нет кода: не использовано.",
        "no id: not used.",
    ]


def test_what_is_no_message_and_what_has_no_translation_stays_as_it_is():
    said = words.load("kk")
    assert said.message("no id") == "no id"
    assert said.message(Message("nobody says {this}", this="{x}")) == "nobody says {x}"
    assert said.message(Message("a {brace} of data")) == "a {brace} of data"
    assert said.message(joined(Message("no id"), "{x}", Message("no place"))) == "коды жоқ {x} орны көрсетілмеген"


def test_a_fault_is_one_line_in_each_language():
    fault = Fault(Message("the file is empty."), Message("{why}.", why=Message("no id")), "a.csv", "12", "Код")
    assert str(fault) == "a.csv, row 12, column “Код”: the file is empty. No id."
    assert words.load("en").fault(fault) == str(fault)
    assert words.load("kk").fault(fault) == "a.csv, 12-қатар, «Код» бағаны: файл бос. Коды жоқ."
    assert words.load("ru").fault(fault) == "a.csv, строка 12, столбец «Код»: файл пуст. Нет кода."


# --- where planners read them


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("kk", "schoolnet: {path}: мұндай файл жоқ. CSV немесе XLSX файлының жолын тексеріңіз."),
        ("ru", "schoolnet: {path}: такого файла нет. Проверьте путь к файлу CSV или XLSX."),
        ("en", "schoolnet: {path}: there is no such file. Check the path of the CSV or XLSX file."),
    ],
)
def test_a_fault_is_said_in_the_language_of_the_command_or_of_the_computer(tmp_path, lang, line):
    path = tmp_path / "no.csv"
    asked = run("plan", tmp_path, "--schools", path, "--lang", lang, LANG="de_DE.UTF-8")
    joined_up = run("plan", f"--lang={lang}", tmp_path, "--schools", path)
    computer = run("plan", tmp_path, "--schools", path, by=command.process, LANG=f"{lang}_KZ.UTF-8")
    for done in (asked, joined_up, computer):
        assert done.returncode == 2
        assert done.stderr.splitlines()[-1] == line.format(path=path)


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"LC_ALL": "C", "LANG": "ru_RU.UTF-8"}, "there is no such file."),
        ({"LC_ALL": "", "LC_MESSAGES": "kk_KZ", "LANG": "ru_RU.UTF-8"}, "мұндай файл жоқ."),
        ({"LANG": "fr_FR.UTF-8"}, "there is no such file."),
        ({}, "there is no such file."),
    ],
)
def test_the_language_of_the_computer_is_found_as_other_programs_find_it(tmp_path, env, said):
    assert said in run("plan", tmp_path, "--options", "none.toml", **env).stderr


@pytest.mark.parametrize(
    ("arguments", "kk", "ru"),
    [
        (
            ["--set", "transport_rule=xor"],
            (
                "schoolnet: «transport_rule» параметрі = 'xor': 'or' немесе 'and' болуға тиіс."
                " Параметрдің рұқсат етілген мәнін көрсетіңіз."
            ),
            (
                "schoolnet: параметр «transport_rule» = 'xor': должно быть 'or' или 'and'."
                " Укажите допустимое значение параметра."
            ),
        ),
        (
            ["--set", "snap_m=-1"],
            (
                "schoolnet: «snap_m» параметрі = '-1': 0 мәнінен артық болуға тиіс."
                " Параметрдің рұқсат етілген мәнін көрсетіңіз."
            ),
            "schoolnet: параметр «snap_m» = '-1': должно быть больше 0. Укажите допустимое значение параметра.",
        ),
        (
            ["--set", "snap_m"],
            "schoolnet: «snap_m» АТАУ=МӘН түрінде жазылмаған. Мына түрде жазыңыз: --set transport_rule=and.",
            "schoolnet: «snap_m» записано не в виде ИМЯ=ЗНАЧЕНИЕ. Запишите так: --set transport_rule=and.",
        ),
    ],
)
def test_a_wrong_option_is_said_whole(tmp_path, arguments, kk, ru):
    for lang, line in (("kk", kk), ("ru", ru)):
        done = run("plan", tmp_path, *arguments, "--lang", lang)
        assert (done.returncode, done.stderr.splitlines()[-1]) == (2, line)


@pytest.mark.parametrize(
    ("value", "ru"),
    [
        ("straight_factor=0.5", "должно быть не меньше 1"),
        ("straight_factor=9", "должно быть не больше 3"),
        ("school_age_share=1", "должно быть меньше 1"),
        ("join_m=far", "должно быть числом"),
        ("on=soon", "должно быть датой (2026-10-01)"),
        ("speed=3", "такого параметра нет"),
        ("unknown_level=none", "должно быть 'secondary', 'basic' или 'primary'"),
    ],
)
def test_each_kind_of_wrong_value_has_words(tmp_path, value, ru):
    assert f": {ru}. " in run("plan", tmp_path, "--set", value, "--lang", "ru").stderr


@pytest.mark.parametrize(
    ("text", "ru"),
    [
        ("snap_m 3", "после имени должен стоять знак «=» (строка 1, знак 8)"),
        ("snap_m = 1\nsnap_m = 2\n", "значение задано дважды"),
        ("snap_m = [1 2]", "скобка списка не закрыта"),
        ('way = "walk\n', "кавычка не закрыта в своей строке"),
        ("way = 'walk", "кавычка не закрыта"),
        ('way = "C:\\my"', "знак «\\» в кавычках должен стоять дважды"),
        (b"snap_m = \xff", "байт 10 не соответствует кодировке UTF-8"),
    ],
)
def test_a_broken_options_file_is_said_in_the_language(tmp_path, text, ru):
    path = tmp_path / "my.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    line = run("plan", tmp_path, "--options", path, "--lang", "ru").stderr.splitlines()[-1]
    assert line.startswith(f"schoolnet: my.toml: это не файл TOML: {ru}")
    assert line.endswith(". Запишите в виде `имя = значение`, по одному в строке.")


def test_a_register_without_its_columns_is_said_in_the_language(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("шифр;название;уровнь;долгота;широта\n1;Школа;средняя;69;51\n", encoding="utf-8")
    lines = run("plan", tmp_path, "--schools", path, "--lang", "ru").stderr.splitlines()
    assert lines[-1] == (
        "schoolnet: r.csv, строка 1, столбец «level»: нет столбца `level`. Возможно, это столбец «уровнь»?"
        " Назовите столбец `level` или `мектеп деңгейі`. Найденные заголовки: шифр, название, уровнь, долгота, широта."
    )
    assert len(lines) == 2


@pytest.mark.slow
def test_a_file_that_cannot_be_written_is_said_in_the_language(tmp_path, options, tiny):
    (tmp_path / "file").write_text("", encoding="utf-8")
    plan = api.plan(tiny, options)
    with pytest.raises(api.SourceError) as caught:
        plan.save(tmp_path / "file")
    assert words.load("kk").fault(caught.value.faults[0]) == (
        f"{tmp_path / 'file'}: жазу мүмкін болмады: мұндай файл бұрыннан бар."
        " --out арқылы басқа папка таңдаңыз, файл ашық болса, жабыңыз немесе дискіден орын босатыңыз."
    )


def test_a_fault_of_the_program_is_said_in_the_language(monkeypatch, capsys):
    from schoolnet import cli

    monkeypatch.setattr(cli, "app", lambda: 1 / 0)
    monkeypatch.setattr(sys, "argv", ["schoolnet", "demo", "--lang", "ru"])
    with pytest.raises(SystemExit):
        cli.main()
    said = capsys.readouterr().err
    assert said.startswith("schoolnet: ошибка в программе, а не в ваших данных: ZeroDivisionError")
    assert "Сообщите о ней разработчикам" in said


@pytest.mark.parametrize("lang", words.LANGS)
def test_every_stage_has_words_for_its_progress(lang):
    stages = {
        node.args[0].value for _, node in calls() if called(node) == "stage" and isinstance(node.args[0], ast.Constant)
    }
    assert len(stages) > 10
    assert [stage for stage in stages if f"stage.{stage}" not in words.load(lang).texts] == []


# --- the ledger


@pytest.fixture(scope="module")
def attached(tiny, options, tmp_path_factory):
    path = tmp_path_factory.mktemp("register") / "школы.csv"
    path.write_text(REGISTER, encoding="utf-8")
    return register.attach(tiny, register.read(path), options)


@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_the_ledger_holds_no_english_sentence(attached, lang):
    frame = attached.ledger.frame(words.load(lang).message)
    assert len(frame) > 20
    assert [text for text in [*frame["what"], *frame["why"]] if english(text)] == []
    plain = attached.ledger.frame()
    assert (frame["why"] != plain["why"]).all()
    assert frame.drop(columns=["what", "why"]).equals(plain.drop(columns=["what", "why"]))


def test_the_ledger_says_what_was_found_and_done(attached):
    lines = {
        lang: [
            f"{row.row} {row.what} | {row.why}" for row in attached.ledger.frame(words.load(lang).message).itertuples()
        ]
        for lang in ("kk", "ru")
    }
    for line in (
        "2 1,200 | прочитано как 1200",
        "2 30, а сумма по классам: 40 | взят указанный контингент",
        "3 сумма по классам: 39998 | больше 20000: считается неизвестным",
        "5 lon 100, lat 50 | за пределами области: исправьте координаты или код КАТО",
        "11 ячеек: 17, заголовков: 15 | возьмите в кавычки ячейку, в которой стоит разделитель",
    ):
        assert line in lines["ru"]
    known = "начальная, основная, средняя (подходят и казахские, и английские названия)"
    assert f"3 лучшая | не из числа значений: {known}: считается неизвестным" in lines["ru"]
    for line in (
        "7 коды жоқ | әр мектепке өз кодын беріңіз",
        "8 A | 2-қатарда бұрыннан бар: біреуін алып тастаңыз",
        "6 орны көрсетілмеген | координаттарын немесе өңірдегі елді мекеннің ӘАОЖ (КАТО) кодын көрсетіңіз",
    ):
        assert line in lines["kk"]


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_the_workbooks_ledger_is_in_its_language(attached, options, tmp_path, lang):
    workbook.write(api.plan(attached, options), tmp_path / "plan.xlsx", lang=lang)
    book = CalamineWorkbook.from_path(str(tmp_path / "plan.xlsx"))
    said = words.load(lang)
    rows = book.get_sheet_by_name(said.text("sheet.ledger")).to_python(skip_empty_area=False)
    assert len(rows) > 20
    assert [cell for row in rows for cell in row if english(cell)] == []
    table = rows[2].index(said.text("column.table"))
    assert {row[table] for row in rows[3:]} == {said.text("layer.schools"), said.text("layer.settlements")}


def test_a_text_in_every_language_is_kept_by_files_and_processes():
    """The name of a region in a reason: what another process, or a file of a batch, is given says it as it was."""
    names = {"kk": "Ұлытау облысы", "ru": "область Ұлытау", "en": "Ulytau Region"}
    said = Message("not in {region}", region=ByLanguage(names))
    for kept in (pickle.loads(pickle.dumps(said)), unpacked(json.loads(json.dumps(packed(said))))):  # noqa: S301
        assert kept == "not in Ulytau Region"
        assert kept.values["region"].texts == names
    assert unpacked(packed(ByLanguage(names))).texts == names
    with pytest.raises(TypeError):
        unpacked({"texts": {"kk": "Ұлытау", "ru": 1}})
