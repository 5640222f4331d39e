"""The LSTM generator (`LSTM`): its training in TensorFlow, its numpy network, and the experiments of the article.

- `presets` and `training` decide what is trained and for how long; `batches` feeds the text.
- `keras_backend` and `fast_backend` make the updates; `layer` is the arithmetic on processors without bfloat16.
- `network` samples and scores without TensorFlow.
- `article` and `article_training` repeat the experiments of the article that started this project.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from generators.lstm.article import EXPERIMENTS
    from generators.lstm.model import LSTM
    from generators.lstm.network import Network
    from generators.lstm.presets import PRESETS

__all__ = ["EXPERIMENTS", "LSTM", "PRESETS", "Network"]

__getattr__ = lazy_names(
    __name__,
    {
        "EXPERIMENTS": "generators.lstm.article",
        "LSTM": "generators.lstm.model",
        "Network": "generators.lstm.network",
        "PRESETS": "generators.lstm.presets",
    },
)
