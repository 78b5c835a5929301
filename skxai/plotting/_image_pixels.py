"""Images and their regions as what can be drawn: colours, and lines between regions."""

import numpy as np

_FADED = 0.3  # how dark the image may be below the colours


def colours(images):
    """Images as red, green and blue from 0 to 1.

    Bytes go to 255, and other numbers are taken as they are from 0 to 1; where some are outside,
    the smallest of all images becomes 0 and the largest 1.
    """
    images = np.asarray(images)
    if images.ndim == 4 and images.shape[3] in (3, 4):
        images = images[..., :3]
    elif images.ndim == 4:
        images = images.mean(axis=3).astype(images.dtype)
    low, high = (0, 255) if images.dtype == np.uint8 else (images.min(), images.max())
    if images.dtype.kind in "bf" and low >= 0 and high <= 1:
        low, high = 0, 1
    scaled = (images.astype(float) - low) / (float(high) - float(low) or 1.0)
    return scaled if scaled.ndim == 4 else np.repeat(scaled[..., None], 3, axis=-1)


def faded(image):
    """The image in light grey, so that colours can be told on it."""
    grey = 1 - _FADED * (1 - image.mean(axis=-1, keepdims=True))
    return np.repeat(grey, 3, axis=-1)


def largest_regions(values, segments, top):
    """Where the regions are whose values are furthest from zero."""
    regions, first = np.unique(segments, return_index=True)
    sizes = np.abs(values.ravel()[first])
    order = np.argsort(-sizes, kind="stable")[:top]
    return np.isin(segments, regions[order[sizes[order] > 0]])


def borders_of(segments):
    """Lines between the regions of an image.

    Parameters
    ----------
    segments : ndarray of int, shape (height, width)

    Returns
    -------
    list of ndarray of shape (2, 2)
        Each from (column, line) to (column, line), where pixels have whole coordinates.
    """
    lines = []
    for image, order in ((segments, (0, 1)), (segments.T, (1, 0))):
        # Between two lines of pixels; a stretch of changes begins and ends where this changes.
        changes = np.pad(image[1:] != image[:-1], ((0, 0), (1, 1)))
        for line, ends in enumerate(changes[:, 1:] != changes[:, :-1]):
            places = np.flatnonzero(ends) - 0.5
            for start, stop in places.reshape(-1, 2):
                points = np.array([[start, line + 0.5], [stop, line + 0.5]])
                lines.append(points[:, order])
    return lines
