"""How wide a text is in the letters of the PDF: DejaVu Sans, which holds Kazakh, as Matplotlib ships it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

PLAIN, BOLD = "DejaVuSans", "DejaVuSans-Bold"


def wide(words: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a text in points."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    register()
    return float(stringWidth(words, BOLD if bold else PLAIN, size))


@cache
def register() -> None:
    """Make the letters known to reportlab."""
    import matplotlib as mpl
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name in (PLAIN, BOLD):
        pdfmetrics.registerFont(TTFont(name, str(Path(mpl.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf")))
