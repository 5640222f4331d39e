"""Fits, samples and scores an LSTM over characters or words, trained with TensorFlow and sampled with numpy: `LSTM`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import asdict
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from evalkit._util.threads import one_blas_thread
from evalkit.errors import ModelError, NotScorableError, UsageError, one_of
from generators.base import PLAIN, Decoding, Floats, Progress, Symbols, UniformStreams, choose, silent
from generators.codecs.words import SpelledCodec
from generators.lstm.article import EXPERIMENTS, TEACHER_FORCED, ArticleExperiment, ancestral_blocks, argmax_along, prepare
from generators.lstm.article_training import reproduce
from generators.lstm.layer import Float32
from generators.lstm.network import Network, StreamState
from generators.lstm.presets import AMOUNTS, COUNTS, PRESETS, SHARES, Configuration, configuration_of
from generators.lstm.rare_characters import RareCharacters
from generators.lstm.training import train
from generators.lstm.training_state import TrainingContext, TrainingResult
from generators.sequence import CharCodec, SequenceModel, training_texts
from generators.storage.cache_key import key_of
from generators.training.resume import StateFile

_STEPS_AT_ONCE = 256


class LSTM(SequenceModel):
    """A long short-term memory network over characters or words (Hochreiter and Schmidhuber 1997; Graves 2013).

    Characters that training never showed are one unknown symbol, which is scored and read but never drawn (`RareCharacters`).

    An option that is not given has the value of the preset. Training ends after a number of updates that depends only on the options and the
    corpus, unless `minutes` is given, and earlier where the held-out documents no longer improve. The weights that are kept are averages over many
    updates, those that were best on the held-out documents.

    Args:
        preset: `quick` (about a minute on two cores), `base` (8 minutes) or `large` (less than an hour); or an experiment of the article, such
            as `strika-100-50`, which fixes all options but the next two.
        sampler: `ancestral` reads back what it drew; `teacher-forced-argmax` reads a real text and writes its guess of each next character, as
            the article did.
        scale: share of the epochs of one of the article's experiments.
        unit: `char`, or `word` for the most frequent words with the space before them; other words are spelled.
        vocabulary: how many words, for `unit=word`; 5,000 if not given.
        units: units of each layer.
        layers: LSTM layers.
        embedding: length of the vector that represents one input symbol.
        window: symbols through which gradients flow back.
        batch: streams of text read in parallel.
        dropout: share of each layer's outputs that is dropped in training, in [0, 1). The preset's is for a text that is read ten times, and
            shrinks where it is read less often.
        weight_drop: share of the recurrent weights that is dropped in each update, likewise; none on a GPU.
        learning_rate: peak of the schedule.
        precision: numbers that are multiplied: `float32`, `bfloat16`, or `auto` for bfloat16 where the processor multiplies it itself.
        epochs: passes over the training documents, in place of the preset's number of updates.
        minutes: time of training by the clock, in place of a number of updates; such a run cannot be repeated exactly.
    """

    name = "lstm"
    summary = "character LSTM trained on the spot (needs TensorFlow)"
    slow_to_fit: ClassVar[bool] = True
    trains_in_updates: ClassVar[bool] = True
    only_for_sampling: ClassVar[tuple[str, ...]] = ("sampler",)
    fixed_batch: ClassVar[bool] = True
    batches_at_once: ClassVar[bool] = True
    batch_size: ClassVar[int] = 32
    version: ClassVar[int] = 3

    scores_any_character = True
    codec: CharCodec | SpelledCodec
    network: Network
    _rare: RareCharacters | None
    """None in models that were saved before there was an unknown symbol: it is impossible for them."""

    def __init__(
        self,
        *,
        preset: str = "quick",
        sampler: str = "ancestral",
        scale: float = 1.0,
        unit: str = "char",
        vocabulary: int | None = None,
        units: int | None = None,
        layers: int | None = None,
        embedding: int | None = None,
        window: int | None = None,
        batch: int | None = None,
        dropout: float | None = None,
        weight_drop: float | None = None,
        learning_rate: float | None = None,
        precision: str = "auto",
        epochs: float | None = None,
        minutes: float | None = None,
    ) -> None:
        self.preset = preset
        self.sampler = sampler
        self.scale = scale
        self.unit = unit
        self.vocabulary = vocabulary
        self.units = units
        self.layers = layers
        self.embedding = embedding
        self.window = window
        self.batch = batch
        self.dropout = dropout
        self.weight_drop = weight_drop
        self.learning_rate = learning_rate
        self.precision = precision
        self.epochs = epochs
        self.minutes = minutes
        self.measured: dict[str, object] = {}
        self._along = np.empty(0, np.int64)
        self._check()
        self.can_score = not (self._experiment and self._experiment.next_block)

    def fit(self, documents: Sequence[str], *, held_out: Sequence[str] = (), seed: int = 0, progress: Progress = silent) -> Self:
        texts = training_texts(documents, "The lstm")
        state = self._state_file(documents, held_out=held_out, seed=seed)
        context = TrainingContext(hooks=self.training_hooks, state_file=state, generator_of=self._with, progress=progress)
        if self._experiment:
            self._reproduce(texts, self._experiment, seed=seed, context=context)
            return self
        self.codec = self._codec(texts)
        encoded = [self.codec.encode(text) for text in texts]
        self._rare = RareCharacters.of(texts, self.codec, n_targets=sum(len(symbols) + 1 for symbols in encoded))
        self._along = self._text_to_follow(texts)
        unseen = [
            np.where(symbols == self.codec.unknown, -1, symbols) for symbols in map(self.codec.encode, held_out) if len(symbols)
        ]
        trained = train(encoded, unseen, self._n_known, self._configuration(), seed=seed, context=context)
        self._use(trained.network)
        self.measured = _measured(trained)
        return self

    def _reproduce(self, texts: Sequence[str], experiment: ArticleExperiment, *, seed: int, context: TrainingContext) -> None:
        text = prepare(texts)
        self.codec = CharCodec.of([text], unknown=True)
        symbols = self.codec.encode(text)
        self._rare = RareCharacters.of([text], self.codec, n_targets=len(symbols))
        self._along = self._text_to_follow(texts)
        made = reproduce(symbols, self._n_known, experiment, scale=self.scale, seed=seed, context=context)
        self._use(made.network)
        self.measured = made.measured

    def _use(self, network: Network) -> None:
        """Takes a network over the known symbols and the end, and lets it read the unknown symbol."""
        self.network = network
        rare = self._rare.read_as if self._rare else slice(None)
        self._reader = network.with_input(network.embedding[rare].mean(axis=0))

    @property
    def _n_known(self) -> int:
        """How many symbols the network knows; it gives the end of a document this number, and reads the unknown symbol as the next."""
        return self.codec.n_symbols - 1

    def _as_read(self, symbols: Symbols) -> Symbols:
        """Symbols of the codec, [n], as the network numbers them: the unknown symbol comes after the end."""
        return np.where(symbols < self._n_known, symbols, 2 * self._n_known + 1 - symbols)

    def _text_to_follow(self, documents: Sequence[str]) -> Symbols:
        """The text that the teacher-forced sampler reads, as symbols; empty for the other sampler."""
        if self.sampler != TEACHER_FORCED:
            return np.empty(0, np.int64)
        texts = [prepare(documents)] if self._experiment else documents
        return np.concatenate([self.codec.encode(text) for text in texts])

    def sample_like(self, other: Self, documents: Sequence[str]) -> None:
        super().sample_like(other, documents)
        self._along = self._text_to_follow(training_texts(documents, "The lstm"))

    def initial_state(self, n: int) -> StreamState:
        # The end symbol also stands before the first character, as in training, so a model learns how documents begin.
        return self.network.step(self.network.zero_state(n), np.full(n, self._n_known))

    def next_probs(self, state: StreamState) -> Floats:
        if self._rare is None:
            return self.sampling_probs(state)
        log_probs = self.network.log_probs(state.hidden[-1])
        odds = np.exp(self._rare.log_odds(log_probs))
        probs: Floats = np.insert(np.exp(log_probs), self._n_known, odds, axis=1) / (1 + odds[:, None])
        return probs

    def sampling_probs(self, state: StreamState) -> Floats:
        """As `next_probs`, but without the unknown symbol, which cannot be written: the network's own distribution."""
        probs: Floats = np.insert(self.network.probs(state.hidden[-1]), self._n_known, 0.0, axis=1)
        return probs

    def draw_symbols(self, state: StreamState, uniforms: Floats, decoding: Decoding) -> Symbols:
        drawn = choose(decoding.apply(self.network.probs(state.hidden[-1])), uniforms)
        return np.asarray(drawn + (drawn == self._n_known))

    def advance(self, state: StreamState, symbols: Symbols) -> StreamState:
        # Documents are independent: after an end, the state is that before a document.
        ended = symbols == self.end
        if ended.any():
            state = state.map(lambda values: np.where(ended[:, None], np.float32(0), values))
        return self._reader.step(state, self._as_read(symbols))

    def sample(
        self,
        n_passages: int,
        n_chars: int,
        *,
        seed: int = 0,
        first: int = 0,
        decoding: Decoding = PLAIN,
        progress: Progress = silent,
    ) -> list[str]:
        if not self._samples_symbol_by_symbol and (decoding.prompt or not decoding.is_plain):
            raise UsageError(
                f"{self.preset} with sampler={self.sampler} takes no temperature, top-k, top-p or prompt.",
                remedy="Leave them out, or choose another preset or sampler=ancestral.",
            )
        # Batches are sampled in parallel, and BLAS's own threads would compete with them for the processors.
        with one_blas_thread():
            return super().sample(n_passages, n_chars, seed=seed, first=first, decoding=decoding, progress=progress)

    def _sample_batch(self, streams: UniformStreams, n: int, n_chars: int, prompt: Symbols, decoding: Decoding) -> list[str]:
        if self._samples_symbol_by_symbol:
            return super()._sample_batch(streams, n, n_chars, prompt, decoding)
        if self.sampler == TEACHER_FORCED:
            window = self._experiment.window if self._experiment else None
            n_chars = min(n_chars, len(self._along) - 1)
            drawn = argmax_along(self.network, self._along, streams, n_chars, n_symbols=self._n_known, window=window)
        else:
            block = self._experiment.window if self._experiment else 1
            drawn = ancestral_blocks(self.network, streams, n, n_chars, block=block, end=self._n_known)
        return [self.codec.decode(row) for row in drawn]

    @property
    def _experiment(self) -> ArticleExperiment | None:
        """The article's experiment that the preset names."""
        return EXPERIMENTS.get(self.preset)

    @property
    def _samples_symbol_by_symbol(self) -> bool:
        """Whether the base's sampling loop serves, with all its options."""
        return self.sampler != TEACHER_FORCED and not (self._experiment and self._experiment.next_block)

    def log2_prob(self, text: str) -> Floats:
        return self.log2_probs([text])[0]

    def log2_probs(self, documents: Sequence[str]) -> list[Floats]:
        if not self.can_score:
            raise NotScorableError(f"{self.preset} predicts a whole block ahead, so it gives no probability of the next character.")
        with one_blas_thread():
            return self._log2_probs(documents)

    def describe(self) -> dict[str, object]:
        return super().describe() | self.measured

    def arrays(self) -> dict[str, NDArray[Any]]:
        followed = {ALONG: self._along.astype(np.uint32)} if self.sampler == TEACHER_FORCED else {}
        rare = self._rare.arrays() if self._rare else {}
        return {**self.codec.arrays(), **followed, **rare, **self.network.arrays()}

    def restore(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
        self.codec = CharCodec.restored(arrays, unknown=True) if self.unit == "char" else SpelledCodec.restored(arrays)
        network = Network.of(arrays)
        if network.dense.shape[1] != self._n_known + 1:
            raise ModelError("The arrays of the saved LSTM do not fit its alphabet.", remedy="Train and save it again.")
        self._rare = RareCharacters.restored(arrays, self.codec)
        self.scores_any_character = self._rare is not None
        self._use(network)
        if self.sampler == TEACHER_FORCED:
            self._along = _restored_text(arrays, self._n_known)
        described = super().describe()
        self.measured = {key: value for key, value in meta.items() if key not in described}

    def _codec(self, texts: Sequence[str]) -> CharCodec | SpelledCodec:
        if self.unit == "char":
            return CharCodec.of(texts, unknown=True)
        return SpelledCodec.of(texts, most=self.vocabulary or DEFAULT_VOCABULARY)

    def _state_file(self, documents: Sequence[str], *, held_out: Sequence[str], seed: int) -> StateFile | None:
        if self.training_hooks.folder is None:
            return None
        return StateFile(self.training_hooks.folder, key_of(self, documents, held_out=held_out, seed=seed))

    def _with(self, network: Network) -> LSTM:
        """A generator like this one with another network."""
        other = copy(self)
        other.measured = {}
        other._use(network)
        return other

    def _log2_probs(self, documents: Sequence[str]) -> list[Floats]:
        """Log2 probability of each character and of the end; documents of about the same length are read in parallel."""
        encoded = [np.append(self.codec.encode(text), self.end) for text in documents]
        results = [np.empty(len(symbols)) for symbols in encoded]
        order = sorted(range(len(encoded)), key=lambda i: -len(encoded[i]))
        for first in range(0, len(order), _DOCUMENTS_AT_ONCE):
            together = order[first : first + _DOCUMENTS_AT_ONCE]
            self._score([encoded[i] for i in together], [results[i] for i in together])
        if self._rare is None:
            results = [_impossible_after_unknown(result) for result in results]
        return [self.codec.per_character(text, result) for text, result in zip(documents, results, strict=True)]

    def _score(self, documents: Sequence[Symbols], results: Sequence[Floats]) -> None:
        """Fills the results of a few documents, longest first, `_STEPS_AT_ONCE` steps at a time.

        The longest come first so that those still being read are always the first rows of the state. The softmax over the alphabet is computed
        for many steps at once, since one large matrix product is faster than many small ones.
        """
        state = self.initial_state(len(documents))
        for start in range(0, len(documents[0]), _STEPS_AT_ONCE):
            pieces = [symbols[start : start + _STEPS_AT_ONCE] for symbols in documents if len(symbols) > start]
            inputs = np.zeros((len(pieces[0]), len(pieces)), np.int64)
            for row, piece in enumerate(pieces):
                inputs[: len(piece), row] = self._as_read(piece)
            state = state.first(len(pieces))
            hidden = np.empty((*inputs.shape, self.network.units), np.float32)
            for t, symbols in enumerate(inputs):
                hidden[t] = state.hidden[-1]
                state = self._reader.step(state, symbols)
            for row, piece in enumerate(pieces):
                results[row][start : start + len(piece)] = self._log2_along(hidden[: len(piece), row], piece)

    def _log2_along(self, hidden: Float32, symbols: Symbols) -> Floats:
        """Log2 probability of symbols [n], each after the hidden values of its row, [n x units]."""
        log_probs = self.network.log_probs(hidden)
        unknown = symbols == self.codec.unknown
        known = np.where(unknown, 0, np.minimum(symbols, self._n_known))
        result = np.take_along_axis(log_probs, known[:, None], axis=1)[:, 0]
        if self._rare is None:
            result[unknown] = -np.inf
        else:
            log_odds = self._rare.log_odds(log_probs)
            result = np.where(unknown, log_odds, result) - np.log1p(np.exp(log_odds))
        return np.asarray(result / np.log(2))

    def _check(self) -> None:
        """Refuses options that are out of range or do not go together.

        Raises:
            UsageError: with what is allowed.
        """
        if self.preset not in PRESETS and self._experiment is None:
            raise UsageError(f'The lstm has no preset "{self.preset}".', remedy=one_of(self.preset, [*PRESETS, *EXPERIMENTS]))
        if self.sampler not in SAMPLERS:
            raise UsageError(f'sampler cannot be "{self.sampler}".', remedy=one_of(self.sampler, SAMPLERS))
        if self.unit not in UNITS:
            raise UsageError(f'unit cannot be "{self.unit}".', remedy=one_of(self.unit, UNITS))
        if self.vocabulary is not None and (self.unit == "char" or self.vocabulary < 1):
            raise UsageError("vocabulary is a number of words, at least 1, for unit=word.")
        if self.sampler == TEACHER_FORCED and self.unit == "word":
            raise UsageError(f"sampler={TEACHER_FORCED} is for unit=char.")
        if self._experiment is None and self.scale != 1.0:
            raise UsageError("scale is for the article's presets.", remedy="Give epochs=N or minutes=N in its place.")
        if not 0 < self.scale <= 100:
            raise UsageError(f"scale must be above 0 and at most 100, not {self.scale}.")
        if self._experiment:
            fixed = [key for key in (*_OVERRIDES, "vocabulary") if getattr(self, key) not in (None, "auto")]
            fixed += ["unit"] if self.unit != "char" else []
            if fixed:
                raise UsageError(
                    f"{self.preset} fixes {', '.join(fixed)}.", remedy="Leave that out; scale=.01 shortens its training."
                )
        else:
            self._configuration()

    def _configuration(self) -> Configuration:
        """The preset with the options that were given."""
        return configuration_of(self.preset, {key: getattr(self, key) for key in _OVERRIDES})


SAMPLERS = ("ancestral", TEACHER_FORCED)
ALONG = "along"
UNITS = ("char", "word")
DEFAULT_VOCABULARY = 5000
_DOCUMENTS_AT_ONCE = 64
_OVERRIDES = (*COUNTS, *SHARES, *AMOUNTS, "precision")
_TRAINED = (
    "configuration",
    "parameters",
    "updates",
    "characters_seen",
    "held_out_bits_per_char",
    "seconds",
    "stopped_early",
    "learning_curve",
)


def _measured(trained: TrainingResult) -> dict[str, object]:
    """What training measured, in plain values."""
    values = (
        {key: value for key, value in asdict(trained.config).items() if key not in ("minutes", "adaptive")},
        trained.network.n_parameters,
        trained.updates,
        trained.characters,
        trained.best_bits,
        round(trained.seconds, 1),
        trained.stopped_early,
        [asdict(point) for point in trained.curve],
    )
    return dict(zip(_TRAINED, values, strict=True))


def _impossible_after_unknown(scores: Floats) -> Floats:
    """Sets everything after an unknown symbol to -inf too, since there is no context to predict it from."""
    unknown = np.flatnonzero(np.isneginf(scores))
    if len(unknown):
        scores[unknown[0] :] = -np.inf
    return scores


def _restored_text(arrays: Mapping[str, NDArray[Any]], n_symbols: int) -> Symbols:
    """The saved text that the teacher-forced sampler reads.

    Raises:
        ModelError: when it is missing or not over the alphabet.
    """
    along = arrays.get(ALONG, np.empty(0))
    if along.ndim != 1 or along.dtype.kind != "u" or len(along) < 2 or along.max() >= n_symbols:
        raise ModelError("The saved LSTM lacks the text that its sampler follows.", remedy="Train and save it again.")
    return along.astype(np.int64)
