"""From running the cell to the picture: a model of 27 MB in real JupyterLab, kernels compiled.

    python benchmarks/bench_viewer.py

Opens, shapes and shows the model in headless Chromium, which draws with software (SwiftShader) on the CPU: a graphics
card is faster.  There is no peer: nothing else opens IFC in a notebook cell.  Needs the sample files of
../shared/data and Chromium; the times include JupyterLab's own.
"""

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent / "tests" / "browser" / "test_lab.py"

if __name__ == "__main__":
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-m", "slow", "-k", "27_megabytes", str(TESTS)]
    sys.exit(subprocess.run(command, check=False).returncode)
