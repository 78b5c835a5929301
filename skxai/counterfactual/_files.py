"""Parts of results in files: inputs of any kind, and layouts."""

import numpy as np
import pandas as pd

from skxai.explanation._layout import layout_of
from skxai.utils._inputs import as_object_array
from skxai.utils._storage import pack_index, pack_table, unpack_index, unpack_table

_LAYOUT = "layout/"


def pack_inputs(inputs, prefix):
    """As `pack_table`, also of texts in a list or a Series."""
    if not isinstance(inputs, list | pd.Series):
        return pack_table(inputs, prefix)
    arrays, about = pack_table(as_object_array(inputs), prefix)
    if isinstance(inputs, list):
        return arrays, {**about, "texts": "list"}
    labels, index = pack_index(inputs.index, f"{prefix}/index")
    return {**arrays, **labels}, {**about, "texts": "series", "index": index}


def unpack_inputs(arrays, prefix, about):
    """Invert `pack_inputs`."""
    inputs = unpack_table(arrays, prefix, about)
    if about.get("texts") == "list":
        return inputs.tolist()
    if about.get("texts") == "series":
        index = unpack_index(arrays, f"{prefix}/index", about["index"])
        return pd.Series(inputs, index=index, dtype=object)
    return inputs


def pack_layout(layout):
    """Arrays and the kind of a layout, or of None."""
    if layout is None:
        return {}, None
    arrays = {f"{_LAYOUT}{name}": np.asarray(a) for name, a in layout.to_arrays().items()}
    return arrays, layout.kind


def unpack_layout(arrays, kind):
    """Invert `pack_layout`."""
    if kind is None:
        return None
    own = {name: array for name, array in arrays.items() if name.startswith(_LAYOUT)}
    return layout_of(kind).from_arrays(
        {name.removeprefix(_LAYOUT): array for name, array in own.items()}
    )
