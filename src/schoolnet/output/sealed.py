"""What seals a page: a policy that forbids every request, and a block of data that cannot end the page it stands in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)
#: For the head of a page: nothing can be loaded, even by mistake.
POLICY = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
_JSON_SAFE = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def block(data: Mapping[str, Any]) -> str:
    """Return the data of a page's script as an element; a name in them never reads as markup."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(_JSON_SAFE)
    return f'<script type="application/json" id="schoolnet-data">{text}</script>'
