"""Writes curves of numbers for TensorBoard, `Scalars`. TensorFlow is loaded when something is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SCALAR = 1
"""DATA_CLASS_SCALAR of TensorFlow's summary.proto."""


class Scalars:
    """Curves of numbers over steps.

    Args:
        log_dir: where TensorBoard looks.
    """

    def __init__(self, log_dir: str) -> None:
        self._log_dir = log_dir
        self._writer: Any = None

    def write(self, values: Mapping[str, float], step: int) -> None:
        """Adds a point to each curve, as TensorBoard's own plugin would write it, which is not needed for that."""
        import tensorflow as tf

        if self._writer is None:
            self._writer = tf.summary.create_file_writer(self._log_dir)
        metadata = tf.compat.v1.SummaryMetadata(
            plugin_data=tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars"), data_class=_SCALAR
        )
        with self._writer.as_default():
            for name, value in values.items():
                tf.summary.write(name, tf.constant(value, tf.float32), step=step, metadata=metadata)
        self._writer.flush()
