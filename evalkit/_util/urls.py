"""Recognises URLs, `is_url`, and removes passwords and keys from those in messages, `without_keys`."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_URL = re.compile(r"^[a-z][a-z0-9+.-]+(://|::)")
_ANYWHERE = re.compile(r"[a-z][a-z0-9+.-]+://[^\s'\"<>]+")


def is_url(spec: str) -> bool:
    """Whether a specification is a URL rather than a path."""
    return _URL.match(spec) is not None


def without_keys(message: str) -> str:
    """A message whose URLs have lost user, password, query and fragment, which may hold keys.

    >>> without_keys("no answer from https://me:secret@example.org/a.txt?token=secret")
    'no answer from https://example.org/a.txt'
    """
    return _ANYWHERE.sub(lambda match: _bare(match[0]), message)


def _bare(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(a URL that cannot be read)"
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
