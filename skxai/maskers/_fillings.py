"""What absent regions of an image are painted with."""

import numbers

import numpy as np
from scipy.ndimage import gaussian_filter

from skxai.maskers._regions import order_by_region

OWN = ("mean", "region-mean", "blur")  # of each explained image
LEARNT = ("grey", "background")  # from the background
_BLUR = 0.1  # of the smaller side of an image: the standard deviation of the blur


def fixed_filling(absent, background, image_format):
    """Paintings that are the same for all explained images.

    Parameters
    ----------
    absent : {"grey", "background"}, number or array
    background : ndarray of shape (n_background, ...)
        Unused for numbers and arrays.
    image_format : ImageFormat

    Returns
    -------
    ndarray of shape (n_fillings, ...)
    """
    shape = image_format.shape
    if isinstance(absent, str):
        if absent == "background":
            return background
        absent = (float(background.min()) + float(background.max())) / 2
    if isinstance(absent, numbers.Real):
        return np.broadcast_to(np.asarray(absent), (1, *shape))
    image = np.asarray(absent)
    if image.dtype.kind not in "biuf" or image.shape not in (shape, (int(np.prod(shape)),)):
        raise ValueError(
            f"absent has shape {image.shape} and dtype {image.dtype}; expected numbers of shape "
            f"{shape}, an image"
        )
    if not np.isfinite(image).all():
        raise ValueError("absent has pixels that are NaN or infinite; expected finite numbers")
    return image.reshape(1, *shape)


def own_filling(absent, cells, segments, image_format):
    """A painting for each image, made from it.

    Parameters
    ----------
    absent : {"mean", "region-mean", "blur"}
    cells : ndarray of shape (n_rows, ...)
    segments : ndarray of int, shape (n_rows, height, width)
    image_format : ImageFormat

    Returns
    -------
    ndarray shaped as `cells`
    """
    axes = image_format.pixel_axes
    if absent == "mean":
        mean = cells.mean(axis=axes, keepdims=True, dtype=float)
        return np.broadcast_to(mean, cells.shape)
    if absent == "blur":
        width = np.zeros(cells.ndim)
        width[list(axes)] = _BLUR * min(image_format.size)
        return gaussian_filter(cells.astype(float), width, mode="nearest")
    images = image_format.channels_last(cells)
    filling = np.array(images, dtype=float)
    for image, painted, regions in zip(images, filling, segments):
        pixels, starts = order_by_region(regions.ravel())
        colours = image.reshape(regions.size, -1)[pixels].astype(float)
        sizes = np.diff(starts, append=len(pixels))
        means = np.add.reduceat(colours, starts, axis=0) / sizes[:, None]
        painted.reshape(regions.size, -1)[pixels] = np.repeat(means, sizes, axis=0)
    moved = images.ndim == 4 and axes != (1, 2)
    return np.moveaxis(filling, -1, 1) if moved else filling
