"""Looks for one fault each in passages as they were given: `empty`, `error`, `identical`, `loops` and others.

`evalkit.metrics.audit` declares each as a metric. A check takes the passages and the background of the reference, and gives the index of every
passage that has the fault, with the evidence. None of them raises for any text, and all take time about in proportion to the characters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median

from evalkit._util.escape import visible
from evalkit._util.formatting import count, percent
from evalkit.auditing.background import Background, last_word
from evalkit.auditing.characters import first_letters_of, invisible_characters, letters_by_script, misread, mixed_words
from evalkit.auditing.given import Evidence, Flags, Given, ending, example
from evalkit.auditing.loops import loop_of
from evalkit.auditing.markup import broken_words
from evalkit.auditing.markup import markup as kinds_in
from evalkit.counts.matrix import scanned
from evalkit.text.canonical import canonical
from evalkit.text.duplicates import Clusters
from evalkit.text.duplicates import identical as identical_texts
from evalkit.text.duplicates import near_identical as near_identical_texts

FAR_SHORTER = 0.2
"""Share of the median length below which a passage is far shorter than the rest."""
FEWEST_LENGTHS = 5
"""Passages that it takes to know how long passages are."""
CUT_ODDS = 10.0
"""How much likelier the last letters are as the beginning of a word than as a word, where a passage is called cut off."""
MOST_ODD_WORDS = 0.03
"""Share of all words that may look cut off; beyond it the text is full of pieces of words, and those at its end say nothing."""
FOREIGN_SHARE, FOREIGN_LETTERS = 0.01, 3
"""Share of a passage's letters, and the least number, that are of another script than the reference's."""

MOSTLY, FEWEST_WORDS = 0.6, 30
"""Share of a passage's words that the reference does not have, where they are most of it, and the least words that it takes to say so."""
ORDINARY_UNKNOWN = 0.25
"""Share of unknown words up to which the median passage is ordinary text, so that others are no part of it."""


def empty(given: Given, background: Background) -> Flags:
    """Passages without a visible character."""
    return {i: Evidence("", f"{count(len(given.texts[i]), 'character')}, none of them visible") for i in given.blank}


def error(given: Given, background: Background) -> Flags:
    """Passages that are an error message, a refusal or a word for nothing, and those that came with a reason why they have no text."""
    return {i: Evidence(example(failure.text, 0, 0), failure.reason) for i, failure in given.failed.items()}


def short(given: Given, background: Background) -> Flags:
    """Passages shorter than a fifth of the median."""
    if len(given.sound) < FEWEST_LENGTHS:
        return {}
    limit, typical = FAR_SHORTER * given.median_chars, f"the median is {given.median_chars:,}"
    lengths = {i: len(given.texts[i].strip()) for i in given.sound}
    return {
        i: Evidence(example(given.texts[i].strip(), 0, 0), f"{count(n, 'character')}; {typical}")
        for i, n in lengths.items()
        if n < limit
    }


def identical(given: Given, background: Background) -> Flags:
    """Passages that say the same as one before, white space aside."""
    return dict(_copies(given, given.sound, identical_texts([given.texts[i] for i in given.sound]), "the same text as"))


def near_identical(given: Given, background: Background) -> Flags:
    """Passages that are no copy of one before but have at least half of their text in common with it."""
    clusters = identical_texts([given.texts[i] for i in given.sound]).tolist()
    first_of: dict[int, int] = {}
    for i, cluster in zip(given.sound, clusters, strict=True):
        first_of.setdefault(cluster, i)
    distinct = list(first_of.values())
    return dict(_copies(given, distinct, near_identical_texts([given.texts[i] for i in distinct]), "nearly the same text as"))


def _copies(given: Given, rows: Sequence[int], clusters: Clusters, what: str) -> Iterator[tuple[int, Evidence]]:
    """Every passage but the first of each cluster."""
    leaders: dict[int, int] = {}
    for i, cluster in zip(rows, clusters.tolist(), strict=True):
        leader = leaders.setdefault(cluster, i)
        if leader != i:
            yield i, Evidence(example(given.texts[i].strip(), 0, 0), f"{what} passage {visible(given.passages[leader].id)}")


def cut_off(given: Given, background: Background) -> Flags:
    """Passages whose last letters are far likelier as the beginning of a word than as a word."""
    endings = {i: word for i in given.sound if (word := last_word(given.texts[i])) is not None}
    cut = {i: word for i, word in endings.items() if background.cut_odds(word) > CUT_ODDS}
    if not cut or _odd_words(given, background) > MOST_ODD_WORDS:
        return {}
    return {i: Evidence(ending(given.texts[i].rstrip()), f'ends in "{visible(word)}"') for i, word in cut.items()}


def _odd_words(given: Given, background: Background) -> float:
    """The share of words that look cut off although more text follows."""
    counts = scanned([canonical(given.texts[i]) for i in given.sound]).frequencies(last=False)
    odd = sum(n for word, n in counts.items() if background.cut_odds(word) > CUT_ODDS)
    return odd / max(sum(counts.values()), 1)


def loops(given: Given, background: Background) -> Flags:
    """Passages that repeat a piece to the end, over their last fifth or more."""
    flags = {}
    for i in given.sound:
        loop = loop_of(given.texts[i])
        if loop is not None:
            turns = f"every {count(loop.period, 'character')}" if loop.period else "with small changes"
            where = (
                f"repeats itself {turns} from character {loop.start + 1:,} to the end, {count(loop.end - loop.start, 'character')}"
            )
            piece = min(loop.period or 60, 60)
            flags[i] = Evidence(example(given.texts[i], loop.start, loop.start + piece), where)
    return flags


def mojibake(given: Given, background: Background) -> Flags:
    """Passages with text that was read in the wrong encoding, or with replacement characters."""
    flags = {}
    for i in given.sound:
        places = misread(given.texts[i])
        if places:
            flags[i] = Evidence(example(given.texts[i], *places[0]), f"{count(len(places), 'place')} read in the wrong encoding")
    return flags


def invisible(given: Given, background: Background) -> Flags:
    """Passages with invisible characters that the reference does not have."""
    flags = {}
    for i in given.sound:
        text = given.texts[i]
        places = [place for place in invisible_characters(text) if text[place] not in background.invisible]
        if places and (wrong := misread(text)):
            # What the wrong encoding made of a letter is named once, by the check of that.
            inside = {place for low, high in wrong for place in range(low, high)}
            places = [place for place in places if place not in inside]
        if places:
            kinds = Counter(text[place] for place in places)
            named = ", ".join(f"U+{ord(char):04X}" for char, _ in kinds.most_common(3))
            flags[i] = Evidence(example(text, places[0], places[0] + 1), f"{count(len(places), 'invisible character')}: {named}")
    return flags


def scripts(given: Given, background: Background) -> Flags:
    """Passages with letters of scripts that the reference hardly has, or words that mix letters which look alike."""
    flags = {}
    for i in given.sound:
        text = given.texts[i]
        if text.isascii() and not background.hardly_has("LATIN"):
            continue
        letters = letters_by_script(text)
        foreign = {script: n for script, n in letters.items() if background.hardly_has(script)}
        n, total = sum(foreign.values()), sum(letters.values())
        if n >= FOREIGN_LETTERS and n >= FOREIGN_SHARE * total:
            place = first_letters_of(text, set(foreign)) or (0, 0)
            names = ", ".join(sorted(foreign, key=lambda script: -foreign[script])[:3]).title()
            flags[i] = Evidence(example(text, *place), f"{percent(n / total)} % of its letters are {names}")
        elif not background.mixed and (mixed := mixed_words(text)):
            flags[i] = Evidence(example(text, *mixed[0]), f"{count(len(mixed), 'word')} of letters of several alphabets")
    return flags


def unknown_words(given: Given, background: Background) -> Flags:
    """Passages of noise or of another language among ordinary ones: most of their words are none of the reference's.

    Where the median passage is like that, it is the model's way to write, which measures of letters and words judge. A passage in another script
    is named by the check of that.
    """
    if not background.words:
        return {}
    unknown, shares, in_other_scripts = {}, [], scripts(given, background)
    for i in given.sound:
        counts = scanned([canonical(given.texts[i])]).frequencies()
        n_words = sum(counts.values())
        foreign = [word for word in counts if word not in background.words]
        share = sum(counts[word] for word in foreign) / max(n_words, 1)
        shares.append(share)
        if n_words >= FEWEST_WORDS and share > MOSTLY and i not in in_other_scripts:
            unknown[i] = share
    if not unknown or median(shares) > ORDINARY_UNKNOWN:
        return {}
    return {
        i: Evidence(example(given.texts[i].strip(), 0, 0), f"{percent(share)} % of its words are not in the reference")
        for i, share in unknown.items()
    }


def markup(given: Given, background: Background) -> Flags:
    """Passages with markup of kinds that the reference does not have."""
    flags = {}
    for i in given.sound:
        found = [(kind, place) for kind, place in kinds_in(given.texts[i]) if kind not in background.markup]
        if found:
            flags[i] = Evidence(example(given.texts[i], *found[0][1]), ", ".join(kind for kind, _ in found))
    return flags


def hyphens(given: Given, background: Background) -> Flags:
    """Passages with words that a hyphen breaks at the end of a line."""
    flags = {}
    for i in given.sound:
        places = broken_words(given.texts[i])
        if places:
            flags[i] = Evidence(example(given.texts[i], *places[0]), f"{count(len(places), 'word')} broken at the end of a line")
    return flags
