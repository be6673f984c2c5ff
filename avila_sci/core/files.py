"""Writing files so that nothing is lost: under another name beside it, then renamed."""

import os
import tempfile
from pathlib import Path


def replace(path, parts):
    """Write a file whole or not at all: what stood there before stays until the new one is complete.

    Parameters
    ----------
    path : str or path
    parts : iterable of bytes
        Written one after the other.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        The folder does not exist.
    IsADirectoryError
        The path is a folder.
    OSError
        The disk is full, or the folder may not be written to.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     replace(folder + "/a.bin", [b"1", b"23"]).read_bytes()
    b'123'
    """
    path = Path(path)
    folder = path.parent
    if not folder.exists():
        raise FileNotFoundError(f"the folder {folder} does not exist (looked from {Path.cwd()}): make it first")
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} must be a folder to hold {path.name}")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder: expected the name of a file to write")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=folder)
    except OSError as cause:
        reason = f"cannot write into the folder {folder} ({cause.strerror}): choose another"
        raise type(cause)(cause.errno, reason, str(path)) from cause
    try:
        with os.fdopen(handle, "wb") as file:
            for part in parts:
                file.write(part)
        # mkstemp keeps the file to its owner; a saved file is as open as any other.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path
