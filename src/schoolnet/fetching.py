"""Fetch public data into a cache: the public functions, which nothing calls by itself.

>>> import schoolnet
>>> got = schoolnet.fetch("KZ-59")  # doctest: +SKIP
>>> region = schoolnet.read(got.map, "KZ-59", people=got.people)  # doctest: +SKIP
"""

from __future__ import annotations

import hashlib
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from schoolnet import disk
from schoolnet.errors import Fault, OptionError, RegionError, SourceError, not_installed
from schoolnet.messages import Message
from schoolnet.output import downloading, session
from schoolnet.sources import catalogue, contents, dated, download, gazetteer, overpass, unfetched, web

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolnet.sources.catalogue import Source

COUNTRY = "KZ"
_BY_DEFAULT = ("map", "people")
_SILENT = 2  # hosts that have not answered, of so many asked: there is no network


class Fetched(NamedTuple):
    """What is there after a fetch.

    Attributes
    ----------
    area
        Code of the country (KZ) or region (KZ-59).
    map
        The map extract, or None when it was not asked for.
    people
        Rasters of people.
    others
        Files of other roles.
    by_hand
        What no steady address leads to, with the path where it is looked for; it is not there yet.
    """

    area: str
    map: Path | None
    people: tuple[Path, ...]
    others: tuple[Path, ...]
    by_hand: tuple[tuple[Source, Path], ...]

    def _repr_html_(self) -> str:
        from schoolnet.output import session, shown_runs

        files = (*([self.map] if self.map else []), *self.people, *self.others)
        by_hand = ((source.title, source.page, path) for source, path in self.by_hand)
        return shown_runs.fetched(self.area, files, by_hand, session.language())


class FetchedPlace(NamedTuple):
    """A small area: its extract, its outline, and the folder of layers written of it (None: not asked for)."""

    name: str
    map: Path
    boundary: Path
    folder: Path | None

    def _repr_html_(self) -> str:
        from schoolnet.output import session, shown_runs

        files = [one for one in (self.map, self.boundary, self.folder) if one is not None]
        return shown_runs.fetched(self.name, files, (), session.language())


def cache_folder(cache: Path | str | None = None) -> Path:
    """Return the folder fetched files are kept in: the one given, else that of the system for such files."""
    import platformdirs

    return Path(cache) if cache is not None else platformdirs.user_cache_path("schoolnet", appauthor=False)


def area_code(area: str) -> str:
    """Return the code of a country or region from its code, KATO or name in Kazakh, Russian or English.

    Raises
    ------
    RegionError
        It names none, or several.
    """
    if area.strip().upper() == COUNTRY or gazetteer.is_country(area):
        return COUNTRY
    codes = gazetteer.region_codes(area)
    if len(codes) != 1:
        problem = Message("“{area}” is not one region of Kazakhstan.", area=area)
        raise RegionError(Fault(problem, Message("Write kazakhstan, or the region's code (KZ-59).")))
    return codes[0]


def chosen(
    area: str, only: Sequence[str] = (), *, file: Path | str | None = None, plain: tuple[str, ...] = ()
) -> tuple[Source, ...]:
    """Return the entries of the list for an area (`area_code`) and roles; map and people where none is named.

    Raises
    ------
    OptionError, SourceError
        A role is unknown; the list cannot be used, or has nothing for the area.
    """
    strange = [role for role in only if role not in catalogue.ROLES]
    if strange:
        problem = Message("“{role}” is no kind of data.", role=strange[0])
        remedy = Message("Known kinds: {names}.", names=", ".join(catalogue.ROLES))
        raise OptionError(Fault(problem, remedy))
    found = [one for one in catalogue.load(file, plain=plain) if one.covers_area(area)]
    found = [one for one in found if not only or one.role in only]
    if not found:
        problem = Message("the list of public data has nothing for {area}.", area=area)
        raise SourceError(Fault(problem, Message("See `schoolnet fetch --list`.")))
    return tuple(found)


def fetch(
    area: str = "kazakhstan",
    *,
    cache: Path | str | None = None,
    only: str | Sequence[str] = (),
    file: Path | str | None = None,
    renew: bool = False,
    net: web.Net | None = None,
    told: Any = None,
) -> Fetched:
    """Fetch public data of the country or a region into a cache; what is there already is not fetched again.

    Parameters
    ----------
    area
        kazakhstan, or a region by code, KATO or name: the country's files cover it.
    cache
        Folder; that of the system for such files when None.
    only
        Kinds of data, in a list or parted by commas: map, people, boundaries, kato; map and people when empty.
    file
        A planner's own list in the form of sources/catalogue.toml.
    renew
        Fetch again what is there, unless the source's checksum says that it is the same.
    net, told
        How the network is used; called with name, bytes there, and all bytes (or None), to show progress. In Jupyter
        bars are shown when it is None.

    Raises
    ------
    SourceError, RegionError, OptionError
        With every file that could not be fetched: what to fetch by hand, where from, and where to put it. A host that
        does not answer at all is not asked for its other files, nor any host after the first two have not answered.
    """
    net = net or web.Net()
    code, folder = area_code(area), cache_folder(cache)
    only = [part.strip() for part in only.split(",") if part.strip()] if isinstance(only, str) else only
    sources = chosen(code, only, file=file, plain=net.plain)
    left = [] if only else [one for one in sources if one.role not in _BY_DEFAULT and not (folder / one.file).exists()]
    bars = told is None and session.in_jupyter()
    with downloading.bars() if bars else nullcontext(told or (lambda *_: None)) as tell:
        paths = _all([one for one in sources if one not in left], folder, net, tell, renew=renew)
    of = {
        role: tuple(paths[one.key] for one in sources if one.role == role and one.key in paths)
        for role in catalogue.ROLES
    }
    others = (*of["boundaries"], *of["kato"])
    by_hand = tuple((one, folder / one.file) for one in left if one.by_hand)
    return Fetched(code, next(iter(of["map"]), None), of["people"], others, by_hand)


def fetch_place(
    place: str,
    *,
    out: Path | str | None = None,
    cache: Path | str | None = None,
    renew: bool = False,
    net: web.Net | None = None,
    servers: overpass.Servers | None = None,
) -> FetchedPlace:
    """Fetch a small area of OpenStreetMap by the name of a place: a district or a town (needs osmnx).

    Parameters
    ----------
    place
        As it is on the map: “Айыртау ауданы, Солтүстік Қазақстан облысы”.
    out
        Folder for its layers, which `schoolnet.read` reads; they are not written when None.
    cache, renew, net
        As for `fetch`.
    servers
        Own servers in place of the public ones.

    Raises
    ------
    SourceError
        There is no such place, it is too large, or a server cannot be reached.
    """
    _need_osmnx()
    net, servers = net or web.Net(), servers or overpass.Servers()
    path, boundary = _files_of(place, cache)
    name = str(download.recorded(path).get("place", ""))
    if renew or not name or not boundary.is_file() or not _unchanged(path):
        name = _made(place, path, boundary, net, servers)
    if out is not None:
        from schoolnet import api

        api.read(path, boundary=boundary).save(out)
    return FetchedPlace(name, path, boundary, None if out is None else Path(out))


def _files_of(place: str, cache: Path | str | None) -> tuple[Path, Path]:
    """Return where the extract and the outline of a place are kept; the place's name is no part of the path."""
    stem = hashlib.sha256(" ".join(place.casefold().split()).encode()).hexdigest()[:16]
    folder = cache_folder(cache) / "places"
    return folder / f"{stem}.osm.pbf", folder / f"{stem}.geojson"


def _made(place: str, path: Path, boundary: Path, net: web.Net, servers: overpass.Servers) -> str:
    """Fetch a place and write its files, each under its name only when it is whole."""
    found = overpass.find(place, net, servers)
    with download.written(path.parent, path.name):
        path.parent.mkdir(parents=True, exist_ok=True)
        halves = [one.with_name(f"part-{one.name}") for one in (path, boundary)]
        overpass.extract(found, halves[0], net, servers)
        overpass.outline(found, halves[1])
        for half, whole in zip(halves, (path, boundary), strict=True):
            half.replace(whole)
        about = {"url": catalogue.said(servers.overpass), "place": found.name, "sha256": disk.digest(path)}
        download.note_down(path, {"licence": "ODbL 1.0", "attribution": "© OpenStreetMap contributors", **about}, net)
    return found.name


def _need_osmnx() -> None:
    try:
        import osmnx  # noqa: F401 - looked for only
    except ImportError:
        problem = Message("a place is fetched with osmnx, which is not installed.")
        raise SourceError(not_installed(problem, "place")) from None


def _all(sources: Sequence[Source], folder: Path, net: web.Net, told: Any, *, renew: bool) -> dict[str, Path]:
    """Return the paths of files by their keys; or raise with every one that could not be fetched."""
    failed: list[tuple[Source, SourceError]] = []
    heard: dict[str, SourceError | None] = {}
    paths: dict[str, Path] = {}
    for source in sources:
        try:
            paths[source.key] = _one(source, folder, net, told, renew=renew, heard=heard)
        except SourceError as error:
            failed.append((source, error))
    if failed:
        raise unfetched.error(failed, folder)
    return paths


def _one(
    source: Source, folder: Path, net: web.Net, told: Any, *, renew: bool, heard: dict[str, SourceError | None]
) -> Path:
    """Return the path of a file: there already, put there by hand, or fetched now.

    `heard`: of each host that was asked, why it did not answer, or None.
    """
    path = folder / source.file
    about = download.recorded(path)
    own = not about or about.get("url") == "" or dated.is_of(source, str(about.get("url")))  # not of another list
    if path.is_file() and own and not (renew and source.url):
        if not about or about.get("size") != path.stat().st_size or not _unchanged(path):
            _by_hand(source, path, net)
        return path
    if source.by_hand:
        raise SourceError(Fault(Message("no steady address leads to this file."), contents.REMEDY, source.file))
    host = urlsplit(source.url).netloc
    silent = heard.get(host) or (list(heard.values())[-1] if len(heard) == _SILENT and all(heard.values()) else None)
    if silent:  # nobody is there: no use in asking
        raise web.OfflineError([fault._replace(file=source.file) for fault in silent.faults])
    heard[host] = None
    try:
        return dated.fetched(source, folder, net, told)
    except web.OfflineError as error:
        heard[host] = error
        raise


def _unchanged(path: Path) -> bool:
    return path.is_file() and download.recorded(path).get("sha256") == disk.digest(path)


def _by_hand(source: Source, path: Path, net: web.Net) -> None:
    """Accept a file that a person put into the cache, after the checks a fetched one goes through."""
    contents.check(path, source.form)
    for name in ("md5", "sha256"):
        if (value := getattr(source, name)) and disk.digest(path, name) != value:
            problem = Message("its checksum ({name}) is not the one the source gives.", name=name.upper())
            raise SourceError(Fault(problem, contents.REMEDY, source.file))
    download.record(source, path, {"url": "", "by_hand": True, "sha256": disk.digest(path)}, net)
