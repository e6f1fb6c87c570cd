"""Draw a small map by hand and write it as an .osm.pbf: used by the tests of map extracts.

`oblast()` is the map most tests start from (degrees; districts are its halves, the lake has an island):

      51 +-----------------+-----------------+
         |  West district  |  East district  |
         |  Arka 60.5,50.5 |  Bulak 61.5,50.5|
         |    road ------- bridge -------    |
         |  lake 60.1-60.3 river along 61.2  |
      50 +-----------------+-----------------+
        60                61                62
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import osmium
from osmium.osm.mutable import Node, Relation, Way

if TYPE_CHECKING:
    from pathlib import Path

Place = tuple[float, float]
Tags = dict[str, str]


class Drawing:
    """Map objects, numbered from 1 in the order they are drawn; `write` puts them into a file."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.ways: list[Way] = []
        self.relations: list[Relation] = []

    def node(self, place: Place, tags: Tags | None = None) -> int:
        self.nodes.append(Node(id=len(self.nodes) + 1, location=place, tags=tags or {}))
        return len(self.nodes)

    def way(self, places: list[Place | int], tags: Tags | None = None) -> int:
        """Draw a line through places, or through nodes by number (which need not be there)."""
        nodes = [place if isinstance(place, int) else self.node(place) for place in places]
        self.ways.append(Way(id=len(self.ways) + 1, nodes=nodes, tags=tags or {}))
        return len(self.ways)

    def box(self, west: float, south: float, east: float, north: float, tags: Tags | None = None) -> int:
        """Draw a closed line."""
        corners = [self.node(place) for place in ((west, south), (east, south), (east, north), (west, north))]
        return self.way([*corners, corners[0]], tags)

    def relation(self, outer: list[int], tags: Tags, *, inner: tuple[int, ...] = (), kind: str = "multipolygon") -> int:
        members = [*(("w", way, "outer") for way in outer), *(("w", way, "inner") for way in inner)]
        self.relations.append(Relation(id=len(self.relations) + 1, members=members, tags={"type": kind, **tags}))
        return len(self.relations)

    def write(self, path: Path, *, compression: str = "zlib") -> Path:
        """Write the map as PBF, packed so; as XML where `compression` is `xml`."""
        file = osmium.io.File(str(path), "osm" if compression == "xml" else f"pbf,pbf_compression={compression}")
        with osmium.SimpleWriter(file, overwrite=True) as out:
            for node in self.nodes:
                out.add_node(node)
            for way in self.ways:
                out.add_way(way)
            for relation in self.relations:
                out.add_relation(relation)
        return path


def administrative(level: str, name: str, **tags: str) -> Tags:
    return {"boundary": "administrative", "admin_level": level, "name": name, **tags}


def oblast() -> Drawing:
    """Return the map of this module's docstring."""
    names = {"name:kk": "Сынақ облысы", "name:ru": "Пробная область", "name:en": "Trial Region"}
    drawn = Drawing()
    drawn.node((60.5, 50.5), {"place": "town", "name": "Арка", "population": "3000", "kato": "990100001"})
    drawn.node((61.5, 50.5), {"place": "village", "name": "Бұлақ", "population": "400", "kato": "990200001"})
    whole = drawn.box(60, 50, 62, 51)
    drawn.relation(
        [whole], administrative("4", "Пробная область", **names, **{"ISO3166-2": "KZ-99", "kato": "990000000"})
    )
    drawn.relation([drawn.box(60, 50, 61, 51)], administrative("6", "West district"))
    drawn.relation([drawn.box(61, 50, 62, 51)], administrative("6", "East district"))
    drawn.way([(60.5, 50.5), (61.1, 50.5)], {"highway": "primary"})
    drawn.way([(61.1, 50.5), (61.3, 50.5)], {"highway": "primary", "bridge": "yes"})
    drawn.way([(61.3, 50.5), (61.5, 50.5)], {"highway": "primary"})
    drawn.way([(61.2, 50), (61.2, 51)], {"waterway": "river", "name": "Таза"})
    island = drawn.box(60.15, 50.15, 60.2, 50.2)
    drawn.relation([drawn.box(60.1, 50.1, 60.3, 50.3)], {"natural": "water", "name": "Айна"}, inner=(island,))
    drawn.node((60.51, 50.5), {"amenity": "school", "name": "Школа № 1"})
    return drawn
