"""Tests pretrained models with a tiny one that is made here: it knows nothing, but it samples and scores like any other."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from evalkit.errors import MissingExtraError, ModelError, UsageError
from evalkit.evaluation.candidates import parse_candidates
from generators.base import PLAIN, Decoding
from generators.checks import check_generator
from generators.conformance.subject import DOCUMENTS, HELD_OUT, require_follows
from generators.external.huggingface import HuggingFace, check_source
from tests.support.paths import ROOT

HERE = all(map(find_spec, ("transformers", "torch", "tokenizers")))
needs_libraries = pytest.mark.skipif(not HERE, reason="transformers and torch are not installed (the extra huggingface)")
# Not ours to mend: what the libraries warn of among themselves.
pytestmark = [pytest.mark.filterwarnings("ignore::DeprecationWarning"), pytest.mark.filterwarnings("ignore::FutureWarning")]
TEXT = " ".join((*DOCUMENTS, *HELD_OUT))
CONTEXT = 48


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model of two small layers with random weights, and a byte-level tokenizer learned from a few tales."""
    if not HERE:
        pytest.skip("transformers and torch are not installed (the extra huggingface)")
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    path = tmp_path_factory.mktemp("model")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["<|end|>", "<|pad|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEXT], trainer)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<|end|>", eos_token="<|end|>", pad_token="<|pad|>"
    ).save_pretrained(path)
    torch.manual_seed(0)
    # 24 rows more than there are tokens, as many published models have
    config = GPT2Config(
        vocab_size=344, n_positions=CONTEXT, n_embd=16, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0, initializer_range=0.3
    )
    GPT2LMHeadModel(config).save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def model(folder):
    return HuggingFace(model=str(folder), batch=3).fit([])


def log2_softmax(model, ids):
    """The plain way: the whole sequence at once, in one forward pass, [length x V]."""
    import torch

    with torch.inference_mode():
        logits = model._pretrained.model(input_ids=torch.tensor([ids])).logits[0].double()
    return torch.log_softmax(logits, dim=-1).numpy() / np.log(2)


def test_bits_are_those_of_the_plain_way(model):
    text = "The lamp\u2019s boat \U0001f6f6 rang."
    ids = model._pretrained.tokenizer(text)["input_ids"]
    assert len(ids) + 1 <= CONTEXT
    table = log2_softmax(model, [0, *ids])
    expected = [table[i, token] for i, token in enumerate([*ids, 0])]
    scores = model.log2_prob(text)
    assert len(scores) == len(text) + 1
    assert scores.sum() == pytest.approx(sum(expected), rel=1e-5)
    assert scores[-1] == pytest.approx(expected[-1], rel=1e-5)
    # "The" is the first token or tokens; each shares its bits out over its own characters, so partial sums agree at token ends
    first = model._pretrained.tokenizer.decode(ids[:2])
    assert scores[: len(first)].sum() == pytest.approx(sum(expected[:2]), rel=1e-5)
    assert model.log2_prob("")[0] == pytest.approx(table[0, 0], rel=1e-5)
    assert model.bits_per_char([text]) == pytest.approx(-sum(expected) / (len(text) + 1), rel=1e-5)


def test_characters_of_several_tokens_get_the_bits_of_all(model):
    ids, ends = model._pretrained.tokens("a\u2603\u2603b")
    assert len(ids) == len(ends) > 4
    assert ends[-1] == 4
    assert sorted(set(ends)) == [1, 2, 3, 4]
    assert np.isfinite(model.log2_prob("a\u2603\u2603b")).all()


def test_a_text_longer_than_the_context_is_scored_in_parts(model):
    text = TEXT[:700]
    ids = model._pretrained.tokenizer(text)["input_ids"]
    assert len(ids) > 3 * CONTEXT
    scores = model._pretrained.log2_probs(np.array(ids))
    # the first part whole, then half a context at a time
    table = log2_softmax(model, [0, *ids][:CONTEXT])
    assert scores[:CONTEXT] == pytest.approx(np.array([table[i, ids[i]] for i in range(CONTEXT)]), rel=1e-4, abs=1e-5)
    half = CONTEXT // 2
    table = log2_softmax(model, [0, *ids][half : half + CONTEXT])
    targets = ids[CONTEXT : CONTEXT + half]
    assert scores[CONTEXT : CONTEXT + half] == pytest.approx(
        np.array([table[half + i, t] for i, t in enumerate(targets)]), rel=1e-4, abs=1e-5
    )
    assert len(scores) == len(ids) + 1
    assert np.isfinite(model.log2_prob(text)).all()


def test_reading_on_agrees_with_reading_at_once(model):
    """With and without the model's memory of what it has read, up to the context and beyond it."""
    rng = np.random.default_rng(0)
    tokens = rng.integers(2, 300, (3, 2 * CONTEXT))
    reader = model._pretrained.reader(tokens[:, :5])
    for n in range(5, tokens.shape[1]):
        if n <= CONTEXT:
            expected = 2.0 ** log2_softmax(model, tokens[1, :n].tolist())[-1]
            expected[model._pretrained.never] = 0
            assert reader.probs()[1] == pytest.approx(expected, rel=1e-3, abs=1e-6)
        reader.advance(tokens[:, n])
        assert reader._n_read <= CONTEXT
    assert (reader.probs()[:, model._pretrained.never] == 0).all()


def test_the_first_token_follows_the_model(model):
    probs = model._pretrained.reader(np.zeros((1, 1), np.int64)).probs()[0]
    firsts = [model._pretrained.spell(np.array([i])) for i in range(320)]
    single = [i for i in range(320) if len(firsts[i]) == 1 and firsts[i].isascii()]
    ids = {firsts[i]: column for column, i in enumerate(single)}
    wide = HuggingFace(model=model.model, batch=256).fit([])
    from generators.base import UniformStreams, choose

    uniforms = UniformStreams(3, range(4000)).draw(1)[:, 0]
    drawn = choose(PLAIN.apply(np.tile(probs, (4000, 1))), uniforms)
    # the passages begin with what these numbers draw
    texts = wide.sample(256, 1, seed=3)
    for row, text in enumerate(texts):
        if firsts[drawn[row]] in ids:
            assert text == firsts[drawn[row]]
    require_follows(np.bincount(drawn, minlength=len(probs)), probs / probs.sum(), "first tokens")


def test_passages_have_their_length_and_do_not_depend_on_the_request(model):
    five = model.sample(5, 120, seed=3)
    assert [len(text) for text in five] == [120] * 5
    assert len(set(five)) == 5
    assert model.sample(2, 120, seed=3) == five[:2]
    assert model.sample(2, 120, seed=3, first=3) == five[3:]
    assert model.sample(0, 120, first=2) == []
    assert HuggingFace(model=model.model, batch=3).fit([]).sample(5, 120, seed=3) == five
    assert model.sample(1, 120, seed=4) != five[:1]


def test_decoding(model):
    greedy = model.sample(3, 60, decoding=Decoding(top_k=1, prompt="The lamp"))
    assert len(set(greedy)) == 1
    ids = [0, *model._pretrained.tokenizer("The lamp")["input_ids"]]
    n_prompt = len(ids)
    while len(ids) < CONTEXT:
        row = np.where(model._pretrained.never, -np.inf, log2_softmax(model, ids)[-1])
        ids.append(int(row.argmax()))
    expected = model._pretrained.spell(np.array([i for i in ids[n_prompt:] if i]))
    assert greedy[0].replace("\n\n", "")[:20] == expected[:20]
    assert model.sample(1, 60, decoding=Decoding(top_p=1e-12, prompt="The lamp")) == greedy[:1]
    assert model.sample(1, 60, decoding=Decoding(temperature=3.0)) != model.sample(1, 60)


def test_a_document_that_ends_is_followed_by_another_or_stops_the_passage(folder, tmp_path):
    """A model made to end its documents often."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    AutoTokenizer.from_pretrained(folder).save_pretrained(tmp_path)
    eager = AutoModelForCausalLM.from_pretrained(folder)
    with torch.no_grad():
        eager.transformer.ln_f.bias += 3 * eager.lm_head.weight[0] / eager.lm_head.weight[0].norm()
    eager.save_pretrained(tmp_path)
    model = HuggingFace(model=str(tmp_path)).fit([])
    on, ended = (model.sample(8, 200, seed=2, decoding=Decoding(stop=stop)) for stop in ("length", "end"))
    assert {len(text) for text in on} == {200}
    assert all("\n\n" in text for text in on)
    assert min(map(len, ended)) < 200
    assert all(whole.startswith(part) for whole, part in zip(on, ended, strict=True))
    assert not any("<|" in text for text in (*on, *ended))


def test_it_passes_the_checks_of_all_generators(folder):
    outcomes = {result.name: result.status for result in check_generator(HuggingFace(model=str(folder), batch=4))}
    passed = {name for name, status in outcomes.items() if status == "passed"}
    assert passed >= {
        "constructor_only_stores",
        "options_round_trip",
        "fit_is_deterministic",
        "seeds",
        "scoring_is_declared",
        "bits_per_char",
    }


def test_it_is_a_candidate_like_any_other(folder, evalkit):
    code, _, err = evalkit(
        "compare", f"gpt=huggingface:model={folder}", "--passages", "5", "--chars", "60", "-m", "letters.jsd", "-o", "out.json"
    )
    assert code == 0, err
    (candidate,) = json.loads(Path("out.json").read_text())["candidates"]
    assert candidate["bits_per_char"] > 1
    assert candidate["describe"]["architecture"] == "GPT2LMHeadModel"


def test_text_that_the_tokenizer_loses_is_impossible(tmp_path, folder):
    import torch
    from tokenizers import Tokenizer, models, normalizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordLevel({"<|end|>": 0, "[?]": 1, "a": 2, "b": 3}, unk_token="[?]"))
    tokenizer.normalizer = normalizers.Lowercase()
    from tokenizers import pre_tokenizers

    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|end|>", unk_token="[?]").save_pretrained(tmp_path)
    torch.manual_seed(0)
    GPT2LMHeadModel(GPT2Config(vocab_size=4, n_positions=16, n_embd=4, n_layer=1, n_head=1)).save_pretrained(tmp_path)
    scores = HuggingFace(model=str(tmp_path)).fit([]).log2_prob("a?b")
    assert np.isneginf(scores).any()
    assert np.isfinite(scores[0])


# What is refused --------------------------------------------------------------------------------------------------------------


class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_pickled_weights_are_refused_and_never_opened(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    (tmp_path / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(tmp_path / "owned")))
    with pytest.raises(ModelError, match=r"only pytorch_model\.bin, which can run anything"):
        check_source(str(tmp_path))
    assert not (tmp_path / "owned").exists()


@needs_libraries
def test_pickled_weights_beside_safe_ones_are_not_opened(folder, tmp_path):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(tmp_path / "owned")))
    HuggingFace(model=str(tmp_path)).fit([])
    assert not (tmp_path / "owned").exists()


@needs_libraries
def test_code_that_comes_with_a_model_is_not_run(folder, tmp_path):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoConfig": "mine.Config", "AutoModelForCausalLM": "mine.Model"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "mine.py").write_text(f"open({str(tmp_path / 'owned')!r}, 'w').close()\n")
    with pytest.raises(ModelError, match="cannot be used"):
        HuggingFace(model=str(tmp_path)).fit([])
    assert not (tmp_path / "owned").exists()


@needs_libraries
@pytest.mark.parametrize("damage", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_damaged_model_is_one_clear_error(folder, tmp_path, damage):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes() if path.name != damage else path.read_bytes()[:-40])
    with pytest.raises(ModelError, match="cannot be used"):
        HuggingFace(model=str(tmp_path)).fit([])


@needs_libraries
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "needs model="),
        ({"model": "/no/such/folder"}, "neither a folder nor a name"),
        ({"model": "a b"}, "neither"),
        ({"model": "../x/y"}, "neither"),
    ],
)
def test_what_is_no_model_is_said_before_anything_is_fitted(options, says):
    with pytest.raises(UsageError, match=says):
        HuggingFace(**options).check_available()


@needs_libraries
@pytest.mark.parametrize(
    ("options", "says"), [({"device": "cuda:77"}, "device"), ({"device": "abacus"}, "device"), ({"context": 10**6}, "at most")]
)
def test_what_this_machine_or_model_cannot_do_is_refused(folder, options, says):
    with pytest.raises(UsageError, match=says):
        HuggingFace(model=str(folder), **options).fit([])


@pytest.mark.parametrize("options", [{"batch": 0}, {"context": 1}, {"dtype": "int8"}])
def test_options_out_of_range_are_refused(options):
    with pytest.raises(UsageError):
        HuggingFace(**options)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"no config\.json"):
        check_source(str(tmp_path))


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setattr("generators.external.huggingface.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"evalkit-text\[huggingface\]"):
        parse_candidates(["huggingface:model=gpt2"])


def test_the_libraries_are_loaded_only_when_needed():
    code = "import sys, generators.external.huggingface as h; h.HuggingFace(model='x'); print('torch' in sys.modules, 'transformers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split() == ["False", "False"]
