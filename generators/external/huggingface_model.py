"""Wraps a pretrained model of `transformers`, `Pretrained`: tokens, their probabilities, and reading one token at a time, `Reader`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from evalkit._util.escape import visible
from evalkit._util.paths import exists, expanded
from evalkit.errors import ModelError, UsageError
from generators.base import Floats, Symbols

DTYPES = ("float32", "bfloat16", "float16")
_CONTEXT = 1024
"""Tokens of context for models whose configuration does not tell their limit."""
_NO_LIMIT = 1_000_000
_LONGEST_REASON = 300


@dataclass(frozen=True)
class Pretrained:
    """A tokenizer and a model.

    Args:
        start: the token before every document.
        end: the token that ends a document; -1 where the model has none.
        context: tokens that it can look back at, the start among them.
        never: whether each token is never drawn, [V]: special tokens, which have no text, and rows of the table that belong to no token.
    """

    tokenizer: Any
    model: Any
    device: Any
    start: int
    end: int
    context: int
    never: np.ndarray[Any, np.dtype[np.bool_]]
    dtype: str

    @classmethod
    def load(cls, source: str, *, revision: str | None, device: str, dtype: str, context: int | None) -> Self:
        """Reads a model from a folder or the hub, never running code that comes with it nor reading pickled weights.

        Raises:
            ModelError: when it cannot be read.
            UsageError: when the device cannot be used.
        """
        import torch

        place = _device(device)
        tokenizer, model = _loaded(source, revision)
        return cls.of(model.to(device=place, dtype=getattr(torch, dtype)).eval(), tokenizer, source=source, context=context)

    @classmethod
    def of(cls, model: Any, tokenizer: Any, *, source: str, context: int | None = None) -> Self:
        """A model that is in memory, on its device.

        Args:
            model: a causal language model.
            tokenizer: its tokenizer, a fast one.
            source: what messages call it.
            context: tokens that it looks back at most; the model's own limit if not given.

        Raises:
            ModelError: when it cannot sample or score.
            UsageError: for a context beyond the model's own.
        """
        if not tokenizer.is_fast:
            raise _refused(source, "its tokenizer does not say which token stands for which characters")
        end, start = tokenizer.eos_token_id, tokenizer.bos_token_id
        if start is None and end is None:
            raise _refused(source, "it has no token to begin a text with")
        n_rows = int(model.get_output_embeddings().weight.shape[0])
        never = np.zeros(n_rows, bool)
        never[[i for i in tokenizer.all_special_ids if i != end and i < n_rows]] = True
        never[len(tokenizer) :] = True
        limit = _context(model.config)
        if context is not None and context > limit:
            raise UsageError(f'context cannot be {context}: "{visible(source)}" looks back at {limit} tokens at most.')
        return cls(
            tokenizer=tokenizer,
            model=model,
            device=model.device,
            start=int(end if start is None else start),
            end=-1 if end is None else int(end),
            context=context or limit,
            never=never,
            dtype=str(model.dtype).removeprefix("torch."),
        )

    def tokens(self, text: str) -> tuple[Symbols, list[int]]:
        """The tokens of a text, and where each ends; of several that share one character, all but the last end before it."""
        encoded = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        offsets = encoded["offset_mapping"]
        ends = [int(end) for _, end in offsets]
        for i in range(len(ends) - 1):
            if offsets[i][1] == offsets[i + 1][1]:
                ends[i] = int(offsets[i][0])
        return np.array(encoded["input_ids"], np.int64), [int(end) for end in np.maximum.accumulate(np.array(ends, np.int64))]

    def spell(self, tokens: Symbols) -> str:
        """The text of tokens."""
        text: str = self.tokenizer.decode(tokens.tolist(), skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return text

    def first_lost(self, text: str, tokens: Symbols) -> int | None:
        """The first character that the tokens of a text lose, so that the model cannot write it; None where they lose none."""
        spelt: str = self.tokenizer.decode(tokens.tolist(), skip_special_tokens=False, clean_up_tokenization_spaces=False)
        if spelt == text:
            return None
        same = next((i for i, (a, b) in enumerate(zip(text, spelt, strict=False)) if a != b), min(len(text), len(spelt)))
        return min(same, len(text) - 1) if text else None

    def log2_probs(self, tokens: Symbols) -> Floats:
        """Log2 probability of each token of a document and of its end, [n + 1], from at least half of the context."""
        import torch

        targets = np.append(tokens, self.end)
        inputs = np.append(self.start, tokens)
        parts = []
        for begin, first, stop in _windows(len(inputs), self.context):
            with torch.inference_mode():
                ids = torch.from_numpy(inputs[None, begin:stop]).to(self.device)
                logits = self.model(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False).logits[0, first - begin :]
                nats = torch.log_softmax(logits.float(), dim=-1)
                wanted = torch.from_numpy(np.maximum(targets[first:stop], 0)).to(self.device)
                parts.append(nats.gather(1, wanted[:, None])[:, 0].double().cpu().numpy())
        scores: Floats = np.concatenate(parts) / np.log(2)
        if self.end < 0:
            scores[-1] = -np.inf
        return scores

    def reader(self, tokens: Symbols) -> Reader:
        """A reader that has read some tokens, [n x length]."""
        return Reader(self, tokens)

    def describe(self) -> dict[str, object]:
        """What was loaded; JSON values."""
        return {
            "parameters": int(sum(p.numel() for p in self.model.parameters())),
            "architecture": type(self.model).__name__,
            "commit": getattr(self.model.config, "_commit_hash", None),
            "context_tokens": self.context,
            "device": str(self.device),
        }


class Reader:
    """Reads n sequences of one length in parallel, one token a step, with the keys and values of earlier tokens cached.

    Where the context is full, the last half of it is read again as a new beginning. Dropping one token a step would need all to be read again each
    time, as their positions change.
    """

    def __init__(self, pretrained: Pretrained, tokens: Symbols) -> None:
        self._pretrained, self._tokens = pretrained, tokens
        self._past: Any = None
        self._n_read = 0
        self._logits: Any = None
        self._read(tokens)

    def probs(self) -> Floats:
        """The distribution of each sequence's next token, [n x V]; 0 for tokens that are never drawn."""
        import torch

        probs = torch.softmax(self._logits.float(), dim=-1).double().cpu().numpy()
        return np.where(self._pretrained.never, 0.0, probs)

    def advance(self, tokens: Symbols) -> None:
        """Reads one more token of each sequence."""
        self._tokens = np.column_stack([self._tokens[:, -self._pretrained.context :], tokens])
        self._read(self._tokens[:, -1:])

    def _read(self, tokens: Symbols) -> None:
        import torch

        limit = self._pretrained.context
        if self._past is None or self._n_read + tokens.shape[1] > limit:
            whole = (
                self._tokens if self._tokens.shape[1] <= limit and self._past is None else self._tokens[:, -max(1, limit // 2) :]
            )
            tokens, self._past, self._n_read = whole, None, 0
        with torch.inference_mode():
            ids = torch.from_numpy(np.ascontiguousarray(tokens)).to(self._pretrained.device)
            mask = torch.ones((len(tokens), self._n_read + tokens.shape[1]), dtype=torch.long, device=self._pretrained.device)
            answer = self._pretrained.model(input_ids=ids, attention_mask=mask, past_key_values=self._past, use_cache=True)
        self._past, self._logits = answer.past_key_values, answer.logits[:, -1]
        self._n_read += tokens.shape[1]


def _windows(n: int, context: int) -> Iterator[tuple[int, int, int]]:
    """Parts of a sequence, each (begin, first token predicted from it, stop)."""
    stop = min(n, context)
    yield 0, 0, stop
    while stop < n:
        first, stop = stop, min(n, stop + context - context // 2)
        yield stop - min(context, stop), first, stop


def _loaded(source: str, revision: str | None) -> tuple[Any, Any]:
    """The tokenizer and the model.

    Raises:
        ModelError: for whatever the libraries raise.
    """
    folder = expanded(source)
    options: dict[str, Any] = {"trust_remote_code": False, "local_files_only": exists(folder)}
    if revision is not None:
        options["revision"] = revision
    path = str(folder) if exists(folder) else source
    try:
        with _without_bars() as transformers:
            tokenizer = transformers.AutoTokenizer.from_pretrained(path, use_fast=True, **options)
            return tokenizer, transformers.AutoModelForCausalLM.from_pretrained(path, use_safetensors=True, **options)
    except Exception as error:
        raise _refused(source, f"{type(error).__name__}: {' '.join(str(error).split())[:_LONGEST_REASON]}") from error


@contextlib.contextmanager
def _without_bars() -> Iterator[Any]:
    """The library, with its progress bars off meanwhile, since the command line shows progress in its own way."""
    import transformers
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield transformers
    finally:
        if shown:
            logging.enable_progress_bar()


def _device(name: str) -> Any:
    import torch

    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise UsageError(
            f'The device "{visible(name)}" cannot be used ({type(error).__name__}).', remedy="Write device=auto or device=cpu."
        ) from error
    return device


def _context(config: Any) -> int:
    """Tokens that a model can look back at; configurations name the limit differently."""
    names: Sequence[str] = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length")
    limits = [value for name in names if isinstance(value := getattr(config, name, None), int) and 1 < value < _NO_LIMIT]
    return limits[0] if limits else _CONTEXT


def _refused(source: str, why: str) -> ModelError:
    return ModelError(
        f'The model "{visible(source)}" cannot be used: {visible(why)}.',
        remedy="Name a causal language model of transformers itself, with safetensors weights and a fast tokenizer.",
    )
