"""Takes from root the power to read and write everything, so that tests of rights mean the same in a container as elsewhere."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator

import pytest

_VERSION_3 = 0x20080522
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1 << 1, 1 << 2
_Words = ctypes.c_uint32 * 6
"""Effective, permitted and inheritable capabilities, twice 32 bits each; see capget(2)."""


@contextlib.contextmanager
def ordinary_rights() -> Iterator[None]:
    """This thread heeds the rights of files meanwhile, whoever it is.

    Root without these two capabilities is an owner like any other, who may still use his Python.
    """
    if os.name != "posix":
        pytest.skip("rights are those of POSIX")
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "capset"):
        pytest.skip("root cannot give up its rights on this system")
    header, words = (ctypes.c_uint32 * 2)(_VERSION_3, 0), _Words()
    assert libc.capget(header, words) == 0
    before = words[0]
    words[0] = before & ~(_DAC_OVERRIDE | _DAC_READ_SEARCH)
    assert libc.capset(header, words) == 0
    try:
        yield
    finally:
        words[0] = before
        assert libc.capset(header, words) == 0
