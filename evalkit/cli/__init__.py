"""The command line of both programs: `COMMANDS` and `GENERATOR_COMMANDS` name every command and its function.

A new command is a function in a file of this folder and a line in one of the tables; help, docs/commands.md, the configuration and the tests follow.
A command parses, calls the library, prints and sets the exit code; it does no arithmetic.
"""

from __future__ import annotations

from evalkit.cli.program import Table, program

__all__ = ["COMMANDS", "GENERATOR_COMMANDS", "app", "generators_app"]

COMMANDS: Table = {
    "init": "evalkit.cli.setup.init:init",
    "run": "evalkit.cli.setup.run_file:run",
    "compare": "evalkit.cli.compare:compare",
    "score": "evalkit.cli.score:score",
    "audit": "evalkit.cli.audit:audit",
    "report": "evalkit.cli.report:report",
    "history": "evalkit.cli.report:history",
    "metrics": "evalkit.cli.metrics:metrics",
    "gate": "evalkit.cli.gate:gate",
    "calibrate": "evalkit.cli.calibrate:calibrate",
    "plan": "evalkit.cli.plan:plan",
    "sweep": "evalkit.cli.sweep:sweep",
    "validate": "evalkit.cli.validate:validate",
    "baseline": {
        "save": "evalkit.cli.baseline:save",
        "list": "evalkit.cli.baseline:list_",
        "show": "evalkit.cli.baseline:show",
        "accept": "evalkit.cli.baseline:accept",
        "remove": "evalkit.cli.baseline:remove",
    },
    "corpus": {
        "list": "evalkit.cli.corpus:list_",
        "info": "evalkit.cli.corpus:info",
        "fetch": "evalkit.cli.corpus:fetch",
    },
}
GENERATOR_COMMANDS: Table = {
    "list": "generators.cli.listing:list_",
    "train": "generators.cli.train:train",
    "sample": "generators.cli.sample:sample",
    "score": "generators.cli.score:score",
}

app = program(
    "evalkit",
    COMMANDS,
    help_="Measure whether generated text reads like its corpus.",
    helps={"baseline": "Save, list, show, accept and remove baselines.", "corpus": "List, describe and fetch corpora."},
)
generators_app = program(
    "generators", GENERATOR_COMMANDS, help_="Text generators: train, sample and score them on their own.", section="generators"
)
