"""A pytest plugin: the gate as an assertion.

```python
def test_samples_are_no_worse(evalkit_gate):
    evalkit_gate("out/samples.jsonl", baseline="main")
```
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # numpy would slow down every run of pytest
    from evalkit.gating.baseline import Store
    from evalkit.results import Results

__all__ = ["assert_no_regression", "evalkit_gate"]


def assert_no_regression(
    candidate: str | Path | Sequence[str],
    *,
    baseline: str,
    policy: Path | str | None = None,
    reference: str | None = None,
    group: str | None = None,
    language: str | None = None,
    metrics: Sequence[str] = (),
    seed: int | None = None,
    temperature: float | None = None,
    store: Store | None = None,
) -> Results:
    """Runs the gate and fails when the candidate has become worse.

    Args:
        candidate: a specification or path, as on the command line, or the texts of the passages.
        baseline: a saved baseline's name, or its file.
        policy: a policy file.
        reference: the corpus; the baseline's unless given.
        group: what groups its documents, as on the command line; what grouped the baseline's unless given.
        language: code or path of the language profile; the baseline's unless given.
        metrics: ids or patterns; none: all that the baseline has.
        seed: of sampling.
        temperature: of sampling.
        store: where named baselines lie; `.evalkit/baselines` of the working folder unless given.

    Returns:
        The results of a gate that passed.

    Raises:
        AssertionError: for a confirmed regression, and for nothing else.
        NoVerdict: when nothing can be said, so that the test errs rather than passes.
    """
    __tracebackhide__ = True
    from evalkit._util.formatting import bare
    from evalkit.errors import NoVerdict
    from evalkit.report.view.decisions import verdict_sentence

    results = _judge(
        candidate,
        baseline=baseline,
        policy=None if policy is None else Path(policy),
        reference=reference,
        group=group,
        language=language,
        metrics=metrics,
        seed=seed,
        decoding={"temperature": temperature},
        store=store,
    )
    text = f"{results.verdict}: {bare(verdict_sentence(results))}"
    if results.verdict == "REGRESSION":
        raise AssertionError(f"{text}\n{_regressed(results)}")
    if results.verdict != "PASS":
        raise NoVerdict(text, remedy="A gate without a verdict is no pass; see the reasons above.")
    return results


def _judge(candidate: str | Path | Sequence[str], **options: Any) -> Results:
    from evalkit.config import find_config
    from evalkit.evaluation.candidates import parse_candidate, texts_candidate
    from evalkit.gating.request import gate_request
    from evalkit.gating.run import gate

    parsed = parse_candidate(str(candidate)) if isinstance(candidate, str | Path) else texts_candidate("samples", candidate)
    return gate(gate_request(parsed, config=find_config(), **options)).outcome.results


def _regressed(results: Results) -> str:
    from evalkit.report.view.decisions import decision_rows

    return "\n".join(
        f"  {row.measure} ({row.tier}, against the {row.against}): {row.change}, margin {row.allowed}, set by {row.margin_source}"
        for row in decision_rows(results)
        if row.decision == "regression" and row.tier != "advisory"
    )


@pytest.fixture
def evalkit_gate(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Callable[..., Results]:
    """`assert_no_regression` with the baselines of the project's root, its verdict kept as a property of the test."""

    def run(candidate: str | Path | Sequence[str], **options: Any) -> Results:
        __tracebackhide__ = True
        from evalkit.gating.baseline import FOLDER, Store

        options.setdefault("store", Store(request.config.rootpath / FOLDER))
        results = assert_no_regression(candidate, **options)
        record_property("evalkit_verdict", results.verdict)
        return results

    return run
