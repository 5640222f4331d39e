"""Sets a project up for evalkit, `init`, runs what its configuration file describes, `run`, and says what a run would do."""

__all__: list[str] = []
