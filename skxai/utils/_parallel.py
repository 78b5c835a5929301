"""Chunks of rows, worked on in parallel by joblib."""

from joblib import effective_n_jobs
from sklearn.utils.parallel import Parallel, delayed

from skxai.utils._optional import import_optional
from skxai.utils._shipping import Shipped, broadcast
from skxai.utils._threads import one_blas_thread, share_of_processors


def map_chunks(function, chunks, *, n_chunks, n_jobs=None, verbose=0, name=""):
    """Call ``function(*chunk)`` for every chunk; results in order.

    The backend is whatever ``joblib.parallel_config`` says; linear algebra runs on one thread, but
    for that of models, and models use their share of the processors. The function travels to each
    worker process once. Chunks may be small: joblib measures how long they take, and sends several
    at a time. With `verbose`, a progress bar is shown if the work takes longer than a second.
    """
    # joblib 1.3.0 takes an explicit None for 1, whatever parallel_config says.
    jobs = {} if n_jobs is None else {"n_jobs": n_jobs}
    n_workers = effective_n_jobs(n_jobs)
    shipped = Shipped(function)
    try:
        sent = shipped if n_workers == 1 else broadcast(shipped)
        # A chunk is one argument: dask would keep large ones on one worker, and lose them with it.
        tasks = (delayed(_work)(sent, tuple(chunk), n_workers) for chunk in chunks)
        if not verbose:
            return Parallel(**jobs)(tasks)
        tqdm = import_optional("tqdm", extra="progress").tqdm
        parallel = Parallel(**jobs, return_as="generator")
        return list(tqdm(parallel(tasks), total=n_chunks, desc=name, unit="chunk", delay=1))
    except Exception as error:
        if shipped.failure is None:
            raise
        raise TypeError(
            f"{name or 'the function'} or its model cannot be pickled to be sent to other "
            f"processes: {shipped.failure}; expected one that can, n_jobs=1, or threads: "
            'joblib.parallel_config("threading")'
        ) from error


def _work(shipped, chunk, n_workers):
    with one_blas_thread(), share_of_processors(n_workers):
        return shipped(*chunk)
