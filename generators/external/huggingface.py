"""Samples and scores pretrained causal language models of the Hugging Face libraries, from a folder or the hub: `HuggingFace`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import numpy as np

from evalkit._util.escape import visible
from evalkit._util.paths import exists, expanded, is_file, names_in
from evalkit.errors import MissingExtraError, ModelError, UsageError, one_of
from generators.base import PLAIN, Decoding, Floats, Progress, Symbols, UniformStreams, check_amount, check_seed, choose, silent
from generators.external.base import ExternalGenerator, spread
from generators.external.huggingface_model import DTYPES, Pretrained
from generators.sequence import DOCUMENT_BREAK

_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
_PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
_DRAWN_AT_ONCE = 256
_DECODED_EVERY = 16
"""Tokens between two times that the passages are decoded to see whether they are long enough."""
_SPARE_CHARS = 4
"""Characters beyond the length asked for, since the bytes of the last one may be incomplete."""
_TOKENS_PER_CHAR = 4
"""Tokens a character after which a model that writes nothing readable is stopped."""


class HuggingFace(ExternalGenerator):
    """A pretrained causal language model; nothing is fine-tuned.

    Weights are read from safetensors files only, and code that comes with a model is never run. Where the model ends a document, the passage shows
    a break, and the model continues with that end in its context, as in pretraining on packed documents.

    Args:
        model: a folder that `save_pretrained` wrote, or a name on the hub (`gpt2`, `owner/name`), which the library downloads.
        revision: branch, tag or commit on the hub; a commit makes the run repeatable.
        device: `auto` (a GPU where there is one), `cpu`, `cuda`, `cuda:1` or `mps`.
        dtype: `float32`, `bfloat16` or `float16`, the type of all numbers.
        batch: passages sampled in one batch.
        context: tokens that the model looks back at most; the model's own limit if not given.
    """

    name = "huggingface"
    summary = "a pretrained causal language model (needs transformers and torch)"

    def __init__(
        self,
        *,
        model: str | None = None,
        revision: str | None = None,
        device: str = "auto",
        dtype: str = "float32",
        batch: int = 8,
        context: int | None = None,
    ) -> None:
        self.model = model
        self.revision = revision
        self.device = device
        self.dtype = dtype
        self.batch = batch
        self.context = context
        problems = [] if batch >= 1 else [f"batch must be at least 1, not {batch}"]
        if context is not None and context < 2:
            problems.append(f"context must be at least 2 tokens, not {context}")
        if dtype not in DTYPES:
            problems.append(f'dtype cannot be "{dtype}" ({one_of(dtype, DTYPES)})')
        if problems:
            raise UsageError("; ".join(problems) + ".")

    @classmethod
    def of(cls, model: Any, tokenizer: Any, *, batch: int = 8) -> Self:
        """A generator of a model in memory, such as one that is being trained; its weights are read where it stands.

        Args:
            model: a causal language model of `transformers`, in evaluation mode while it samples.
            tokenizer: its tokenizer, a fast one.
            batch: passages sampled in one batch.

        Raises:
            ModelError: when it cannot sample or score.
        """
        generator = cls(model=type(model).__name__, batch=batch)
        generator._pretrained = Pretrained.of(model, tokenizer, source=type(model).__name__)
        return generator

    def check_available(self) -> None:
        if self.model is None:
            raise UsageError("huggingface needs model=.", remedy="Write huggingface:model=FOLDER or huggingface:model=NAME.")
        if not (find_spec("transformers") and find_spec("torch")):
            raise MissingExtraError("The generator huggingface", extra="huggingface")
        check_source(self.model)

    def fit(self, documents: Sequence[str], *, held_out: Sequence[str] = (), seed: int = 0, progress: Progress = silent) -> Self:
        """Loads the model; nothing is learned."""
        self.check_available()
        progress(f"loading {self.model}", 0, 1)
        self._pretrained = Pretrained.load(
            str(self.model), revision=self.revision, device=self.device, dtype=self.dtype, context=self.context
        )
        return self

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
        check_seed(seed)
        check_amount(n_passages, n_chars, first=first)
        texts: dict[int, str] = {}
        # Passage i is always row i % batch of the full batch i // batch, since the rounding of a row may depend on its place in the batch.
        for start in range(first - first % self.batch, first + n_passages if n_passages else 0, self.batch):
            rows = range(start, start + self.batch)
            texts |= zip(rows, self._sample_batch(UniformStreams(seed, rows), n_chars, decoding), strict=True)
            progress(f"sampling {self.model}", min(start + self.batch - first, n_passages), n_passages)
        return [texts[i] for i in range(first, first + n_passages)]

    @property
    def scored_given(self) -> str:
        tokens = self._pretrained.context if hasattr(self, "_pretrained") else self.context
        return f"the {tokens} tokens before it, half of them at least" if tokens else super().scored_given

    def log2_prob(self, text: str) -> Floats:
        """Log2 probability of each character: that of each token is shared out over its characters."""
        model = self._pretrained
        ids, ends = model.tokens(text)
        scores = model.log2_probs(ids)
        shares = spread(len(text), ends, scores[:-1].tolist())
        if (lost := model.first_lost(text, ids)) is not None:
            shares[lost] = -np.inf
        return np.append(shares, scores[-1])

    def describe(self) -> dict[str, object]:
        loaded = self._pretrained.describe() if hasattr(self, "_pretrained") else {}
        return super().describe() | loaded

    def _sample_batch(self, streams: UniformStreams, n_chars: int, decoding: Decoding) -> list[str]:
        model = self._pretrained
        prompt = model.tokens(decoding.prompt)[0]
        reading = model.reader(np.tile([model.start, *prompt], (self.batch, 1)))
        drawn = np.empty((self.batch, 0), np.int64)
        texts = [""] * self.batch
        while min(map(len, texts)) < n_chars + _SPARE_CHARS and drawn.shape[1] < _TOKENS_PER_CHAR * n_chars + _DRAWN_AT_ONCE:
            uniforms = streams.draw(_DRAWN_AT_ONCE)
            for column in range(_DRAWN_AT_ONCE):
                tokens = choose(decoding.apply(reading.probs()), uniforms[:, column])
                drawn = np.column_stack([drawn, tokens])
                reading.advance(tokens)
                if drawn.shape[1] % _DECODED_EVERY == 0:
                    texts = [self._text(prompt, row, decoding.stop) for row in drawn]
                    ended = (drawn == model.end).any(axis=1) & (decoding.stop == "end")
                    if all(done or len(text) >= n_chars + _SPARE_CHARS for done, text in zip(ended, texts, strict=True)):
                        return [text[:n_chars] for text in texts]
        return [text[:n_chars] for text in texts]

    def _text(self, prompt: Symbols, tokens: Symbols, stop: str) -> str:
        """The text of the tokens after a prompt, with a break where a document ends."""
        pieces = [
            piece[piece != self._pretrained.end] for piece in np.split(tokens, np.flatnonzero(tokens == self._pretrained.end))
        ]
        if stop == "end":
            pieces = pieces[:1]
        spell = self._pretrained.spell
        # Decoded together with the prompt, since many tokenizers drop the space before the first token of a text.
        first = spell(np.append(prompt, pieces[0]))[len(spell(prompt)) :]
        return DOCUMENT_BREAK.join([first, *map(spell, pieces[1:])])


def check_source(source: str) -> None:
    """Refuses a source that is neither a folder with safetensors weights nor a name on the hub.

    Raises:
        UsageError: when it is neither a folder nor a name.
        ModelError: when the folder has no model, or only weights that can run anything when loaded.
    """
    folder = expanded(source)
    if not exists(folder):
        if _NAME.fullmatch(source) and not source.startswith("."):
            return
        raise UsageError(
            f'"{visible(source)}" is neither a folder nor a name on the hub.',
            remedy="Write huggingface:model=FOLDER or huggingface:model=OWNER/NAME.",
        )
    if not is_file(folder / "config.json"):
        raise ModelError(
            f'The folder "{visible(source)}" holds no model: it has no config.json.',
            remedy="Name the folder that save_pretrained wrote.",
        )
    names = [Path(name) for name in names_in(folder)]
    if any(name.suffix == ".safetensors" for name in names):
        return
    pickled = [name.name for name in names if name.suffix in _PICKLED]
    others = f": only {', '.join(map(visible, pickled))}, which can run anything when loaded" if pickled else ""
    raise ModelError(
        f'"{visible(source)}" has no safetensors weights{others}.',
        remedy="Save the model again with save_pretrained(folder, safe_serialization=True).",
    )
