"""What the tests of reading share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evalkit.errors import InputError
from evalkit.text.documents import Document
from evalkit.text.io.readers import ReadOptions, read_documents


@pytest.fixture
def documents() -> Callable[..., list[Document]]:
    """Reads all documents of a specification."""

    def read(spec: object, **options: object) -> list[Document]:
        return list(read_documents(spec, options=ReadOptions(**options)))

    return read


@pytest.fixture
def refused(documents: Callable[..., list[Document]]) -> Callable[..., InputError]:
    """Reads a specification that must be refused, and gives the error; it must be one clear message with a remedy."""

    def read(spec: object, **options: object) -> InputError:
        with pytest.raises(InputError) as caught:
            documents(spec, **options)
        assert caught.value.problem.endswith(".")
        assert "\n" not in caught.value.problem
        assert caught.value.remedy
        return caught.value

    return read
