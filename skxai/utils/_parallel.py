"""Chunks of rows, worked on in parallel by joblib."""

from sklearn.utils.parallel import Parallel, delayed

from skxai.utils._optional import import_optional
from skxai.utils._threads import one_blas_thread


def map_chunks(function, chunks, *, n_chunks, n_jobs=None, verbose=0, name=""):
    """Call ``function(*chunk)`` for every chunk; results in order.

    The backend is whatever ``joblib.parallel_config`` says; linear algebra runs on one thread, but
    for that of models. With `verbose`, a progress bar is shown if the work takes longer than a
    second.
    """
    tasks = (delayed(_work)(function, *chunk) for chunk in chunks)
    # joblib 1.3.0 takes an explicit None for 1, whatever parallel_config says.
    jobs = {} if n_jobs is None else {"n_jobs": n_jobs}
    if not verbose:
        return Parallel(**jobs)(tasks)
    tqdm = import_optional("tqdm", extra="progress").tqdm
    parallel = Parallel(**jobs, return_as="generator")
    return list(tqdm(parallel(tasks), total=n_chunks, desc=name, unit="chunk", delay=1))


def _work(function, *chunk):
    with one_blas_thread():
        return function(*chunk)
