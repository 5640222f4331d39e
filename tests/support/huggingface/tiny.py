"""Makes a tiny causal language model of characters with random weights, its tokenizer, and rows to train it on: `tiny_model`."""

from __future__ import annotations

from typing import Any

SENTENCE = "the lamp was lit and the keeper counted the strokes of the bell. "
_CONTEXT = 128


def tiny_model() -> tuple[Any, Any, list[dict[str, list[int]]]]:
    """The model, its tokenizer, and 32 equal rows of a sentence, each as long as its context."""
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    signs = ["<end>", *sorted(set(SENTENCE))]
    tokenizer = Tokenizer(models.WordLevel({sign: i for i, sign in enumerate(signs)}, unk_token="<end>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.decoder = decoders.Fuse()
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<end>", eos_token="<end>", pad_token="<end>", unk_token="<end>"
    )
    ids = fast(SENTENCE * 4)["input_ids"][:_CONTEXT]
    transformers.set_seed(0)
    config = transformers.GPT2Config(
        vocab_size=len(signs), n_positions=_CONTEXT, n_embd=32, n_layer=1, n_head=2, bos_token_id=0, eos_token_id=0
    )
    return transformers.GPT2LMHeadModel(config), fast, [{"input_ids": ids, "labels": ids}] * 32
