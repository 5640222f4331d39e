"""Trains the LSTM in PyTorch (`TorchMachine`), as a contender of `benchmarks.speed.lstm` where torch is installed."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import torch

from generators.lstm.batches import Tape, Window
from generators.lstm.keras_backend import CLIP_NORM
from generators.lstm.network import Network


class TorchMachine:
    """The network, optimiser and loop of `KerasBackend` in PyTorch, float32 or with automatic bfloat16 products."""

    def __init__(self, network: Network, *, batch: int, bfloat16: bool) -> None:
        self._bfloat16 = bfloat16
        self._embedding = torch.nn.Embedding.from_pretrained(torch.tensor(network.embedding), freeze=False)
        self._lstm = torch.nn.LSTM(network.embedding.shape[1], network.units, num_layers=len(network.layers))
        self._dense = torch.nn.Linear(network.units, network.dense.shape[1])
        with torch.no_grad():
            for k, layer in enumerate(network.layers):
                getattr(self._lstm, f"weight_ih_l{k}").copy_(torch.tensor(layer.kernel.T))
                getattr(self._lstm, f"weight_hh_l{k}").copy_(torch.tensor(layer.recurrent.T))
                getattr(self._lstm, f"bias_ih_l{k}").copy_(torch.tensor(layer.bias))
                getattr(self._lstm, f"bias_hh_l{k}").zero_().requires_grad_(False)
            self._dense.weight.copy_(torch.tensor(network.dense.T))
            self._dense.bias.copy_(torch.tensor(network.dense_bias))
        modules = (self._embedding, self._lstm, self._dense)
        self._parameters = [p for module in modules for p in module.parameters() if p.requires_grad]
        self._optimizer = torch.optim.Adam(self._parameters, betas=(0.9, 0.99), eps=1e-7)
        self._state = self._zero_state(batch)

    def update(self, window: Window, rate: float) -> float:
        """One step of the optimiser; the mean loss in nats."""
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        total, self._state = self._forward(window, self._state)
        loss = total / float(window.weights.sum())
        self._optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._parameters, CLIP_NORM)
        self._optimizer.step()
        return float(loss.detach())

    def bits(self, tape: Tape) -> float:
        """Bits per target of a tape, as `Backend.bits` measures them."""
        n_streams, totals, count = min(64, len(tape)), 0.0, 0.0
        state = self._zero_state(n_streams)
        with torch.no_grad():
            for window in tape.once(n_streams, at_most=1024):
                total, state = self._forward(window, state)
                totals += float(total)
                count += float(window.weights.sum())
        return totals / count / float(np.log(2))

    def _forward(self, window: Window, state: tuple[torch.Tensor, torch.Tensor]) -> tuple[torch.Tensor, tuple]:
        keep = torch.tensor(window.keep)[None, :, None]
        state = tuple(values.detach() * keep for values in state)
        with torch.autocast("cpu", dtype=torch.bfloat16) if self._bfloat16 else nullcontext():
            values, state = self._lstm(self._embedding(torch.tensor(window.inputs.T.astype(np.int64))), state)
            logits = self._dense(values)
        losses = torch.nn.functional.cross_entropy(
            logits.float().flatten(0, 1), torch.tensor(window.targets.T.astype(np.int64)).flatten(), reduction="none"
        )
        return (losses * torch.tensor(window.weights.T).flatten()).sum(), tuple(values.float() for values in state)

    def _zero_state(self, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        zeros = torch.zeros(self._lstm.num_layers, n, self._lstm.hidden_size)
        return zeros, zeros
