"""Makes documents that conform to a JSON Schema, with the ends of every range in them: `Maker`."""

from __future__ import annotations

import random
import string
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import jsonschema_rs

TEXTS = (
    "", "x", "the sea", "He looked at the sea.\n\nAnd", "a|b`c`", "<b>&amp;</b>", "@team #1 ![x](y)", "\x1b[31m", "\ud800", "a\udce9", "\u202ex",
    "\0", "=1+1", "::error::x", "é" * 7, "\N{GRINNING FACE}", "2026-01-02T03:04:05+00:00", "word " * 300, "9" * 40, "%s {} {0}", "audit.empty",
)  # fmt: skip
NUMBERS = (0.0, -0.0, 1.0, 0.5, 0.05, -1.0, 0.999999999, 3.25, 1e-9, 5e-324, -1e-300, 1e15, 1e99, -1e99)
COUNTS = (0, 1, 2, 3, 7, 40, 1000, 10**6, 2**31, 2**53 + 1, 10**19)


class Maker:
    """Makes values of the parts of one schema.

    Args:
        schema: whose `$defs` its parts refer to.
        rng: of every choice.
        texts: key of an object -> what its string may be, or what the keys below it may be.
    """

    def __init__(self, schema: Mapping[str, Any], rng: random.Random, texts: Mapping[str, Sequence[str]] | None = None) -> None:
        self.schema, self.rng, self.texts = schema, rng, texts or {}

    def document(self) -> Any:
        """A document of the whole schema."""
        return self.value(self.schema, "")

    def value(self, schema: Mapping[str, Any], key: str) -> Any:
        """A value that conforms to a part of the schema.

        Args:
            schema: of the value.
            key: under which it stands.
        """
        if "$ref" in schema:
            return self.value(self.schema["$defs"][schema["$ref"].rpartition("/")[2]], key)
        if "anyOf" in schema:
            return self.value(self.rng.choice(schema["anyOf"]), key)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.rng.choice(schema["enum"])
        types = schema.get("type", ["string", "number", "null", "boolean"])
        kind = types if isinstance(types, str) else self.rng.choice(types)
        return getattr(self, f"_{kind}")(schema, key)

    def _null(self, schema: Mapping[str, Any], key: str) -> None:
        return None

    def _boolean(self, schema: Mapping[str, Any], key: str) -> bool:
        return self.rng.random() < 0.5

    def _string(self, schema: Mapping[str, Any], key: str) -> str:
        if key in self.texts:
            return self.rng.choice(self.texts[key])
        word = "".join(self.rng.choices(string.ascii_lowercase, k=6))
        return self.rng.choice(TEXTS) if self.rng.random() < 0.3 and "minLength" not in schema else word

    def _number(self, schema: Mapping[str, Any], key: str) -> float:
        low, high = schema.get("minimum", -1e100), schema.get("maximum", 1e100)
        tried = self.rng.choice((self.rng.random(), self.rng.random(), self.rng.gauss(0, 3), self.rng.choice(NUMBERS)))
        return min(max(tried, low), high)

    def _integer(self, schema: Mapping[str, Any], key: str) -> int:
        low, high = schema.get("minimum", -(10**19)), schema.get("maximum", 10**19)
        return min(max(self.rng.choice(COUNTS), low), high)

    def _array(self, schema: Mapping[str, Any], key: str) -> list[Any]:
        n = self.rng.choice((0, 1, 1, 2, 2, 3, 5)) if self.rng.random() < 0.98 else 40
        n = min(max(n, schema.get("minItems", 0)), schema.get("maxItems", 40))
        return [self.value(schema.get("items", {}), key) for _ in range(n)]

    def _object(self, schema: Mapping[str, Any], key: str) -> dict[str, Any]:
        properties, required = schema.get("properties", {}), schema.get("required", ())
        made = {name: self.value(part, name) for name, part in properties.items() if name in required or self.rng.random() < 0.7}
        made.update({name: self.value({}, name) for name in required if name not in properties})
        more = schema.get("additionalProperties", False)
        if isinstance(more, Mapping):
            names = self.texts.get(f"{key}/", ("a", "b", "", "\ud800", "vocab.hit"))
            made.update({name: self.value(more, name) for name in names if self.rng.random() < 0.7})
        for condition in (schema, *schema.get("allOf", ())):
            self._meet(made, schema, condition)
        return made

    def _meet(self, made: dict[str, Any], schema: Mapping[str, Any], condition: Mapping[str, Any]) -> None:
        """Makes again what a condition of an object asks to be otherwise."""
        if "if" not in condition:
            return
        branch = condition.get("then" if _validator(_frozen(condition["if"])).is_valid(_plain(made)) else "else", {})
        properties = schema.get("properties", {})
        for name in {*branch.get("required", ()), *(name for name in branch.get("properties", {}) if name in made)}:
            wanted = branch.get("properties", {}).get(name, {})
            fits = _validator(_frozen(wanted))
            for _ in range(60):
                if name in made and fits.is_valid(_plain(made[name])):
                    break
                made[name] = self.value(properties.get(name, wanted), name)
            else:
                made[name] = self.value(wanted, name)


def _plain(value: Any) -> Any:
    """A value without lone surrogates, which the validator does not take; conditions ask for types and not for texts."""
    if isinstance(value, dict):
        return {_plain(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _frozen(schema: Mapping[str, Any]) -> str:
    import json

    return json.dumps(schema)


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    import json

    return jsonschema_rs.Draft202012Validator(json.loads(schema))
