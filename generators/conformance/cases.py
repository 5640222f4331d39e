"""Defines what every generator must do, one function a check; the first line of its docstring is its summary."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from functools import partial

import numpy as np

from evalkit.errors import EvalkitError, InputError, NotScorableError, UsageError
from evalkit.matching.encoding import N_CODE_POINTS
from generators import NAMES
from generators.base import PLAIN, Decoding, UniformStreams, option_defaults
from generators.codecs.characters import CharCodec
from generators.conformance.subject import (
    NEVER_SEEN,
    TOLERANCE,
    CheckFailure,
    NotApplicable,
    Subject,
    normalised,
    require,
    require_close,
    require_follows,
    require_raises,
    require_same,
    state_after,
    text_of_symbol,
)
from generators.sequence import DOCUMENT_BREAK, SequenceModel
from generators.spec import GeneratorSpec, parse_generator
from generators.storage.models import load, save

_N_STREAMS = 1000
_DECODINGS = (
    (40, PLAIN),
    (10, Decoding(temperature=0.6)),
    (10, Decoding(temperature=2.5)),
    (10, Decoding(top_k=3)),
    (10, Decoding(top_p=0.7)),
    (10, Decoding(temperature=0.8, top_k=5, top_p=0.9)),
)
"""How many symbols each stream draws, and with which decoding."""


# The interface ----------------------------------------------------------------------------------------------------------------


def check_constructor_only_stores(subject: Subject) -> None:
    """Constructors store options as they are, and nothing is learned before `fit`."""
    defaults = {name: parameter.default for name, parameter in option_defaults(subject.cls).items()}
    for options in (defaults, subject.options):
        require_same(subject.cls(**options).options(), options, "options() of a new instance")
    for name, value in subject.options.items():
        require(value is None or isinstance(value, int | float | str | bool), f"option {name} is {value!r}, no plain value")


def check_options_round_trip(subject: Subject) -> None:
    """Options that are written as a specification are read back the same."""
    written = GeneratorSpec(subject.cls.name, {key: str(value) for key, value in subject.options.items()})
    read = parse_generator(str(written))
    require_same(read.typed(option_defaults(subject.cls)), subject.options, f"options of {written}")


def check_fit_returns_self(subject: Subject) -> None:
    """`fit` returns the generator itself."""
    fresh = subject.fresh()
    require(fresh.fit(subject.documents, held_out=subject.held_out, seed=1) is fresh, "fit returned another object")


def check_describe_is_json(subject: Subject) -> None:
    """`describe` gives JSON values and names the generator and its options."""
    try:
        described = json.loads(json.dumps(subject.fitted.describe(), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise CheckFailure(f"describe() is not JSON: {error}") from error
    require_same(described.get("generator"), subject.cls.name, 'describe()["generator"]')
    require_same(described.get("options"), subject.options, 'describe()["options"]')


def check_no_text_is_refused(subject: Subject) -> None:
    """No documents, or only empty ones, raise InputError."""
    subject.require_learning()
    refused: tuple[list[str], ...] = ([], [""])
    for documents in refused:
        require_raises(InputError, partial(subject.fresh().fit, documents), f"fit({documents})")


def check_tiny_input(subject: Subject) -> None:
    """One document of one character gives a working generator, or an error that is meant for the user."""
    subject.require_learning()
    try:
        tiny = subject.fresh().fit(["a"], held_out=["a"])
    except EvalkitError:
        return
    passages = tiny.sample(2, 5)
    require(all(set(text) <= set("a" + DOCUMENT_BREAK) for text in passages), f"a model of 'a' wrote {passages}")


def check_odd_characters(subject: Subject) -> None:
    """Accents, characters above U+FFFF and line ends survive."""
    subject.require_learning()
    documents = ["a\u00e9\u0301 \U0001f514\u4e00\r\n\t\U00010348 b. " * 20] * 2
    odd = subject.fresh().fit(documents, held_out=documents)
    written = set("".join(odd.sample(4, 200)))
    require(
        written <= set(documents[0] + DOCUMENT_BREAK), f"wrote {sorted(written - set(documents[0]))}, which training never showed"
    )
    if isinstance(odd, SequenceModel):
        require_same(odd.codec.decode(odd.codec.encode(documents[0])), documents[0], "text encoded and decoded")


def check_fit_is_deterministic(subject: Subject) -> None:
    """The same documents and seed give the same generator."""
    again = subject.fit()
    require_same(again.sample(2, 60), subject.fitted.sample(2, 60), "passages after fitting twice")
    if subject.cls.can_score:
        require_close(
            again.log2_prob(subject.held_out[0]),
            subject.fitted.log2_prob(subject.held_out[0]),
            0.0,
            "log2_prob after fitting twice",
        )


def check_document_order(subject: Subject) -> None:
    """The order of training documents does not matter, where the generator says so."""
    if subject.cls.heeds_document_order:
        raise NotApplicable(f"{subject.cls.name} may learn from the order of documents")
    reordered = subject.fresh().fit(subject.documents[::-1], held_out=subject.held_out, seed=1)
    require_same(reordered.sample(2, 60), subject.fitted.sample(2, 60), "passages after fitting in another order")


# Sampling ---------------------------------------------------------------------------------------------------------------------


def check_seeds(subject: Subject) -> None:
    """A seed gives the same passages again, 0 and 1 give different ones, and a negative one is refused."""
    zero = subject.fitted.sample(4, 60, seed=0)
    require_same(subject.fitted.sample(4, 60, seed=0), zero, "passages of seed 0, asked for twice")
    require(subject.fitted.sample(4, 60, seed=1) != zero, "seeds 0 and 1 give the same passages")
    require_raises(UsageError, lambda: subject.fitted.sample(1, 10, seed=-1), "seed -1")


def check_passages_do_not_depend_on_the_request(subject: Subject) -> None:
    """Passage i is the same text whatever the number of passages, the first and the size of batches."""
    five = subject.fitted.sample(5, 60, seed=3)
    require_same(subject.fitted.sample(2, 60, seed=3), five[:2], "two passages, against the first two of five")
    require_same(subject.fitted.sample(2, 60, seed=3, first=3), five[3:], "passages from 3 on, against the last two of five")
    require_same(subject.fitted.sample(0, 60, seed=3), [], "no passages")
    if isinstance(subject.fitted, SequenceModel) and not subject.fitted.fixed_batch:
        small = subject.fit()
        small.batch_size = 2  # type: ignore[attr-defined]
        require_same(small.sample(5, 60, seed=3), five, "five passages in batches of two")


def check_lengths(subject: Subject) -> None:
    """Passages of models have exactly the length that is asked for; those cut from finished text have at most that."""
    exact = isinstance(subject.fitted, SequenceModel)
    for n_chars in (1, 17, 90):
        lengths = {len(text) for text in subject.fitted.sample(3, n_chars)}
        require(
            lengths == {n_chars} if exact else max(lengths) <= n_chars, f"passages of {n_chars} characters have {sorted(lengths)}"
        )


def check_alphabet(subject: Subject) -> None:
    """Passages hold only characters of the documents and the break between two."""
    subject.require_learning()
    alphabet = set("".join(subject.documents + subject.held_out)) | set(DOCUMENT_BREAK)
    written = set("".join(subject.fitted.sample(4, 200)))
    require(written <= alphabet, f"wrote {sorted(written - alphabet)}, which no document holds")


def check_sampled_distribution(subject: Subject) -> None:
    """Symbols drawn after fixed contexts follow the model's probabilities, plain and with temperature, top-k and top-p."""
    model = subject.model
    for prompt in subject.prompts():
        state = state_after(model, prompt, _N_STREAMS)
        probs = model.sampling_probs(state_after(model, prompt, 1))
        for n_draws, decoding in _DECODINGS:
            uniforms = UniformStreams(7, range(_N_STREAMS)).draw(n_draws)
            drawn = np.concatenate([model.draw_symbols(state, column, decoding) for column in uniforms.T])
            expected = normalised(decoding.apply(probs))[0]
            require_follows(
                np.bincount(drawn, minlength=model.end + 1), expected, f"symbols after {prompt[-20:]!r} with {decoding}"
            )


def check_steps_read_what_they_draw(subject: Subject) -> None:
    """`step` draws what `draw_symbols` draws, and leaves the state that `advance` gives."""
    model = subject.model
    for _, decoding in _DECODINGS:
        uniforms = UniformStreams(8, range(20)).draw(6).T
        state = model.initial_state(20)
        for column in uniforms:
            expected = model.draw_symbols(state, column, decoding)
            after = model.next_probs(model.advance(state, expected))
            drawn, state = model.step(state, column, decoding)
            require_same(drawn.tolist(), expected.tolist(), f"symbols of step with {decoding}")
            require_close(model.next_probs(state), after, TOLERANCE, f"probabilities after a step with {decoding}")


def check_first_characters(subject: Subject) -> None:
    """The first characters of passages follow the model's distribution at the beginning of a document."""
    model = subject.model
    probs = normalised(model.sampling_probs(model.initial_state(1)))[0]
    texts = [text_of_symbol(model, symbol) if p > 0 else "?" for symbol, p in enumerate(probs)]
    characters = sorted({text[0] for text in texts})
    place = np.array([characters.index(text[0]) for text in texts])
    passages = model.sample(_N_STREAMS * 4, 1, seed=11)
    counts = np.bincount([characters.index(text) for text in passages], minlength=len(characters))
    require_follows(counts, np.bincount(place, probs, len(characters)), "first characters of passages")


def check_end(subject: Subject) -> None:
    """After an end, the next document begins like the first; `stop=end` gives the passage up to there."""
    model = subject.model
    state = state_after(model, subject.documents[0][:7], 1)
    after_end = model.next_probs(model.advance(state, np.array([model.end])))
    require_close(after_end, model.next_probs(model.initial_state(1)), TOLERANCE, "probabilities after the end of a document")
    full, ended = (model.sample(6, 400, seed=2, decoding=Decoding(stop=stop)) for stop in ("length", "end"))
    for whole, part in zip(full, ended, strict=True):
        require(whole.startswith(part), "stop=end is not the beginning of stop=length")
        breaks = len(part) == len(whole) or whole[len(part) :].startswith(DOCUMENT_BREAK[: len(whole) - len(part)])
        require(breaks, "stop=length does not break the document where stop=end stops")


def check_decoding(subject: Subject) -> None:
    """Temperature, top-k and top-p favour the most probable symbols and do not change lengths."""
    model = subject.model
    greedy = model.sample(3, 50, decoding=Decoding(top_k=1))
    require_same(len(set(greedy)), 1, "number of different passages with top_k=1")
    require_same(model.sample(3, 50, decoding=Decoding(top_p=1e-12)), greedy, "passages with top_p=1e-12, against top_k=1")
    for decoding in (Decoding(temperature=0.01), Decoding(temperature=50.0), Decoding(temperature=0.7, top_k=4, top_p=0.9)):
        require_same([len(text) for text in model.sample(3, 50, decoding=decoding)], [50, 50, 50], f"lengths with {decoding}")
    uniforms = UniformStreams(5, range(200)).draw(1)[:, 0]
    for prompt in subject.prompts():
        probs = model.sampling_probs(state_after(model, prompt, 1))[0]
        third = np.sort(probs)[::-1][: min(3, len(probs))][-1]
        drawn = model.draw_symbols(state_after(model, prompt, 200), uniforms, Decoding(top_k=3))
        require(
            (probs[drawn] >= third - TOLERANCE).all(),
            f"top_k=3 drew a symbol after {prompt[-20:]!r} that is not among the 3 most probable",
        )


def check_prompt(subject: Subject) -> None:
    """A passage continues its prompt without repeating it; a prompt with unknown characters is refused."""
    model = subject.model
    for prompt in subject.prompts():
        most_probable = int(model.sampling_probs(state_after(model, prompt, 1))[0].argmax())
        passage = model.sample(1, 4, decoding=Decoding(top_k=1, prompt=prompt))[0]
        expected = text_of_symbol(model, most_probable)[:4]
        require(
            passage.startswith(expected), f"after {prompt[-20:]!r} {expected!r} is most probable, and top_k=1 wrote {passage!r}"
        )
    refused = Decoding(prompt="a" + NEVER_SEEN)
    require_raises(InputError, lambda: model.sample(1, 4, decoding=refused), "a prompt with a character that training never showed")


# Probabilities ----------------------------------------------------------------------------------------------------------------


def check_scoring_is_declared(subject: Subject) -> None:
    """A generator without probabilities raises NotScorableError; one with them gives one number a character and one for the end."""
    text = subject.held_out[0]
    if not subject.cls.can_score:
        require_raises(NotScorableError, lambda: subject.fitted.log2_prob(text), "log2_prob of a generator with can_score = False")
        return
    for scored in (text, "", subject.documents[0]):
        scores = subject.fitted.log2_prob(scored)
        require_same(scores.shape, (len(scored) + 1,), "shape of log2_prob")
        require(not np.isnan(scores).any() and (scores <= TOLERANCE).all(), "log2_prob is not a number, or above 0")


def check_bits_per_char(subject: Subject) -> None:
    """`bits_per_char` is the mean of log2_prob over all characters and ends."""
    texts = [text for text in subject.documents if text]
    scores = np.concatenate([subject.scorer.log2_prob(text) for text in texts])
    require_close(np.array([subject.scorer.bits_per_char(texts)]), np.array([-scores.mean()]), TOLERANCE, "bits_per_char")


def check_probabilities_sum_to_one(subject: Subject) -> None:
    """After any context the probabilities of all symbols and of the end are non-negative and sum to 1."""
    model = subject.model
    for prompt in subject.prompts():
        state = state_after(model, prompt, 2)
        for what, probs in (("next_probs", model.next_probs(state)), ("sampling_probs", model.sampling_probs(state))):
            require_same(probs.shape, (2, model.codec.n_symbols + 1), f"shape of {what}")
            require(bool((probs >= 0).all()), f"{what} is negative or not a number after {prompt[-20:]!r}")
            require_close(probs.sum(axis=1), np.ones(2), TOLERANCE, f"sum of {what} after {prompt[-20:]!r}")


def check_scores_agree_with_steps(subject: Subject) -> None:
    """`log2_prob` of a document is what `next_probs` gives step by step."""
    model = subject.model
    for text in (*(text[:80] for text in (*subject.documents, *subject.held_out)), ""):
        symbols = np.append(model.codec.encode(text), model.end)
        steps = model.codec.per_character(text, SequenceModel.symbol_log2_prob(model, symbols))
        require_close(model.log2_prob(text), steps, 10 * TOLERANCE, f"log2_prob of {text[:20]!r}, against next_probs")


def check_unknown_character(subject: Subject) -> None:
    """A character that never occurred in training costs bits, or is impossible where `scores_any_character` says so; all sum to 1."""
    subject.require_learning()
    before = subject.documents[0][:20] + " "
    text = before + NEVER_SEEN + " ."
    scores = subject.scorer.log2_prob(text)
    require(bool(np.isfinite(scores[:10]).all()), "an unknown character changes what comes before it")
    if not subject.scorer.scores_any_character:
        require(bool(np.isneginf(scores[21:22]).all()), f"log2_prob of an impossible character is {scores[21]}, not -inf")
        require_same(subject.scorer.bits_per_char([text]), np.inf, "bits_per_char of a text with an impossible character")
        return
    require(bool(np.isfinite(scores).all()), f"log2_prob of a text with an unknown character is {scores[21:]}, not finite")
    for odd in ("\ud800", "\0", NEVER_SEEN * 50):
        require(bool(np.isfinite(subject.scorer.log2_prob(odd)).all()), f"log2_prob of {odd!r} is not finite")
    if isinstance(subject.fitted, SequenceModel) and isinstance(subject.fitted.codec, CharCodec):
        _require_one_of_all_characters(subject.fitted, before)


def _require_one_of_all_characters(model: SequenceModel, before: str) -> None:
    """Fails where the probabilities of all characters of Unicode and of the end, after a text, do not sum to 1."""
    known = sorted(model.known_characters() or ())
    scores = model.log2_probs([before + character for character in (*known, NEVER_SEEN)])
    probs = 2.0 ** np.array([log2_probs[len(before)] for log2_probs in scores])
    whole = probs[:-1].sum() + (N_CODE_POINTS - len(known)) * probs[-1] + 2.0 ** model.log2_prob(before)[-1]
    require_close(np.array([whole]), np.ones(1), TOLERANCE, f"sum over all characters and the end after {before[-20:]!r}")


# Saving -----------------------------------------------------------------------------------------------------------------------


def check_save_and_load(subject: Subject) -> None:
    """A saved and loaded generator writes the same text and gives the same probabilities."""
    try:
        arrays = subject.fitted.arrays()
    except UsageError as error:
        raise NotApplicable(error.problem) from error
    if NAMES.get(subject.cls.name) == f"{subject.cls.__module__}:{subject.cls.__qualname__}":
        with tempfile.TemporaryDirectory() as folder:
            loaded = load(save(subject.fitted, f"{folder}/model"))
    else:
        loaded = subject.fresh()
        loaded.restore(arrays, json.loads(json.dumps(subject.fitted.describe())))
    require_same(loaded.options(), subject.options, "options after loading")
    require_same(loaded.describe(), json.loads(json.dumps(subject.fitted.describe())), "describe() after loading")
    require_same(loaded.sample(3, 60, seed=4), subject.fitted.sample(3, 60, seed=4), "passages after loading")
    if subject.cls.can_score:
        for text in subject.held_out:
            require_close(loaded.log2_prob(text), subject.fitted.log2_prob(text), 0.0, "log2_prob after loading")


CHECKS: tuple[Callable[[Subject], None], ...] = (
    check_constructor_only_stores,
    check_options_round_trip,
    check_fit_returns_self,
    check_describe_is_json,
    check_no_text_is_refused,
    check_tiny_input,
    check_odd_characters,
    check_fit_is_deterministic,
    check_document_order,
    check_seeds,
    check_passages_do_not_depend_on_the_request,
    check_lengths,
    check_alphabet,
    check_sampled_distribution,
    check_steps_read_what_they_draw,
    check_first_characters,
    check_end,
    check_decoding,
    check_prompt,
    check_scoring_is_declared,
    check_bits_per_char,
    check_probabilities_sum_to_one,
    check_scores_agree_with_steps,
    check_unknown_character,
    check_save_and_load,
)
