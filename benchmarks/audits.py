"""Measures the audit: how often human text is flagged, cut ends are seen, and the gate is wrong or right: the tables of docs/reference/audit.md."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from benchmarks.pools import CORPORA
from evalkit.auditing import Background, Given
from evalkit.auditing.background import last_word
from evalkit.auditing.checks import CUT_ODDS
from evalkit.gating.audits import Before, audit_decisions
from evalkit.gating.decision import Decision
from evalkit.gating.policy import default_policy
from evalkit.inference.proportions import Rate
from evalkit.metrics import AuditMetric, catalogue
from evalkit.text.corpus import Split, read_corpus, split_corpus
from evalkit.text.passages import Passage, fit_length, slices
from evalkit.text.tokenize import words
from generators import create
from generators.base import Decoding

CHECKS = tuple(catalogue(AuditMetric).values())
MARGIN = 40
OF_OTHERS = ("audit.identical", "audit.near_identical", "audit.short", "audit.cut_off")
"""Checks that look at other passages too, so that resampled passages are looked at anew."""
ORDER = (Decision.REGRESSION, Decision.INCONCLUSIVE, Decision.PASS)


def corpora() -> Iterator[tuple[str, Split]]:
    """The embedded tales, and Lovecraft at the standard split where he is beside the project."""
    yield "tales", split_corpus(read_corpus())
    if (CORPORA / "lovecraft").is_dir():
        yield "Lovecraft", split_corpus(read_corpus(str(CORPORA / "lovecraft")), held_out="every:10:4")


def passages_of(texts: Sequence[str]) -> list[Passage]:
    """Texts as passages that stand alone."""
    return [Passage(text, str(i)) for i, text in enumerate(texts)]


def human_rates() -> None:
    """How many held-out human passages each check flags."""
    print("| corpus | characters | passages | flagged |\n|---|---:|---:|---|", flush=True)
    for name, split in corpora():
        background = Background.of(document.text for document in split.train)
        for n_chars in (300, 1000, 2000):
            given = Given(passages_of([piece for document in split.held_out for piece in slices(document.text, n_chars)]))
            found = {check.id: len(check.flag(given, background)) for check in CHECKS}
            flagged = ", ".join(f"`{id_}` {n} ({100 * n / len(given):.1f} %)" for id_, n in found.items() if n) or "none"
            print(f"| {name} | {n_chars:,} | {len(given):,} | {flagged} |", flush=True)


def cut_ends(n: int) -> None:
    """How often a text that stops at any place inside a word is seen, and a whole word is taken for a piece of one."""
    print("| corpus | words to learn from | cuts seen | whole words taken for cut |\n|---|---:|---:|---:|", flush=True)
    for name, split in corpora():
        background = Background.of(document.text for document in split.train)
        text = " ".join(document.text for document in split.held_out)
        rng = np.random.default_rng(0)
        places = [place for place in rng.integers(300, len(text) - 1, 4 * n).tolist() if text[place - 1 : place + 1].isalpha()][:n]
        ends = [last_word(text[place - 300 : place]) for place in places]
        seen = np.mean([end is not None and background.cut_odds(end) > CUT_ODDS for end in ends])
        whole = np.mean([background.cut_odds(word) > CUT_ODDS for word in words(text)])
        print(f"| {name} | {sum(background.words.values()):,} | {100 * seen:.0f} % | {100 * whole:.1f} % |", flush=True)


class Pool:
    """Passages of one source, looked at once.

    Args:
        texts: of the passages.
        background: of the reference.
    """

    def __init__(self, texts: Sequence[str], background: Background) -> None:
        self.texts, self.background = texts, background
        given = Given(passages_of(texts))
        self.flags = {
            check.id: np.isin(np.arange(len(texts)), list(check.flag(given, background)))
            for check in CHECKS
            if check.id not in OF_OTHERS
        }

    def rates(self, rows: Sequence[int]) -> dict[str, Rate]:
        """How many of some passages each check flags."""
        given = Given(passages_of([self.texts[row] for row in rows]))
        return {
            check.id: Rate(
                len(check.flag(given, self.background)) if check.id in OF_OTHERS else int(self.flags[check.id][rows].sum()),
                len(rows),
            )
            for check in CHECKS
        }


def verdict(candidate: dict[str, Rate], baseline: dict[str, Rate]) -> tuple[Decision, list[str]]:
    """The gravest decision of the audits alone, and the checks that have it."""
    before = {id_: Before("baseline", rate) for id_, rate in baseline.items()}
    decided = audit_decisions(candidate, before, default_policy(), alone=True)[0]
    worst = min((item.decision for item in decided), key=ORDER.index)
    return worst, [item.measure for item in decided if item.decision is worst and worst is not Decision.PASS]


def gates(name: str, pool: Pool, n: int, runs: int, spoil: Callable[[dict[str, Rate]], dict[str, Rate]] = dict) -> None:
    """Gates of the audits alone between samples of one pool, those of the candidate spoilt."""
    counts: Counter[Decision] = Counter()
    by: Counter[str] = Counter()
    rng = np.random.default_rng(1)
    for _ in range(runs):
        rows = rng.permutation(len(pool.texts))[: 2 * n]
        worst, checks = verdict(spoil(pool.rates(rows[:n].tolist())), pool.rates(rows[n:].tolist()))
        counts[worst] += 1
        by.update(checks)
    shares = " | ".join(
        f"{100 * counts[decision] / runs:.1f} %" for decision in (Decision.REGRESSION, Decision.PASS, Decision.INCONCLUSIVE)
    )
    print(
        f"| {name}, {n} passages | {runs} | {shares} | {', '.join(f'`{id_}` {k}' for id_, k in by.most_common(2)) or '-'} |",
        flush=True,
    )


def false_alarms(*, runs: int, size: int, chars: int) -> None:
    """Two draws of one source against each other."""
    split = next(iter(corpora()))[1]
    train = [document.text for document in split.train]
    background = Background.of(train)
    print("| source | runs | REGRESSION | PASS | INCONCLUSIVE | decided by |\n|---|---:|---:|---:|---:|---|", flush=True)
    for spec, temperature in (
        ("ngram:order=8", 1.0),
        ("ngram:order=8", 0.4),
        ("ngram:order=4", 0.2),
        ("ngram:unit=word,order=3", 1.0),
    ):
        generator = create(spec).fit(train)
        texts = generator.sample(size, chars + MARGIN, seed=1, decoding=Decoding(temperature=temperature))
        name = f"`{spec}` at {temperature:g}"
        for what, pool in (
            (name, Pool([fit_length(text, chars) for text in texts], background)),
            (
                f"{name}, cut hard, of differing length",
                Pool([text[: chars - 17 * (i % 9)] for i, text in enumerate(texts)], background),
            ),
        ):
            for n in (40, 100):
                gates(what, pool, n, runs)


def power(*, runs: int, size: int, chars: int) -> None:
    """A candidate of whose passages a share has one fault more."""
    split = next(iter(corpora()))[1]
    train = [document.text for document in split.train]
    texts = create("ngram:order=8").fit(train).sample(size, chars + MARGIN, seed=1)
    pool = Pool([fit_length(text, chars) for text in texts], Background.of(train))
    print("| planted | runs | REGRESSION | PASS | INCONCLUSIVE | decided by |\n|---|---:|---:|---:|---:|---|", flush=True)
    for share in (0.02, 0.05, 0.1, 0.15):
        for n in (40, 100, 200):
            gates(
                f"{100 * share:g} % empty",
                pool,
                n,
                runs,
                lambda rates, share=share, n=n: {**rates, "audit.empty": Rate(round(share * n), n)},  # type: ignore[misc]
            )


def main(arguments: Sequence[str] = ()) -> None:
    """Prints the tables as Markdown, all of them by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks audits", description=__doc__)
    parser.add_argument("--runs", type=int, default=300, help="gates of each setting")
    parser.add_argument("--pool", type=int, default=1000, help="passages of each source to draw them from")
    parser.add_argument("--chars", type=int, default=1000, help="characters of a passage")
    parser.add_argument("--cuts", type=int, default=4000, help="places at which text is cut")
    parser.add_argument("--only", choices=("human", "cuts", "alarms", "power"), default=None, help="one part")
    args = parser.parse_args(arguments)
    if args.only in (None, "human"):
        human_rates()
    if args.only in (None, "cuts"):
        cut_ends(args.cuts)
    if args.only in (None, "alarms"):
        false_alarms(runs=args.runs, size=args.pool, chars=args.chars)
    if args.only in (None, "power"):
        power(runs=args.runs, size=args.pool, chars=args.chars)


if __name__ == "__main__":
    main()
