"""Gives the conformance checks a generator under test, `Subject`, its texts, and functions that demand something of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generators import create
from generators.base import Floats, Generator
from generators.sequence import DOCUMENT_BREAK, SequenceModel
from generators.spec import GeneratorSpec

DOCUMENTS = (
    (
        "The ferryman had no name that anyone could say.\nHe came at dusk, he took the coin, and rowed the dead away. "
        "They told him where the shore had been; he never asked them why. The lamp he carried gave no light, and still they saw him by.\n"
    ),
    (
        "On the third night the lamp went out. The water did not stir. Something beneath the ferry spoke, and every word was her.\n"
        "He put the oars up; he put the coin upon the seat, and waited. The voice went on until the dawn, and what it said, he hated.\n"
    ),
    "In Tarn\u00f8y they keep the lamp behind the altar, wrapped in wool. \u201cIt isn\u2019t lit,\u201d the sexton says, \u201cunless the boat is full.\u201d\n",
    "The boat is full. The boat is full! \U0001f6f6 The bells of Tarn\u00f8y ring;\nand 7 lamps are on the water, 7 lamps, and 1 is the king.\n",
)
HELD_OUT = (
    (
        "He took the lamp and put it down. The water gave no sound. The dead were waiting, every one, and every one had drowned; "
        "they asked him where the shore had been, and he had never known. He took the oars, he took the coin, he rowed away alone.\n"
    ),
    (
        "The sexton told the king at dawn the boat had come at last. They rang the bells, they lit the lamp, and every oar was cast "
        "upon the water by the shore, and still they heard it say the name that no one ever had, and then it went away.\n"
    ),
)
NEVER_SEEN = "\u2603"
TOLERANCE = 1e-5
"""Tolerance for models that compute in 32 bits."""
_LOWEST_P = 1e-6
"""False-alarm rate of one test of distributions: low, since a full run makes hundreds of them and none should fail by chance."""


class CheckFailure(AssertionError):
    """A generator does not do what every generator must."""


class NotApplicable(Exception):
    """A check is not about this kind of generator; the message says why."""


class Subject:
    """A generator under test: fresh copies of it, and one that is fitted.

    Args:
        generator: a specification, or an instance, whose class and options are used.
        documents: training text; four short tales by default.
        held_out: held-out text; two tales by default.
    """

    def __init__(
        self,
        generator: str | GeneratorSpec | Generator,
        documents: Sequence[str] | None = None,
        held_out: Sequence[str] | None = None,
    ) -> None:
        example = generator if isinstance(generator, Generator) else create(generator)
        self.cls = type(example)
        self.options = example.options()
        self.documents = tuple(documents if documents is not None else DOCUMENTS)
        self.held_out = tuple(held_out if held_out is not None else HELD_OUT)

    def fresh(self) -> Generator:
        """An unfitted copy."""
        return self.cls(**self.options)

    def fit(self) -> Generator:
        """A newly fitted copy."""
        return self.fresh().fit(self.documents, held_out=self.held_out, seed=1)

    @cached_property
    def fitted(self) -> Generator:
        """A fitted copy, the same one each time."""
        return self.fit()

    @property
    def model(self) -> SequenceModel:
        """The fitted copy.

        Raises:
            NotApplicable: where it is not a model of symbols.
        """
        if not isinstance(self.fitted, SequenceModel):
            raise NotApplicable(f"{self.cls.name} does not choose symbol by symbol")
        return self.fitted

    @property
    def scorer(self) -> Generator:
        """The fitted copy.

        Raises:
            NotApplicable: where it gives no probabilities.
        """
        if not self.cls.can_score:
            raise NotApplicable(f"{self.cls.name} has no probabilities")
        return self.fitted

    def require_learning(self) -> None:
        """Ends a check that is about what training showed, where the generator learns nothing from it."""
        if not self.cls.learns:
            raise NotApplicable(f"{self.cls.name} learns nothing from documents")

    def prompts(self) -> list[str]:
        """Beginnings of documents: an empty one, a common one, long ones, and one that training never showed in this order."""
        first, last = self.documents[0], self.documents[-1]
        return ["", first[:3], first[: len(first) // 2], last[: len(last) // 3], last[:5] + first[:2]]


def state_after(model: SequenceModel, prompt: str, n: int) -> Any:
    """The state of n streams that all begin a document with a prompt."""
    state = model.initial_state(n)
    for symbol in model.codec.encode(prompt):
        state = model.advance(state, np.full(n, symbol))
    return state


def normalised(probs: Floats) -> Floats:
    """Rows that sum to 1."""
    rows: Floats = probs / probs.sum(axis=1, keepdims=True)
    return rows


def text_of_symbol(model: SequenceModel, symbol: int) -> str:
    """The text that a passage shows for one symbol."""
    return DOCUMENT_BREAK if symbol == model.end else model.codec.decode(np.array([symbol]))


def require(condition: bool | np.bool_, otherwise: str) -> None:
    """Fails with a message where a condition does not hold."""
    if not condition:
        raise CheckFailure(otherwise)


def require_same(actual: object, expected: object, what: str) -> None:
    """Fails where two values differ."""
    require(actual == expected, f"{what}: {_short(actual)}, expected {_short(expected)}")


def require_close(actual: Floats, expected: Floats, tolerance: float, what: str) -> None:
    """Fails where any number differs by more than a tolerance; infinities must be the same."""
    close = actual.shape == expected.shape and np.isclose(actual, expected, rtol=0, atol=tolerance).all()
    require(close, f"{what}: {_short(actual)}, expected {_short(expected)} within {tolerance}")


def require_raises(error: type[Exception], call: Callable[[], object], what: str) -> None:
    """Fails where a call does not raise an error of a kind."""
    try:
        call()
    except error:
        return
    except Exception as other:
        raise CheckFailure(f"{what} raised {type(other).__name__}, not {error.__name__}: {other}") from other
    raise CheckFailure(f"{what} did not raise {error.__name__}")


def require_follows(counts: NDArray[Any], probs: NDArray[Any], what: str) -> None:
    """Fails where counts differ from probabilities by more than chance explains.

    The test is chi-square; outcomes that are expected fewer than 5 times count as one, since its distribution is only valid for larger counts.
    """
    from scipy.stats import chi2

    require(not counts[probs == 0].any(), f"{what}: drew an outcome of probability 0")
    expected = probs * counts.sum()
    rare = expected < 5
    observed = np.append(counts[~rare], counts[rare].sum())
    expected = np.append(expected[~rare], expected[rare].sum())
    used = expected > 0
    statistic = float(((observed[used] - expected[used]) ** 2 / expected[used]).sum())
    freedom = int(used.sum()) - 1
    p = float(chi2.sf(statistic, freedom)) if freedom else 1.0
    require(p > _LOWEST_P, f"{what}: chi-square {statistic:.1f} with {freedom} degrees of freedom, p = {p:.1e}")


def _short(value: object) -> str:
    """A value for a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."
