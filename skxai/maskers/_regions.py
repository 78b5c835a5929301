"""Regions of images: grids, superpixels, and segments that users bring."""

import numpy as np

from skxai.utils._optional import import_optional

# Weights of nearness against likeness in slic: of colours, whose distances in Lab space go to 100,
# and of grey values, which go to 1. Less of it leaves far fewer regions than asked for.
_COMPACTNESS = {"colours": 20.0, "grey": 0.2}


def grid_shape(n_regions, height, width):
    """Lines and columns of a grid of about so many cells, about square where that goes.

    Parameters
    ----------
    n_regions : int, or tuple of two int
        About how many cells, or the lines and columns.
    height, width : int
        Of the image, in pixels.
    """
    if isinstance(n_regions, tuple | list):
        n_lines, n_columns = n_regions
        if n_lines > height or n_columns > width:
            raise ValueError(
                f"n_regions is {tuple(n_regions)}, lines and columns of a grid, but images have "
                f"{height} lines and {width} columns of pixels"
            )
        return int(n_lines), int(n_columns)
    if height > width:  # the shorter side first: it may be shorter than a cell
        return grid_shape(n_regions, width, height)[::-1]
    lines = int(np.clip(round(height / np.sqrt(height * width / n_regions)), 1, height))
    return lines, int(np.clip(round(n_regions / lines), 1, width))


def grid_segments(shape, height, width):
    """The cell of each pixel; cells differ by a pixel where the image can't be divided evenly."""
    lines, columns = (np.arange(n) * cells // n for n, cells in zip((height, width), shape))
    return lines[:, None] * shape[1] + columns


def superpixels(image, n_regions):
    """Regions of similar colour, found by SLIC in scikit-image.

    Parameters
    ----------
    image : ndarray of shape (height, width) or (height, width, channels)
    n_regions : int
        About how many.
    """
    slic = import_optional("skimage.segmentation", "image").slic
    image = image.astype(float)
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    kind = "colours" if image.ndim == 3 and image.shape[2] == 3 else "grey"
    return slic(  # which scales values to go from 0 to 1
        image,
        n_segments=n_regions,
        compactness=_COMPACTNESS[kind],
        start_label=0,
        channel_axis=-1 if image.ndim == 3 else None,
    )


def numbered(segments, shape, name):
    """Check segments of an image and number them from 0, in their order; -1 stays.

    Parameters
    ----------
    segments : array-like of int
    shape : tuple of int
        Height and width of the image.
    name : str
        What they are called in errors.
    """
    segments = np.asarray(segments)
    if segments.shape != tuple(shape) or segments.dtype.kind not in "iu":
        raise ValueError(
            f"{name} has shape {segments.shape} and dtype {segments.dtype}; expected integers of "
            f"shape {tuple(shape)}, the number of the region of each pixel"
        )
    if segments.min() < -1:
        raise ValueError(
            f"{name} holds {segments.min()}; expected numbers of regions, or -1 for pixels that "
            "belong to none"
        )
    numbers, renumbered = np.unique(segments, return_inverse=True)
    if numbers[-1] < 0:
        raise ValueError(f"{name} is -1 everywhere; expected at least one region")
    return renumbered.reshape(segments.shape) - int(numbers[0] == -1)


def order_by_region(segments):
    """Pixels (or cells) sorted by their region, without those that belong to none.

    Parameters
    ----------
    segments : ndarray of int, shape (n_pixels,)
        Numbered from 0 without gaps; -1: no region.

    Returns
    -------
    pixels : ndarray of int
    starts : ndarray of int
        Where in `pixels` each region begins.
    """
    order = np.argsort(segments, kind="stable")
    order = order[np.count_nonzero(segments < 0) :]
    sizes = np.bincount(segments[order])
    return order, np.concatenate([[0], np.cumsum(sizes)[:-1]])
