"""The "Avila Sci" Jupyter kernel: ipykernel with sane threads, our magics and a compiler that is warm when you are.

It is thin on purpose: everything also works on a plain Python kernel after ``%load_ext avila_sci``.  Importing numba
and loading the first cached kernel take about three seconds; a thread does both while the reader reads on.
"""

import os
import threading

from avila_sci.core.threads import available_cpus


def _warm_up():
    from avila_sci.jupyter.warm import touch

    touch()


def main():
    """Start the kernel; arguments as for ipykernel (``-f connection_file``)."""
    # Before numba is imported: it cannot raise the number later, and would take the host's cores for the container's.
    os.environ.setdefault("NUMBA_NUM_THREADS", str(available_cpus()))
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    app.initialize()
    app.shell.extension_manager.load_extension("avila_sci")
    threading.Thread(target=_warm_up, daemon=True, name="avila-warm-up").start()
    app.start()


if __name__ == "__main__":
    main()
