"""Lists an example of every command of both programs, `EXAMPLES`, which its --help shows."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, str] = {
    "evalkit init": "evalkit init --dry-run",
    "evalkit run": "evalkit run night.toml --dry-run",
    "evalkit compare": "evalkit compare old=runs/old.jsonl ngram:order=8 human --reference books/ -o report.html",
    "evalkit score": "evalkit score runs/new.jsonl --reference books/ --explain",
    "evalkit audit": "evalkit audit 'out/*.txt' --reference books/",
    "evalkit report": "evalkit report reports/compare-20260102-030405-abcdef -o report.html",
    "evalkit history": "evalkit history reports",
    "evalkit metrics": "evalkit metrics letters.jsd",
    "evalkit gate": "evalkit gate model:runs/new --baseline main -o gate.junit.xml",
    "evalkit calibrate": "evalkit calibrate --baseline main -o policy.toml -o calibration.html",
    "evalkit plan": "evalkit plan --baseline main --effect vocab.hit=0.04",
    "evalkit sweep": "evalkit sweep ngram:order=8 --temperature 0.7:1.1:0.1",
    "evalkit validate": "evalkit validate evalkit.toml",
    "evalkit baseline save": "evalkit baseline save main model:runs/good --reference books/",
    "evalkit baseline list": "evalkit baseline list --format json",
    "evalkit baseline show": "evalkit baseline show main",
    "evalkit baseline accept": "evalkit baseline accept main --anchor",
    "evalkit baseline remove": "evalkit baseline remove main",
    "evalkit corpus list": "evalkit corpus list",
    "evalkit corpus info": "evalkit corpus info books/ --format json",
    "evalkit corpus fetch": "evalkit corpus fetch lovecraft",
    "generators list": "python -m generators list",
    "generators train": "python -m generators train lstm --reference book.txt -o models/first",
    "generators sample": "python -m generators sample ngram:order=8 --passages 5 --chars 400",
    "generators score": "python -m generators score ngram:order=8 --reference book.txt",
}
"""Program and command -> a command line."""
