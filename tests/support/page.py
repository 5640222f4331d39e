"""Parses pages as a browser would (`Page`), and holds texts that pages must survive (`HOSTILE`)."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "img", "input", "br", "link", "hr", "wbr"}
HOSTILE = {
    "closes a script": "</script><script>alert(1)</script>",
    "opens a comment": "<!-- --> <![CDATA[",
    "mathematics": "$$\\frac{1}{2}$$ $x$ costs $5",
    "NUL": "a\x00b\x1b[31m\x07",
    "line separators": "a\u2028b\u2029c",
    "bidirectional": "\u202egnp.exe\u202c \u2066x\u2069",
    "emoji": "\U0001f469\u200d\U0001f680 \U0001f1e9\U0001f1ea",
    "attributes": "\" onmouseover=\"alert(1)\" ' onload='x'",
    "template": "{{ 7 * 7 }} {% raw %} ${7*7}",
    "style": "</style><style>*{display:none}</style>",
    "a long word": "a" * 10_000,
    "nothing": "",
    "lone surrogate": "\ud800x",
    "entities": "&lt;b&gt; &amp;amp; &#x41;",
}


class Page(HTMLParser):
    """What a page holds."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.ids, self.stack, self.texts = [], [], [], {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.stack.append(tag)
        if tag == "blockquote":
            self.texts[len(self.texts)] = ""

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.stack, f"</{tag}> closes nothing"
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if "blockquote" in self.stack:
            self.texts[len(self.texts) - 1] += data

    def all(self, tag):
        return [attrs for found, attrs in self.tags if found == tag]
