"""Finds markup in a text (`markup`): tags, entities, Markdown, tokens of chat templates; and words that line ends break (`broken_words`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5

from evalkit.auditing.characters import Place

_TAGS = [
    "a",
    "abbr",
    "article",
    "aside",
    "audio",
    "b",
    "blockquote",
    "body",
    "br",
    "button",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "figure",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "input",
    "ins",
    "kbd",
    "label",
    "li",
    "link",
    "main",
    "mark",
    "meta",
    "nav",
    "noscript",
    "object",
    "ol",
    "option",
    "p",
    "pre",
    "q",
    "ref",
    "s",
    "script",
    "section",
    "select",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "time",
    "title",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "video",
]
# Every pattern has bounded repeats only, so that hostile text takes time in proportion to its length.
_KINDS = {
    "a tag": re.compile(
        rf"</?(?:{'|'.join(_TAGS)})(?:\s[^<>]{{0,200}})?/?>|</[A-Za-z][\w:.-]{{0,40}}>|<[A-Za-z][\w:.-]{{0,40}}(?:\s{{1,9}}[\w:-]{{1,40}}=[^<>]{{1,200}})>|<!--|<!DOCTYPE|<!\[CDATA\[",
        re.IGNORECASE,
    ),
    "an entity": re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"),
    "a token of a template": re.compile(
        r"<\|[\w-]{1,40}\|>|<(?:s|unk|pad|eos|bos|sep|cls|mask|think|start_of_turn|end_of_turn)>|</s>|\[/?(?:INST|SYS|CLS|SEP|PAD|UNK|MASK)\]|<</?SYS>>|^### (?:Human|Assistant|Instruction|Response|System|User):",
        re.MULTILINE,
    ),
    "a Markdown fence": re.compile(r"^[ \t]{0,3}(?:```|~~~)", re.MULTILINE),
    "a Markdown heading": re.compile(r"^[ ]{0,3}#{1,6}[ \t]{1,4}\S", re.MULTILINE),
    "a Markdown link": re.compile(r"!?\[[^\]\[\n]{1,200}\]\([^()\s]{1,500}\)|^\[[^\]\[\n]{1,80}\]: \S", re.MULTILINE),
    "Markdown emphasis": re.compile(r"\*\*[^\s*][^*\n]{0,300}\*\*|(?<!\w)__[^\s_][^_\n]{0,300}__(?!\w)"),
    "a LaTeX command": re.compile(
        r"\\(?:begin|end|textbf|textit|emph|section|subsection|frac|cite|ref|label|item|text)\b[ ]{0,3}(?:\{|\[|$)", re.MULTILINE
    ),
    "a wiki link": re.compile(r"\[\[[^\[\]\n]{1,200}\]\]|\{\{[^{}\n]{1,200}\}\}"),
}
_LINE_END = re.compile(r"(?<=[^\W\d_]{2})[-\u2010\u00ad\u00ac][ \t]{0,40}\r?\n[ \t]{0,40}(?=[^\W\d_]{2})")
_WORD_BEFORE, _WORD_AFTER = re.compile(r"[^\W\d_]{1,40}\Z"), re.compile(r"[^\W\d_]{1,40}")


def markup(text: str) -> Iterator[tuple[str, Place]]:
    """The kinds of markup that a text holds, each with its first place.

    >>> [kind for kind, _ in markup("He <b>saw</b> the light &amp; the sea.")]
    ['a tag', 'an entity']
    """
    for kind, pattern in _KINDS.items():
        match = next((match for match in pattern.finditer(text) if kind != "an entity" or _is_entity(match[0])), None)
        if match is not None:
            yield kind, match.span()


def _is_entity(sign: str) -> bool:
    return sign[1] == "#" or sign[1:] in html5


def kinds_of_markup(text: str) -> set[str]:
    """The kinds of markup that a text holds."""
    return {kind for kind, _ in markup(text)}


def broken_words(text: str) -> list[Place]:
    r"""Words that a hyphen breaks at the end of a line, the second half in small letters.

    >>> broken_words("The light-\nhouse keeper remem-\n  bered.")
    [(4, 16), (24, 38)]
    """
    places = []
    for match in _LINE_END.finditer(text):
        before, after = _WORD_BEFORE.search(text, max(0, match.start() - 40), match.start()), _WORD_AFTER.match(text, match.end())
        if before is not None and after is not None and after[0][0].islower():
            places.append((before.start(), after.end()))
    return places
