"""Runs `evalkit validate`: checks the configuration, and shows what holds and where it was set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from evalkit._util.escape import visible
from evalkit.cli import options as opt
from evalkit.errors import ConfigError


def validate(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A configuration or policy file; the one in use unless given.")
    ] = None,
    format_: opt.ListingFormat = "text",
) -> None:
    """Check evalkit.toml, [tool.evalkit] of pyproject.toml or a policy file, and show where every threshold was set."""
    from evalkit.cli.config import every_command, problems_of, settings, unknown_variables
    from evalkit.cli.setup.described import candidate_specs
    from evalkit.config import POLICY, Config, find_config, load_config
    from evalkit.gating.measures import known_measures
    from evalkit.gating.request import policy_of

    config = load_config(file) if file is not None else find_config()
    if file is not None and _is_policy(config.table):
        config = Config(config.path, {POLICY: config.table})
    commands = every_command()
    problems = [*problems_of(config, commands, context), *unknown_variables(commands)]
    if problems:
        for problem in problems:
            typer.echo(f"{config.origin}: {visible(problem)}", err=True)
        raise ConfigError(
            f"{len(problems)} problem{'s' * (len(problems) != 1)} in the configuration.",
            remedy="Each is listed above, with the near match.",
        )
    candidates = candidate_specs(config)
    options = {" ".join(path): settings(config, path, listed) for path, listed in commands.items()}
    language = str(options["gate"]["language"].value) if "language" in options["gate"] else "en"
    policy = policy_of(config, language)
    thresholds = {id_: policy.threshold(id_) for id_ in known_measures(language)}
    facts: dict[str, Any] = {
        "file": str(config.path) if config.path else None,
        "candidates": candidates,
        "options": {name: {key: vars(setting) for key, setting in values.items()} for name, values in options.items() if values},
        "level": {"value": policy.level, "source": policy.level_source},
        "thresholds": {
            id_: {"tier": t.tier, "tier_source": t.tier_source, "margin": str(t.margin), "margin_source": t.margin_source}
            for id_, t in thresholds.items()
        },
    }
    if format_ == "json":
        typer.echo(json.dumps(facts, ensure_ascii=True, indent=1))
    else:
        _print(facts)


def _is_policy(table: Mapping[str, Any]) -> bool:
    """Whether a file holds a policy and not a configuration, in which level and margin mean nothing and metrics is a list."""
    return "level" in table or "margin" in table or isinstance(table.get("metrics"), Mapping)


def _print(facts: dict[str, Any]) -> None:
    from evalkit.report.terminal.scores import print_table

    typer.echo(f"{visible(facts['file'])} is valid." if facts["file"] else "There is no configuration here; the defaults apply.")
    if facts["candidates"]:
        typer.echo(f"Candidates: {visible(', '.join(facts['candidates']))}")
    rows = [(command, key, s["value"], s["source"]) for command, values in facts["options"].items() for key, s in values.items()]
    if rows:
        print_table("Options", ("command", "option", "value", "set by"), rows)
    thresholds = [
        (id_, t["tier"], t["margin"], _sources(t))
        for id_, t in facts["thresholds"].items()
        if t["tier"] != "advisory" or _sources(t) != "default"
    ]
    print_table("Gated measures", ("measure", "tier", "margin", "set by"), thresholds)


def _sources(threshold: dict[str, str]) -> str:
    return ", ".join(dict.fromkeys((threshold["tier_source"], threshold["margin_source"])))
