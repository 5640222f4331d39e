"""Declares the checks of the audit, the gravest first: shares of passages that are empty, error messages, copies, loops and others."""

from __future__ import annotations

from evalkit.auditing import checks
from evalkit.auditing.failures import failures_version
from evalkit.metrics.base import AuditMetric, Family

METRICS = (
    AuditMetric(
        id="audit.empty",
        family=Family.FORM,
        label="empty passages",
        version=1,
        summary="The share of passages that show nothing: a model that answered nothing, or a record without text.",
        formula="passages without any visible character / passages; white space, control and format characters are not visible",
        source="docs/reference/audit.md",
        flag=checks.empty,
        one="is empty",
        many="are empty",
        in_human_text=False,
        leads=True,
    ),
    AuditMetric(
        id="audit.error",
        family=Family.FORM,
        label="error messages and refusals",
        version=failures_version(),
        summary=(
            "The share of passages that are an error message, a refusal or a word for nothing, such as null, or that came with a reason why "
            "there is no text."
        ),
        formula=(
            "passages of at most 600 characters that begin with a pattern of data/audit/failures.toml, of any length that have the line of a "
            "traceback or in whose first 200 characters a model names itself, or without text for a reason that was read / passages"
        ),
        source="docs/reference/audit.md",
        flag=checks.error,
        one="is an error message, a refusal or null in place of a text",
        many="are error messages, refusals or null in place of a text",
        in_human_text=False,
        leads=True,
    ),
    AuditMetric(
        id="audit.identical",
        family=Family.VARIETY,
        label="copies of another passage",
        version=1,
        summary="The share of passages that say the same as one before them: a model that has collapsed, or a file that holds samples twice.",
        formula="1 - distinct passages / passages, white space aside; empty passages and error messages are left out of both counts' difference",
        source="docs/reference/audit.md",
        flag=checks.identical,
        one="is a copy of another",
        many="are copies of another",
        in_human_text=False,
        leads=True,
    ),
    AuditMetric(
        id="audit.near_identical",
        family=Family.VARIETY,
        label="near copies of another passage",
        version=1,
        summary="The share of passages that are no copy but have at least half of their text in common with one before them.",
        formula=(
            "(distinct passages - clusters of them) / passages; two are in one cluster where at least half of the longer one's sets of 8 "
            "consecutive characters are in the other too"
        ),
        source="Broder 1997, On the resemblance and containment of documents",
        flag=checks.near_identical,
        one="is nearly a copy of another",
        many="are nearly copies of another",
        in_human_text=True,
        leads=True,
    ),
    AuditMetric(
        id="audit.loops",
        family=Family.VARIETY,
        label="passages that repeat themselves to the end",
        version=1,
        summary="The share of passages whose end repeats one piece over and over, as a model does at a low temperature.",
        formula=(
            "passages whose last fifth or more, at least 24 characters, is a piece of 1 character to half the passage repeated to the end, or "
            "stands before in the passage, as a whole or to 85 % in pieces of 16 characters / passages"
        ),
        source="Holtzman et al. 2020, The curious case of neural text degeneration",
        flag=checks.loops,
        one="repeats itself to the end",
        many="repeat themselves to the end",
        in_human_text=True,
        leads=True,
    ),
    AuditMetric(
        id="audit.mojibake",
        family=Family.FORM,
        label="text read in the wrong encoding",
        version=1,
        summary="The share of passages with characters that come of reading bytes in the wrong encoding, such as â€™ for an apostrophe.",
        formula=(
            "passages with sequences of UTF-8 read as Latin-1, Windows-1252, Windows-1251 or Mac Roman, with control characters of the C1 set, or "
            "with U+FFFD / passages"
        ),
        source="The Unicode Standard, section 3.9 (UTF-8) and chapter 23 (U+FFFD)",
        flag=checks.mojibake,
        one="has text that was read in the wrong encoding",
        many="have text that was read in the wrong encoding",
        in_human_text=False,
        leads=True,
    ),
    AuditMetric(
        id="audit.invisible",
        family=Family.FORM,
        label="invisible characters",
        version=1,
        summary="The share of passages with characters that show nothing and part words, such as zero-width spaces and soft hyphens.",
        formula=(
            "passages with a character of category Cf, Cc (but white space) or Cs, or a filler without a shape, that the reference does not have "
            "/ passages; joiners are left out where their script or an emoji needs them"
        ),
        source="Unicode Standard Annex 44 (general categories)",
        flag=checks.invisible,
        one="has invisible characters",
        many="have invisible characters",
        in_human_text=False,
        leads=True,
        knows_reference=True,
    ),
    AuditMetric(
        id="audit.scripts",
        family=Family.FORM,
        label="letters of other scripts",
        version=1,
        summary="The share of passages in another script than the reference's, or with words of letters that only look like its own.",
        formula=(
            "passages of which 1 % of the letters and at least 3 are of scripts that make up less than a thousandth of the reference's letters, or "
            "that have a word of letters of several alphabets / passages"
        ),
        source="Unicode Technical Standard 39 (mixed-script detection)",
        flag=checks.scripts,
        one="has letters of another script",
        many="have letters of another script",
        in_human_text=True,
        leads=True,
        knows_reference=True,
    ),
    AuditMetric(
        id="audit.markup",
        family=Family.FORM,
        label="markup",
        version=1,
        summary="The share of passages with tags, entities, Markdown or tokens of a template, of kinds that the reference does not have.",
        formula="passages with any of nine kinds of markup (docs/reference/audit.md) that is in no document to learn from / passages",
        source="docs/reference/audit.md",
        flag=checks.markup,
        one="has markup",
        many="have markup",
        in_human_text=True,
        leads=True,
        knows_reference=True,
    ),
    AuditMetric(
        id="audit.unknown_words",
        family=Family.VOCABULARY,
        label="passages of unknown words",
        version=1,
        summary="The share of passages that are mostly words the reference does not have, such as noise or another language, among ordinary ones.",
        formula=(
            "passages of at least 30 words of which more than 60 % are none of the words to learn from / passages; none where that holds for more "
            "than a quarter of the words of the median passage"
        ),
        source="docs/reference/audit.md",
        flag=checks.unknown_words,
        one="is mostly words that the reference does not have",
        many="are mostly words that the reference does not have",
        in_human_text=False,
        leads=True,
        knows_reference=True,
    ),
    AuditMetric(
        id="audit.short",
        family=Family.FORM,
        label="far shorter passages",
        version=1,
        summary="The share of passages that are far shorter than the rest: a model that stopped early.",
        formula="passages with text, no error messages, of less than a fifth of the median length / passages; needs 5 such passages",
        source="docs/reference/audit.md",
        flag=checks.short,
        one="is far shorter than the rest",
        many="are far shorter than the rest",
        in_human_text=True,
        leads=True,
    ),
    AuditMetric(
        id="audit.cut_off",
        family=Family.FORM,
        label="passages cut off inside a word",
        version=1,
        summary=(
            "The share of passages that end inside a word, as a limit of tokens or characters leaves them. About three cuts of four are seen: "
            "the others leave a word that is one."
        ),
        formula=(
            "passages whose last letters are more than 10 times likelier as the beginning of a longer word than as a word / passages; none where "
            "more than 3 % of all words are such pieces"
        ),
        source="likelihood ratio over the reference's words, docs/reference/audit.md",
        flag=checks.cut_off,
        one="is cut off inside a word",
        many="are cut off inside a word",
        in_human_text=True,
        leads=False,
        knows_reference=True,
        of_the_end=True,
    ),
    AuditMetric(
        id="audit.hyphens",
        family=Family.FORM,
        label="words broken at line ends",
        version=1,
        summary="The share of passages with words that a hyphen breaks at the end of a line, whose halves are counted as words.",
        formula="passages with a letter, a hyphen, a line end and a small letter in a row, two letters on either side / passages",
        source="docs/reference/audit.md",
        flag=checks.hyphens,
        one="has words broken at the end of a line",
        many="have words broken at the end of a line",
        in_human_text=True,
        leads=False,
    ),
)
"""All checks, the gravest first."""
