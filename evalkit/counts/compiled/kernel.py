"""Numbers words and counts characters in one pass over code points, compiled by numba: `number_words` and `count_characters`.

Nothing here knows Unicode. What a character is comes as a table with an entry for each code point: a `LETTER` or more is the folded letter
itself, everything below says what the character does in a word.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit._util.threads import compiled

Codes = NDArray[np.unsignedinteger]
"""Code points of texts one after the other, in one byte each or in four."""
Points = NDArray[np.uint32]
Places = NDArray[np.int64]
Numbers = NDArray[np.int32]
Table = NDArray[np.uint64]

SEPARATOR, DIGIT, APOSTROPHE, MARK, LETTER = 0, 1, 2, 3, 4
"""What a table says of a character; a letter is its own folded code point, all of which are larger than these numbers."""

# An entry of the table of words: two keys, the number of the word, and whether the keys are a hash and not the word itself.
_FIRST, _SECOND, _NUMBER, _IS_HASH = range(4)
_PACKED = 16
"""Letters of a word that its two keys hold, a byte each; a longer word, or one with a letter beyond Latin-1, is kept as code points and found by
a hash of them."""
_u = np.uint64
_BYTE, _LAST_BYTE = _u(8), _u(56)
_HALF, _ONE = _u(32), _u(1)
# Odd numbers without pattern: the fractional part of the golden ratio, and those of the finalizer of splitmix64 (Steele, Lea and Flood 2014).
_MIX_A, _MIX_B, _MIX_C = _u(0x9E3779B97F4A7C15), _u(0xBF58476D1CE4E5B9), _u(0x94D049BB133111EB)


@compiled
def _slot_of(first: Any, second: Any, size: int) -> Any:
    """Where the search for a word begins in a table whose size is a power of two."""
    mixed = (first * _MIX_A) ^ (second * _MIX_B)
    return (mixed ^ (mixed >> _HALF)) & _u(size - 1)


@compiled
def move_words(table: Table, larger: Table) -> None:
    """Puts the words of a table into a larger one."""
    for place in range(len(table)):
        if table[place, _FIRST]:
            slot = _slot_of(table[place, _FIRST], table[place, _SECOND], len(larger))
            while larger[slot, _FIRST]:
                slot = (slot + _ONE) & _u(len(larger) - 1)
            larger[slot] = table[place]


@compiled
def _point(code: Any, what: Any) -> Any:
    """A character of a word as it is folded; digits, apostrophes and marks stay as they are."""
    return np.uint32(what) if what >= LETTER else np.uint32(code)


@compiled
def _hash_of(codes: Codes, table_of: Points, low: int, high: int) -> Any:
    """A hash of a word of any characters; never 0, which is an empty place."""
    mixed = _u(high - low)
    for i in range(low, high):
        mixed = (mixed ^ _u(_point(codes[i], table_of[codes[i]]))) * _MIX_C
        mixed ^= mixed >> _HALF
    return mixed | _ONE


@compiled
def _is_word(codes: Codes, table_of: Points, low: int, high: int, points: Points, start: int, end: int) -> bool:  # noqa: PLR0917
    """Whether the word at a place is one that is known, character by character."""
    if high - low != end - start:
        return False
    for i in range(high - low):  # noqa: SIM110 - numba does not compile generator expressions
        if points[start + i] != _point(codes[low + i], table_of[codes[low + i]]):
            return False
    return True


@compiled
def number_words(  # noqa: PLR0912, PLR0915, PLR0917 - one loop over the text: a call for each word would cost as much as the word
    codes: Codes,
    starts: Places,
    table_of: Points,
    table: Table,
    points: Points,
    ends: Places,
    n_words: int,
    numbers: Numbers,
    word_starts: Places,
    done: tuple[int, int, int],
) -> tuple[int, int, int, int]:
    """Numbers the words of texts in the order in which they first appear.

    Args:
        codes: of all texts, one after the other, folded or not.
        starts: where each text begins in them, and their length, [n + 1].
        table_of: what each code point is, and how it is folded.
        table: of the words that are known, [size x 4]; the size is a power of two and larger than twice the words.
        points: the characters of those words, one after the other, and room for more.
        ends: where each of those words ends in them; `ends[0]` is 0, word k ends at `ends[k + 1]`, and there is room for more.
        n_words: how many words are known.
        numbers: filled with the number of every word in order; there is room for a word for every two characters.
        word_starts: filled with where each text begins in them, and their length, [n + 1].
        done: how many texts are done, the place in the next one to go on from, and how many words were numbered. At the beginning (0, 0, 0).

    Returns:
        `done`, and how many words are known. Less than all texts are done where there was no room for a new word in table, points or ends.
    """
    first_text, begin, n = done
    for text in range(first_text, len(starts) - 1):
        i, stop = starts[text], starts[text + 1]
        if begin > i:
            i = begin
        else:
            word_starts[text] = n
        while i < stop:
            what = table_of[codes[i]]
            if what < LETTER and what != DIGIT:
                i += 1
                continue
            low = i
            first, second, largest = _u(0), _u(0), _u(0)
            if what == DIGIT:
                # Digits belong to the word whose letters follow them, with or without an apostrophe between.
                while i < stop and table_of[codes[i]] == DIGIT:
                    i += 1
                last = i
                if last < stop and table_of[codes[last]] == APOSTROPHE:
                    last += 1
                if last == stop or table_of[codes[last]] < LETTER:
                    continue
                for k in range(low, last):
                    second = (second << _BYTE) | (first >> _LAST_BYTE)
                    first = (first << _BYTE) | _u(codes[k])
                    largest |= _u(codes[k])
                i = last
                what = table_of[codes[i]]
            while True:
                # Two registers hold the last sixteen characters as bytes, the latest one lowest.
                second = (second << _BYTE) | (first >> _LAST_BYTE)
                first = (first << _BYTE) | _u(what)
                largest |= _u(what)
                i += 1
                if i == stop:
                    break
                what = table_of[codes[i]]
                if what >= LETTER:
                    continue
                if what == MARK or (what == APOSTROPHE and i + 1 < stop and table_of[codes[i + 1]] >= LETTER):
                    what = np.uint32(codes[i])
                    continue
                break
            is_hash = _u(i - low > _PACKED or largest > _u(255))
            if is_hash != 0:
                first, second = _hash_of(codes, table_of, low, i), _u(0)
            slot = _slot_of(first, second, len(table))
            while True:
                if table[slot, _FIRST] == first and table[slot, _SECOND] == second and table[slot, _IS_HASH] == is_hash:
                    number = np.int64(table[slot, _NUMBER])
                    # Two words may have one hash; only equal characters are an equal word.
                    if is_hash == 0 or _is_word(codes, table_of, low, i, points, ends[number], ends[number + 1]):
                        break
                elif table[slot, _FIRST] == 0:
                    number, start = np.int64(n_words), ends[n_words]
                    if 2 * n_words >= len(table) or number + 2 > len(ends) or start + i - low > len(points):
                        return text, low, n, n_words
                    table[slot, _FIRST], table[slot, _SECOND] = first, second
                    table[slot, _NUMBER], table[slot, _IS_HASH] = _u(number), is_hash
                    for k in range(low, i):
                        points[start + k - low] = _point(codes[k], table_of[codes[k]])
                    ends[number + 1] = start + i - low
                    n_words += 1
                    break
                slot = (slot + _ONE) & _u(len(table) - 1)
            numbers[n] = number
            n += 1
    word_starts[len(starts) - 1] = n
    return len(starts) - 1, 0, n, n_words


@compiled
def number_characters(codes: Codes, number_of: Numbers, items: Points, n_items: int) -> int:
    """Numbers characters in the order in which they first appear.

    Args:
        codes: of texts, one after the other.
        number_of: the number of each code point; -1 where it has none yet.
        items: filled with the code point of each new number; there is room for all code points.
        n_items: how many have a number.

    Returns:
        how many have a number now.
    """
    for i in range(len(codes)):
        if number_of[codes[i]] < 0:
            number_of[codes[i]] = n_items
            items[n_items] = codes[i]
            n_items += 1
    return n_items


@compiled
def count_distinct(  # noqa: PLR0917
    items: Codes | Numbers,
    starts: Places,
    number_of: Numbers,
    n_numbers: int,
    columns: Numbers,
    counts: Numbers,
    row_starts: Places,
) -> int:
    """Counts how often each item stands in each row.

    Args:
        items: of all rows, one row after the other.
        starts: where each row begins in them, and their length, [n + 1].
        number_of: the number of each item.
        n_numbers: all numbers are below it.
        columns, counts: filled with each row's numbers in order of their first appearance, and how often they stand in it.
        row_starts: filled with where each row begins in those, and their length, [n + 1].

    Returns:
        how many columns and counts there are.
    """
    place_of = np.full(n_numbers, -1, np.int64)
    n = 0
    for row in range(len(starts) - 1):
        begin = row_starts[row] = n
        for i in range(starts[row], starts[row + 1]):
            number = number_of[items[i]]
            place = place_of[number]
            # A place before this row's is that of an earlier one.
            if place < begin:
                place_of[number] = n
                columns[n], counts[n] = number, 1
                n += 1
            else:
                counts[place] += 1
    row_starts[len(starts) - 1] = n
    return n


_TABLES = 4


@compiled
def count_bytes(  # noqa: PLR0917
    codes: Codes,
    starts: Places,
    number_of: Numbers,
    points: Points,
    columns: Numbers,
    counts: Numbers,
    row_starts: Places,
) -> int:
    """Numbers characters of one byte each, as `number_characters` does, and counts them, as `count_distinct` does.

    Args:
        codes, starts, number_of, points: as for `number_characters`.
        columns, counts, row_starts: as for `count_distinct`, but in the order of the code points.

    Returns:
        how many characters have a number.
    """
    # A counter that was just raised cannot be raised again at once, and neighbours are often alike: in turn they go into several tables.
    tables = np.zeros((_TABLES, 256), np.int32)
    n = n_characters = 0
    for row in range(len(starts) - 1):
        row_starts[row] = n
        low, high = starts[row], starts[row + 1]
        tables[:] = 0
        i = low
        while i + _TABLES <= high:
            tables[0, codes[i]] += 1
            tables[1, codes[i + 1]] += 1
            tables[2, codes[i + 2]] += 1
            tables[3, codes[i + 3]] += 1
            i += _TABLES
        while i < high:
            tables[0, codes[i]] += 1
            i += 1
        for code in range(256):
            count = tables[0, code] + tables[1, code] + tables[2, code] + tables[3, code]
            if count:
                if number_of[code] < 0:
                    n_characters = number_characters(codes[low:high], number_of, points, n_characters)
                columns[n], counts[n] = number_of[code], count
                n += 1
    row_starts[len(starts) - 1] = n
    return n_characters
