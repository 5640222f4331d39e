"""Adds to the metadata of a build what depends on the address of the repository: the project's URLs, and README with links that work elsewhere.

The address is set once, in pyproject.toml. While it is empty, a build names no URL, and links of README to files are plain text: no page of a package
index leads to a place that is not there.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_IMAGE, _LINK = (re.compile(rf"{mark}\[([^\]]*)\]\((?!https?:|#)([^)\s]+)\)") for mark in ("!", "(?<!!)"))
_PAGES = {"Documentation": "blob/main/docs/index.md", "Changelog": "blob/main/CHANGELOG.md", "Issues": "issues"}


class RepositoryMetadata(MetadataHookInterface):
    """Sets `readme` and `urls`."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Called by hatchling with the table `project`."""
        repository = str(self.config["repository"]).rstrip("/")
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": readme(text, repository)}
        metadata["urls"] = urls(repository)


def urls(repository: str) -> dict[str, str]:
    """The project's URLs; none without a repository."""
    return {"Repository": repository, **{name: f"{repository}/{path}" for name, path in _PAGES.items()}} if repository else {}


def readme(text: str, repository: str) -> str:
    """README for a page elsewhere: links to files lead to the repository, or are plain text where there is none."""
    if not repository:
        return _LINK.sub(r"\1", _IMAGE.sub(r"*\1*", text))
    return _LINK.sub(rf"[\1]({repository}/blob/main/\2)", _IMAGE.sub(rf"![\1]({repository}/raw/main/\2)", text))
