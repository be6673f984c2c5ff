"""The ``%avila`` magic: ``doctor``, ``threads [n]``, ``source NAME``, ``warm``."""

from IPython.core.magic import Magics, line_magic, magics_class


@magics_class
class AvilaMagics(Magics):
    """Magics of Avila Sci; loaded by our kernel, or by ``%load_ext avila_sci``."""

    @line_magic
    def avila(self, line):
        """``%avila doctor | threads [n] | source NAME | warm``"""
        word, _, rest = line.strip().partition(" ")
        if word == "doctor":
            from avila_sci.jupyter.doctor import findings

            print(findings())
        elif word == "threads":
            from avila_sci.core.threads import get_threads, set_threads

            if rest:
                set_threads(int(rest))
            print(f"{get_threads()} threads")
        elif word == "source":
            from avila_sci.core.source import show

            return show(self.shell.ev(rest))
        elif word == "warm":
            from avila_sci.jupyter.warm import fill

            print(f"kernels ready in {fill():.1f} s")
        else:
            print("%avila doctor | threads [n] | source NAME | warm")


def load(shell):
    """Register the magics with an IPython shell."""
    shell.register_magics(AvilaMagics)
