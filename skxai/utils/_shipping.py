"""Functions that travel to each worker process once, however many tasks need them there."""

import pickle
import sys
import threading
from uuid import uuid4

import numpy as np

try:
    import cloudpickle  # which joblib depends on
except ImportError:
    from joblib.externals import cloudpickle  # or, in older versions, brings along

# Arrays from this size on are mapped from a file that all processes of a machine share: joblib's
# own limit, so no model sees read-only arrays that it would not have seen anyway.
_SHARED_BYTES = 2**20


class Shipped:
    """A function, with all that is bound to it, that is pickled once for all tasks.

    joblib pickles each task by itself, and with it the explainer and its model. Of this class it
    pickles a token and plain arrays, which large ones it shares between processes; a worker makes
    the function of them once, and keeps it until it receives another.

    Parameters
    ----------
    function : callable

    Attributes
    ----------
    failure : Exception or None
        Why it could not be pickled, of which joblib and dask say little.
    """

    def __init__(self, function):
        self.function = function
        self.failure = None
        self._parcel = None
        self._lock = threading.Lock()

    def __call__(self, *args):
        return self.function(*args)

    def __reduce__(self):
        with self._lock:  # several threads may send tasks
            if self._parcel is None:
                try:
                    self._parcel = (uuid4().hex, *_packed(self.function))
                except Exception as error:
                    self.failure = error
                    raise
        return _receive, self._parcel


def _packed(function):
    """Its pickle as an array of bytes, and the large arrays in it, likewise."""
    large = []

    def stays_inside(buffer):
        if buffer.raw().nbytes < _SHARED_BYTES:
            return True
        large.append(buffer)
        return False

    # As joblib pickles tasks: functions of a script and lambdas by value.
    body = cloudpickle.dumps(function, protocol=5, buffer_callback=stays_inside)
    return [np.frombuffer(part, np.uint8) for part in (body, *(b.raw() for b in large))]


_RECEIVED = {}
_RECEIVING = threading.Lock()


def _receive(token, body, *large):
    """In a worker, the `Shipped` of this token: made once, then kept for later tasks."""
    with _RECEIVING:
        if token not in _RECEIVED:
            _RECEIVED.clear()  # one model at a time
            body, *large = (_our_own(array) for array in (body, *large))
            _RECEIVED[token] = shipped = Shipped(pickle.loads(body, buffers=large))
            shipped._parcel = (token, body, *large)  # workers of dask pass it on
        return _RECEIVED[token]


def _our_own(array):
    """An array that joblib has mapped from a file, mapped again: joblib waits for its own to go."""
    if not isinstance(array, np.memmap):
        return array
    return np.memmap(array.filename, array.dtype, "r", array.offset, array.shape)


def broadcast(shipped):
    """What to give to tasks: under dask a future, whose object every worker then holds.

    joblib would scatter to one worker, with which the object would be lost.
    """
    if "distributed" not in sys.modules:
        return shipped
    from joblib.parallel import get_active_backend

    client = getattr(get_active_backend()[0], "client", None)
    if client is None:
        return shipped
    try:
        return client.scatter(shipped, broadcast=True, hash=False)
    except OSError:  # a worker was lost meanwhile; what travels with the tasks can't be
        return shipped
