"""Write the generated parts of the README anew: the table dictionary and the options, from their declarations.

python tools/readme.py
"""

from __future__ import annotations

import re
from pathlib import Path

from schoolnet import decisions, given, monitored, networks, people, prospects, results, tables
from schoolnet.options import Options

#: What an option without a value stands for, where it is not a norm.
_NOT_GIVEN = {"horizon": "2030, or four years on", "twelve_from": "never", "start": "the year after the plan's"}
README = Path(__file__).parents[1] / "README.md"


def options_table() -> str:
    """Return the options as Markdown: name, default, meaning."""
    lines = ["| option | default | meaning |", "|---|---|---|"]
    for name, field in Options.model_fields.items():
        default = "today" if field.default_factory else f"`{field.default}`"
        if field.default is None:
            default = _NOT_GIVEN.get(name, "from the norms")
        lines.append(f"| `{name}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def tables_dictionary() -> str:
    """Return all tables as Markdown."""
    parts = []
    inputs = (*tables.INPUTS, *people.TABLES.values(), *given.TABLES.values())
    for table in (*inputs, *results.ALL, *prospects.ALL, *decisions.ALL, *networks.ALL, *monitored.ALL):
        head = f"### {table.name}\n\n{table.meaning[0].upper()}{table.meaning[1:]}."
        notes = [
            f"Index `{table.index}`." if table.index else "",
            f"Geometry: {table.geometry}." if table.geometry else "",
        ]
        head += "".join(f" {note}" for note in notes if note)
        lines = ["| column | type | unit | meaning | when absent |", "|---|---|---|---|---|"]
        for name, column in table.columns.items():
            meaning = column.meaning
            if column.among:
                meaning += ": " + " · ".join(f"`{value}`" for value in column.among if value)
            absent = "required" if column.absent is None else column.absent
            lines.append(f"| `{name}` | {column.dtype} | {column.unit} | {meaning} | {absent} |")
        parts.append(head + "\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


PARTS = {"tables": tables_dictionary, "options": options_table}


def filled(text: str) -> str:
    """Return the README with its generated parts made anew."""
    for name, make in PARTS.items():
        begin, end = f"<!-- {name}: made by tools/readme.py -->", f"<!-- /{name} -->"
        text = re.sub(
            f"{re.escape(begin)}.*?{re.escape(end)}",
            lambda _, b=begin, e=end, m=make: f"{b}\n\n{m()}\n{e}",
            text,
            flags=re.DOTALL,
        )
    return text


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
