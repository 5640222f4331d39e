"""Says what the fields of records hold by their names: the model's text, or what is never taken for it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection

from evalkit._util.escape import visible

TEXT_FIELDS = (
    "text",
    "output",
    "completion",
    "response",
    "generated_text",
    "generated",
    "generation",
    "content",
    "sample",
    "continuation",
    "prediction",
    "model_output",
    "output_text",
    "response_text",
    "completion_text",
)
"""Names of fields that hold a model's text, as `plain_name` writes them."""

CHATS = ("messages", "conversations", "conversation", "chat")
ANSWERS = ("choices", "outputs", "completions", "generations", "responses", "candidates")
"""Lists of answers to one prompt."""
WRAPPERS = ("response", "body", "result", "message")
"""Objects around an answer."""
ERRORS = ("error", "errors", "exception", "error_message", "refusal")
_IDS = ("id", "ids", "uuid", "guid", "uid", "docid", "idx", "index", "key", "hash", "sha256", "md5")
_GOLD = (
    "target", "targets", "reference", "references", "label", "labels", "gold", "golden", "answer", "answers", "expected", "truth",
    "groundtruth", "correct", "ideal", "solution", "solutions",
)  # fmt: skip
_PROMPTS = (
    "prompt", "prompts", "instruction", "instructions", "input", "inputs", "question", "questions", "query", "context", "system",
    "premise", "request", "arguments", "doc", "source",
)  # fmt: skip
_DESCRIPTIONS = (
    "model", "url", "path", "file", "filename", "name", "title", "date", "time", "timestamp", "created", "at", "language", "lang", "role",
    "type", "category", "split", "author", "user", "status", "reason", "error", "errors", "exception", "refusal", "version", "object",
    "license", "topic", "tag", "tags", "genre", "run", "seed", "dataset", "task", "fingerprint", "metadata", "meta", "filter",
)  # fmt: skip
MOST_NAMES = 12
"""How many names a message lists."""


def plain_name(name: str) -> str:
    """A field's name in lower case, its words joined by underscores.

    >>> plain_name("Generated Text"), plain_name("requestId"), plain_name("custom-id")
    ('generated_text', 'request_id', 'custom_id')
    """
    return re.sub(r"[\W_]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).strip("_").lower()


def is_never_text(name: str) -> bool:
    """Whether a field of that name is an id, a gold answer, a prompt or a description.

    >>> [name for name in ("custom_id", "gold_answer", "prompt", "finishReason", "story") if is_never_text(name)]
    ['custom_id', 'gold_answer', 'prompt', 'finishReason']
    """
    words = plain_name(name).split("_")
    return words[-1] in (*_IDS, *_DESCRIPTIONS) or not {*_GOLD, *_PROMPTS}.isdisjoint(words)


def is_known(name: str) -> bool:
    """Whether a column's name says what it holds: the text, an id, a gold answer, a prompt or a description.

    >>> [name for name in ("text", "Custom ID", "gold_answer", "story", "The answer came") if is_known(name)]
    ['text', 'Custom ID', 'gold_answer']
    """
    plain = plain_name(name)
    if plain in (*TEXT_FIELDS, *CHATS, *ANSWERS, *_IDS, *_GOLD, *_PROMPTS, *_DESCRIPTIONS):
        return True
    # A sentence may hold the same words.
    return (len(name.split()) == 1 and is_never_text(name)) or (len(name.split()) == 2 and plain.endswith("_id"))


def listed(names: Collection[str]) -> str:
    """The names of fields for a message, the first twelve of them, safe to print."""
    shown = [visible(name[:60]) for name in itertools.islice(names, MOST_NAMES)]
    rest = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return (", ".join(shown) or "none") + rest
