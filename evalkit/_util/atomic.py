"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evalkit._util.escape import visible
from evalkit.errors import OutputError


def write_atomically(path: Path, content: str | bytes) -> None:
    """Writes a file so that readers see the old content or the new, never a part; folders are made as needed.

    Raises:
        OutputError: when it cannot be written; nothing is left behind.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with _removed_on_error(Path(temporary)):
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o666 & ~umask())
            os.replace(temporary, path)
    except OSError as error:
        raise cannot_write(path, error) from error


@contextmanager
def _removed_on_error(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def cannot_write(path: Path, error: OSError) -> OutputError:
    """What the user is told when a file or folder cannot be written."""
    return OutputError(
        f'"{visible(str(path))}" cannot be written ({error.strerror or error}).',
        remedy="Make room or get the right to write there, or choose another place.",
    )


def umask() -> int:
    """The bits that new files of this process shall not have."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
