"""A progress bar for work that takes longer than a moment.

It appears only after half a second, so quick work stays silent: in a notebook as a line of its own, in a terminal on
stderr, elsewhere (a log file, a test) not at all.
"""

import sys
import time
from html import escape

_APPEARS_AFTER = 0.5  # s
_REDRAWS_EVERY = 0.1  # s


def _in_notebook():
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    shell = get_ipython()
    return shell is not None and "IPKernelApp" in shell.config


class Progress:
    """A bar from nothing to `total`, used as a context manager.

    Parameters
    ----------
    title : str
        What is being done: "reading house.ifc".
    total : float
        Amount of work, in any unit.
    show : bool, optional
        True to draw even for a moment's work, False never to draw; by default drawn when it takes long enough and
        somebody is there to see it.

    Examples
    --------
    >>> with Progress("counting", 3, show=False) as bar:
    ...     for _ in range(3):
    ...         bar.advance(1)
    >>> bar.fraction
    1.0
    """

    def __init__(self, title, total, show=None):
        self.title = title
        self.total = total
        self.done = 0
        self._show = show
        self._started = self._drawn = time.monotonic()
        self._display = None
        self._visible = False

    @property
    def fraction(self):
        """Finished part, in [0, 1]."""
        return min(1.0, self.done / self.total) if self.total else 1.0

    def advance(self, amount=1):
        """Say that `amount` more of the work is done."""
        self.done += amount
        now = time.monotonic()
        wanted = self._show if self._show is not None else now - self._started > _APPEARS_AFTER
        if wanted and (now - self._drawn > _REDRAWS_EVERY or not self._visible):
            self._drawn = now
            self._draw()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            self.done = self.total  # what was not needed is done too
        if self._visible:
            self._draw(last=True)

    def _draw(self, last=False):
        seconds = time.monotonic() - self._started
        text = f"{self.title}: {self.fraction:4.0%}, {seconds:.1f} s"
        if _in_notebook():
            from IPython.display import HTML, display

            label = f"aria-label='{escape(self.title)}'"
            bar = HTML(f"<progress value='{self.fraction:.3f}' max='1' {label}></progress> <code>{escape(text)}</code>")
            if self._display is None:
                self._display = display(bar, display_id=True)
            else:
                self._display.update(bar)
            self._visible = True
        elif sys.stderr.isatty() or self._show:
            filled = round(30 * self.fraction)
            sys.stderr.write(f"\r{text} |{'█' * filled}{' ' * (30 - filled)}|{chr(10) if last else ''}")
            sys.stderr.flush()
            self._visible = True
