"""Work on several threads: one policy for the whole package.

Kernels release the GIL, so plain Python threads over independent pieces use every core, show progress, stop at Ctrl-C
and nest without harm; none of that holds for ``prange`` on numba's default threading layer.  Results come back in the
order of the pieces, whatever the number of threads.
"""

import os
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

_threads = None


def available_cpus():
    """CPUs this process may use: its affinity, limited by the container's quota.

    Returns
    -------
    int
        At least 1.
    """
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        if quota != "max":
            count = min(count, max(1, round(int(quota) / int(period))))
    except (OSError, ValueError):
        pass  # no cgroup v2: the affinity is all there is to know
    return max(1, count)


def get_threads():
    """Number of threads that our parallel algorithms use.

    Returns
    -------
    int
        What `set_threads` said, else ``AVILA_NUM_THREADS``, else the CPUs available.
    """
    if _threads is not None:
        return _threads
    try:
        return max(1, int(os.environ["AVILA_NUM_THREADS"]))
    except (KeyError, ValueError):
        return available_cpus()


def set_threads(count):
    """Set the number of threads that our parallel algorithms use.

    Parameters
    ----------
    count : int or None
        At least 1; None restores the default.

    Raises
    ------
    ValueError
        `count` is below 1.
    """
    global _threads
    if count is not None and count < 1:
        raise ValueError(f"the number of threads must be at least 1, got {count!r}")
    _threads = None if count is None else int(count)


def each(function, pieces, progress=None):
    """Apply `function` to every piece on several threads.

    Parameters
    ----------
    function : callable
        Takes one piece.  It gains from threads as far as it runs in kernels or other code without the GIL.
    pieces : sequence
    progress : callable, optional
        Called in the calling thread with the number of pieces finished since its last call.

    Returns
    -------
    list
        ``[function(piece) for piece in pieces]``, in that order.

    Raises
    ------
    Exception
        The first exception of a piece; pieces not yet begun are dropped.  The same holds for KeyboardInterrupt.
    """
    pieces = list(pieces)
    workers = min(get_threads(), len(pieces))
    if workers <= 1:
        results = []
        for piece in pieces:
            results.append(function(piece))
            if progress is not None:
                progress(1)
        return results
    with ThreadPoolExecutor(workers) as pool:
        try:
            futures = [pool.submit(function, piece) for piece in pieces]
            waiting = set(futures)
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
                if progress is not None:
                    progress(len(done))
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
