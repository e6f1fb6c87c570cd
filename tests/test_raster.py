"""Population rasters: what is refused, and which cells hold people."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from rasters import DEGREES, write
from schoolnet.errors import SourceError
from schoolnet.sources import raster


def faults(path):
    with pytest.raises(SourceError) as caught:
        raster.check(path)
    return [str(fault.problem) for fault in caught.value.faults]


def cells(path):
    """Return the people of a raster, cell by cell, and its negative values and broken cells."""
    one = raster.check(path)
    people, negative, broken = np.zeros((one.height, one.width)), [], 0
    for block in raster.blocks(one):
        part = np.zeros(block.height * block.width)
        part[block.at] = block.people
        people[block.row : block.row + block.height, block.column : block.column + block.width] = part.reshape(
            block.height, block.width
        )
        negative += block.negative.tolist()
        broken += block.broken
    return people.tolist(), negative, broken


# --- what is refused


@pytest.mark.parametrize(
    "address",
    [
        "https://data.worldpop.org/kaz_ppp_2020.tif",
        "s3://bucket/kaz_ppp_2020.tif",
        "file:///etc/passwd",
        "zip://kaz.zip!kaz.tif",
        "GTIFF_DIR:1:kaz.tif",
        "/vsicurl/https://example.org/kaz.tif",
        "/vsizip/kaz.zip/kaz.tif",
        "\\vsimem\\kaz.tif",
    ],
)
def test_an_address_is_no_raster(address):
    assert faults(address) == ["an address, not a file."]


def test_what_is_not_there_or_a_folder_is_said(tmp_path):
    assert faults(tmp_path / "none.tif") == ["there is no such file."]
    assert faults(tmp_path) == ["this is a folder, not a file."]


@pytest.mark.parametrize(
    "text",
    [
        b'<VRTDataset rasterXSize="1" rasterYSize="1"><VRTRasterBand dataType="Float32" band="1"/></VRTDataset>',
        b"",
        b"\x89PNG\r\n",
        b"PK\x03\x04",
    ],
)
def test_another_kind_of_file_is_refused_whatever_its_name(tmp_path, text):
    (tmp_path / "kaz_ppp_2020.tif").write_bytes(text)
    assert faults(tmp_path / "kaz_ppp_2020.tif") == ["not a GeoTIFF."]


def test_a_file_that_only_begins_as_a_tiff_is_refused(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"II*\0" + bytes(50))
    assert faults(tmp_path / "a.tif")[0].startswith("not a readable GeoTIFF: ")


def test_a_raster_without_reference_system_or_place_is_refused_with_both_faults(tmp_path):
    path = write(tmp_path / "a.tif", [[1, 2]], crs=None, transform=None)
    assert faults(path) == [
        "the file does not say where its cells lie (no geotransform).",
        "the file does not name its coordinate reference system.",
    ]


def test_what_lies_beside_the_file_does_not_place_it(tmp_path):
    path = write(tmp_path / "a.tif", [[1, 2]], crs=None, transform=None)
    (tmp_path / "a.tfw").write_text("1\n0\n0\n-1\n0.5\n3.5\n", encoding="utf-8")
    (tmp_path / "a.tif.aux.xml").write_text("<PAMDataset><SRS>EPSG:4326</SRS></PAMDataset>", encoding="utf-8")
    assert len(faults(path)) == 2


def test_a_reference_system_that_is_not_of_the_earth_is_refused(tmp_path):
    path = write(tmp_path / "a.tif", [[1, 2]], crs='LOCAL_CS["a yard",UNIT["metre",1]]')
    assert faults(path) == ["its coordinate reference system is not one of the Earth."]


def test_cells_that_are_not_plain_numbers_are_refused(tmp_path):
    path = write(tmp_path / "a.tif", np.ones((2, 2), np.complex64), nodata=None)
    assert faults(path) == ["its cells are not plain numbers (complex128)."]


def test_an_offset_is_refused(tmp_path):
    path = write(tmp_path / "a.tif", [[1, 2]])
    with rasterio.open(path, "r+") as made:
        made.offsets = (5.0,)
    assert faults(path) == ["its numbers are stored with an offset."]


def test_a_span_of_ages_is_no_group(tmp_path):
    path = write(tmp_path / "kaz_T_Under_18_2025.tif", [[1, 2]])
    assert faults(path) == ["the name says that it holds the people of some ages only."]


def test_pieces_that_would_not_fit_into_memory_are_refused(tmp_path):
    form = {"width": 9000, "height": 9000, "count": 1, "dtype": "float32", "crs": "EPSG:4326", "sparse_ok": True}
    blocks = {"tiled": True, "blockxsize": 8192, "blockysize": 8192, "compress": "deflate"}
    path = tmp_path / "a.tif"
    with rasterio.open(path, "w", driver="GTiff", transform=Affine(0.001, 0, 0, 0, -0.001, 9), **form, **blocks):
        pass
    assert path.stat().st_size < 2000
    assert faults(path) == ["it is stored in pieces of 8192 x 8192 cells: too large, or too many."]


def test_a_file_cut_short_is_refused_when_it_is_read(tmp_path):
    rng = np.random.default_rng(1)
    path = write(tmp_path / "a.tif", rng.random((64, 64), np.float32), compress="deflate")
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(SourceError, match=r"a\.tif: the cells from row 1 on cannot be read: .* copy or download"):
        list(raster.blocks(raster.check(path)))


# --- what is read


def test_a_raster_says_its_form(tmp_path):
    path = write(tmp_path / "kaz_f_5_2020.tif", [[1, 2, 3]])
    one = raster.check(str(path))
    assert (one.path, one.width, one.height, one.nodata, one.bands) == (path, 3, 1, -99999.0, 1)
    assert one.transform == (1, 0, 0, 0, -1, 4)
    assert (one.label.group, one.label.sex, one.label.year) == ("5", "f", 2020)


def test_nodata_is_nobody(tmp_path):
    assert cells(write(tmp_path / "a.tif", [[1, -99999], [0, 2.5]])) == ([[1, 0], [0, 2.5]], [], 0)


@pytest.mark.parametrize("nodata", [255, -1, 0, None])
def test_whole_numbers_have_their_own_nodata(tmp_path, nodata):
    form = {"nodata": nodata} if nodata != -1 else {"nodata": None}
    path = write(tmp_path / "a.tif", np.array([[1, 255], [0, 3]], np.uint8), **form)
    assert cells(path) == ([[1, 0 if nodata == 255 else 255], [0, 3]], [], 0)


def test_nodata_may_be_nan_or_a_large_number(tmp_path):
    assert cells(write(tmp_path / "a.tif", [[1, np.nan]], nodata=np.nan)) == ([[1, 0]], [], 0)
    large = np.float32(3.4028235e38)
    assert cells(write(tmp_path / "b.tif", [[1, large]], nodata=float(large))) == ([[1, 0]], [], 0)
    low = np.float32(-3.4028235e38)
    assert cells(write(tmp_path / "c.tif", [[1, low]], nodata=float(low))) == ([[1, 0]], [], 0)


def test_what_is_below_zero_or_no_number_is_nobody_and_counted(tmp_path):
    path = write(tmp_path / "a.tif", [[1, -2, -99999], [np.nan, np.inf, -np.inf]])
    assert cells(path) == ([[1, 0, 0], [0, 0, 0]], [-2], 3)
    path = write(tmp_path / "b.tif", [[1, -99999, -99999]], nodata=None)
    assert cells(path) == ([[1, 0, 0]], [-99999, -99999], 0)


def test_a_mask_in_the_file_is_heeded(tmp_path):
    path = tmp_path / "a.tif"
    form = {"width": 2, "height": 1, "count": 1, "dtype": "float32", "crs": "EPSG:4326", "transform": DEGREES}
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "w", driver="GTiff", **form) as made:
        made.write(np.array([[[1, 7]]], np.float32))
        made.write_mask(np.array([[True, False]]))
    assert cells(path) == ([[1, 0]], [], 0)


def test_scaled_numbers_are_unscaled(tmp_path):
    path = write(tmp_path / "a.tif", np.array([[150, -3]], np.int16), nodata=None)
    with rasterio.open(path, "r+") as made:
        made.scales = (0.5,)
    assert cells(path) == ([[75, 0]], [-1.5], 0)


def test_tiles_that_the_file_leaves_out_are_not_read(tmp_path):
    form = {"width": 2048, "height": 1536, "count": 1, "dtype": "float32", "nodata": -99999, "sparse_ok": True}
    blocks = {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate"}
    path = tmp_path / "a.tif"
    with rasterio.open(path, "w", driver="GTiff", crs="EPSG:4326", transform=DEGREES, **form, **blocks) as made:
        made.write(np.full((1, 256, 256), 2, np.float32), window=((256, 512), (1792, 2048)))
    one = raster.check(path)
    found = list(raster.blocks(one))
    assert [(block.row, block.column, block.height, block.width) for block in found] == [(0, 1536, 512, 512)]
    assert (len(found[0].at), found[0].people.sum()) == (256 * 256, 2 * 256 * 256)


@pytest.mark.parametrize(
    "form",
    [
        {"tiled": True, "blockxsize": 16, "blockysize": 32},
        {"tiled": True, "blockxsize": 512, "blockysize": 512},
        {"blockysize": 7},
        {"blockysize": 1, "compress": "lzw"},
    ],
)
def test_every_cell_is_given_once_however_the_file_is_stored(tmp_path, form):
    values = np.arange(1, 900 * 700 + 1, dtype=np.float32).reshape(700, 900)
    people, _, _ = cells(write(tmp_path / "a.tif", values, **form))
    assert (np.array(people) == values).all()


@pytest.mark.slow
def test_wide_strips_are_read_a_few_rows_at_a_time(tmp_path):
    form = {"width": 500_000, "height": 30, "count": 1, "dtype": "uint8", "nodata": 0, "compress": "deflate"}
    path = tmp_path / "a.tif"
    with rasterio.open(
        path, "w", driver="GTiff", crs="EPSG:4326", transform=Affine(0.0001, 0, 0, 0, -0.0001, 4), blockysize=30, **form
    ) as made:
        made.write(np.ones((1, 30, 500_000), np.uint8))
    one = raster.check(path)
    assert one.window == (8, 500_000)
    assert [block.height for block in raster.blocks(one)] == [8, 8, 8, 6]
