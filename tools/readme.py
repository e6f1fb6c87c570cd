"""Write the generated parts of the README anew: the table dictionary and the options, from their declarations.

python tools/readme.py
"""

from __future__ import annotations

import re
from pathlib import Path

from schoolnet import tables
from schoolnet.options import Options

README = Path(__file__).parents[1] / "README.md"


def options_table() -> str:
    """Return the options as Markdown: name, default, meaning."""
    lines = ["| option | default | meaning |", "|---|---|---|"]
    for name, field in Options.model_fields.items():
        default = (
            "today" if field.default_factory else "from the norms" if field.default is None else f"`{field.default}`"
        )
        lines.append(f"| `{name}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


PARTS = {"tables": tables.dictionary, "options": options_table}


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
