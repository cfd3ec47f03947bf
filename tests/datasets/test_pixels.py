"""Reading one picture: every format, and every way in which a file can be broken."""

import numpy as np
import pytest
from layouts.files import encoded
from PIL import Image

from tinycnn.datasets.pixels import digest, read_picture, to_8_bits, to_grey_levels, white_of
from tinycnn.layers.errors import DataError


def noise(rows: int = 24, columns: int = 20, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (rows, columns), np.uint8)


def read_pixels(data: bytes, name: str) -> np.ndarray:
    return read_picture(data, name).pixels


@pytest.mark.parametrize("kind", ["GIF", "PNG", "PPM", "BMP", "TIFF"])
def test_grey_levels_come_back_as_they_were(kind):
    pixels = read_pixels(encoded(noise(), kind), "a")
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, noise())


def test_jpeg_comes_back_nearly():
    smooth = np.add.outer(np.arange(24), np.arange(20)).astype(np.uint8)
    assert np.abs(read_pixels(encoded(smooth, "JPEG"), "a") - smooth.astype(int)).max() <= 3


def test_colour_becomes_grey():
    red = np.zeros((4, 5, 3), np.uint8)
    red[..., 0] = 255
    assert set(read_pixels(encoded(red, "PNG"), "a").ravel()) == {76}  # 0.299 * 255


def test_what_is_fully_transparent_is_white():
    """Its hidden colours are chance. Elsewhere transparency is ignored."""
    grey, alpha = noise(seed=1), noise(seed=2)
    alpha[:2] = [[0], [1]]
    right = np.where(alpha == 0, 255, grey)
    rgba = np.stack([grey, grey, grey, alpha], axis=2)
    with_alpha = Image.merge("LA", (Image.fromarray(grey), Image.fromarray(alpha)))
    for picture in (rgba, with_alpha):
        result = read_picture(encoded(picture, "PNG"), "a")
        np.testing.assert_array_equal(result.pixels, right)
        assert (result.cut_out, result.greyed) == (True, False)
    palette = encoded(Image.fromarray(grey).convert("P"), "PNG", transparency=bytes(range(256)))
    result = read_picture(palette, "a")
    np.testing.assert_array_equal(result.pixels, np.where(grey == 0, 255, grey))
    assert result.cut_out
    coloured = read_picture(encoded(rgba, "PNG"), "a", colour=True).pixels
    np.testing.assert_array_equal(coloured, np.stack([right] * 3, axis=2))


@pytest.mark.parametrize(("alpha", "cut_out"), [(255, False), (0, True)])
def test_a_channel_of_transparency_that_is_not_used(alpha, cut_out):
    grey = noise()
    rgba = np.stack([grey, grey, grey, np.full_like(grey, alpha)], axis=2)
    result = read_picture(encoded(rgba, "PNG"), "a")
    np.testing.assert_array_equal(result.pixels, grey)
    assert result.cut_out == cut_out


def test_colours_that_become_grey_are_told():
    red = np.zeros((4, 5, 3), np.uint8)
    grey = np.repeat(noise()[..., None], 3, axis=2)
    assert not read_picture(encoded(grey, "JPEG"), "a").greyed
    red[1, 1, 0] = 2        # as a JPEG's rounding
    assert not read_picture(encoded(red, "PNG"), "a").greyed
    red[1, 1, 0] = 3
    assert read_picture(encoded(red, "PNG"), "a").greyed
    assert not read_picture(encoded(red, "PNG"), "a", colour=True).greyed


def test_a_photograph_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held so that the picture must be turned clockwise
    upright = read_pixels(encoded(noise(), "PNG", exif=exif), "a")
    np.testing.assert_array_equal(upright, np.rot90(noise(), -1))


def test_first_picture_of_an_animation_counts():
    other = Image.fromarray(noise(seed=1))
    data = encoded(noise(), "GIF", save_all=True, append_images=[other])
    np.testing.assert_array_equal(read_pixels(data, "a"), noise())


def test_sixteen_bits_are_scaled_to_eight():
    sixteen = noise().astype(np.uint16) * 257
    pgm = b"P5 20 24 65535 " + sixteen.astype(">u2").tobytes()
    for data in (pgm, encoded(sixteen, "PNG"), encoded(sixteen, "TIFF")):
        pixels = read_pixels(data, "a")
        assert white_of([pixels]) == 65535
        np.testing.assert_array_equal(to_8_bits(pixels), noise())


@pytest.mark.parametrize(("top", "white"), [
    (200, 255), (1023, 1023), (1024, 4095), (4095, 4095), (4096, 16383), (16383, 16383),
    (16384, 65535), (65535, 65535)])
def test_sixteen_bits_of_which_a_camera_uses_fewer(top, white):
    """All pictures of a set have the same white; an own one for each would hide what is dark."""
    bright, dark = np.array([[1, top]], np.uint16), np.array([[0, top // 3]], np.uint16)
    assert white_of([dark, bright]) == white
    assert to_8_bits(np.array([0, white], np.uint16), white).tolist() == [0, 255]


def test_dark_pictures_of_true_sixteen_bits():
    """8 bits times 257 are 16 bits, however dark."""
    assert white_of([np.array([[257, 514]], np.uint16)]) == 65535
    assert white_of([np.zeros((1, 2), np.uint16)]) == 65535


def test_pgm_with_few_levels_is_scaled():
    np.testing.assert_array_equal(read_pixels(b"P2 2 2 5\n0 1\n4 5\n", "a"), [[0, 51], [204, 255]])


def damaged_gif() -> bytes:
    """A GIF that claims to be huge; the size of its frame is 5 bytes after the frame's start."""
    data = bytearray(encoded(noise(), "GIF"))
    data[6:10] = b"\xff\xff\xff\xff"
    return bytes(data)


@pytest.mark.parametrize(("data", "what"), [
    (b"", r"empty file \(0 bytes\)"),
    (b"<html>not found</html>", r"got 22 bytes that begin with b'<html>"),
    (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "begin with"),
    (encoded(noise(24, 1), "PNG"), "1 x 24 pixels"),
    (encoded(noise(1, 20), "GIF"), "20 x 1 pixels"),
    (damaged_gif(), "too large"),
    (b"P5 10000 10000 255\n" + bytes(9), "too large"),  # Pillow only warns of this one
    (encoded(np.ones((4, 4), np.float32), "TIFF"), "real numbers"),
    (encoded(np.full((4, 4), 70000, np.int32), "TIFF"), "more than 16 bits"),
    (b"\0\0\0\x18ftypheic\0\0\0\0", "an? HEIC picture.*To do: save it as JPEG"),
    (b"\0\0\0\x1cftypavif\0\0\0\0", "an AVIF picture.*To do"),
    (b"\0\0\0\x1cftypisom\0\0\0\0", "a video.*To do"),
    (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS.*git lfs pull"),
    (b"\x80\4\x95 pickle", "pickle.*To do"),
])
def test_what_is_no_picture_of_a_face_is_named(data, what):
    with pytest.raises(DataError, match=what) as caught:
        read_pixels(data, "faces/anna_1.png")
    assert str(caught.value).startswith("faces/anna_1.png: expected")
    assert "Likely cause" in str(caught.value) or "To do" in str(caught.value)


def test_a_large_picture_is_refused_before_it_is_decoded(monkeypatch):
    data = encoded(Image.new("1", (9400, 9400)), "PNG")
    monkeypatch.setattr("tinycnn.datasets.pixels._read", lambda *_: pytest.fail("it is decoded"))
    with pytest.raises(DataError, match=r"too large.*photograph, to be made smaller first"):
        read_picture(data, "a.png")


def test_same_size_keeps_every_level():
    levels = to_grey_levels(noise(), (24, 20))
    assert levels.dtype == np.float32
    np.testing.assert_array_equal(levels, noise() / np.float32(255))


def test_size_is_rows_and_columns():
    assert to_grey_levels(noise(), (5, 7)).shape == (5, 7)
    assert to_grey_levels(noise(), 6).shape == (6, 6)


def test_halving_the_size_is_bilinear():
    ramp = np.arange(0, 240, 10, dtype=np.uint8)
    # Each new pixel is the mean of the old ones around it, with the weights 1 3 3 1 of a triangle.
    inner = np.convolve(ramp, [1, 3, 3, 1], "valid")[1::2] / 8 / 255
    halved = to_grey_levels(np.tile(ramp, (4, 1)), (4, 12))
    np.testing.assert_allclose(halved[2, 1:-1], inner, atol=1e-6)


def test_uint8_and_real_numbers_mean_the_same():
    np.testing.assert_array_equal(to_grey_levels(noise(), 9), to_grey_levels(noise() / 255, 9))


def test_levels_stay_in_the_unit_interval():
    white = np.full((243, 320), 255, np.uint8)
    for size in (60, 7, 333):
        assert 0.99999 < to_grey_levels(white, size).min() <= to_grey_levels(white, size).max() <= 1


def test_standardised_has_mean_0_and_deviation_1():
    levels = to_grey_levels(noise(), 12, "standardised")
    assert levels.dtype == np.float32
    assert abs(levels.mean()) < 1e-6
    assert abs(levels.std() - 1) < 1e-6


def test_a_picture_of_one_grey_standardises_to_0():
    for grey in (0, 77, 255):
        levels = to_grey_levels(np.full((24, 20), grey, np.uint8), 60, "standardised")
        np.testing.assert_array_equal(levels, 0)


def test_the_pixels_given_are_left_alone():
    pixels = noise() / 255
    to_grey_levels(pixels, (24, 20), "standardised")
    np.testing.assert_array_equal(pixels, noise() / 255)


@pytest.mark.parametrize(("size", "grey", "what"), [
    (0, "unit", "size: .*, got 0"), ((6, -1), "unit", r"size: .*, got \(6, -1\)"),
    (6, "gray", "grey='gray'")])
def test_wrong_options_are_named(size, grey, what):
    with pytest.raises(ValueError, match=what):
        to_grey_levels(noise(), size, grey)


def test_digest_tells_pixels_and_shape():
    assert digest(noise()) == digest(noise())
    assert digest(noise().T) == digest(noise().T.copy())
    one_off = noise()
    one_off[3, 4] ^= 1
    others = [one_off, noise().T, noise().reshape(20, 24), noise().reshape(-1)]
    assert len({digest(pixels) for pixels in [noise(), *others]}) == 5
