"""The file of a pipeline definition, read: a target of rules, or an error at the line that is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mlops_gates.errors import CheckError
from mlops_gates.findings import Location
from mlops_gates.gates.builders import targets
from mlops_gates.gates.builders.requests import reading
from mlops_gates.gates.builders.requests.places import JsonPlaces
from mlops_gates.gates.builders.scope import BuildersScope, Target, TargetOptions

LARGEST = 1 << 20
"""Characters of a definition: PipelineDefinition of CreatePipeline takes no more."""
_WRITE = "Write the text that `pipeline.definition()` gives, as UTF-8."
_OUTERMOST = ("Definition",)


def read(scope: BuildersScope, place: int, asked: TargetOptions) -> Target:
    """The pipeline of a definition's file. Raises CheckError at its line where it is none."""
    context, name = scope.context, asked.target
    where = context.line("targets", place)
    file = context.workdir / name
    known = context.repository_file(file)
    text = _text(file, name, where)
    raw = _parsed(text, name, known, where)
    places = JsonPlaces(known, text) if known else None

    def locate(path: tuple[str | int, ...]) -> Location:
        return places.locate(path[len(_OUTERMOST) :]) if places else where

    return targets.of_pipeline(name, {"Definition": raw}, scope.options.region, locate, {"text": len(text)})


def _text(file: Path, name: str, where: Location) -> str:
    try:
        size = file.stat().st_size
        if size > 4 * LARGEST:
            raise CheckError(
                f"{name} has {size:,} bytes, and AWS takes {LARGEST:,} characters",
                where=where,
                next_step="Move what is long into files on S3, or split the pipeline.",
            )
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CheckError(f"{name} is not UTF-8 at byte {error.start}", where=where, next_step=_WRITE) from error
    except OSError as error:
        raise CheckError(f"{name} cannot be read: {error.strerror or error}", where=where) from error


def _parsed(text: str, name: str, known: str | None, where: Location) -> dict[str, Any]:
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        place = Location(known, error.lineno, error.colno) if known else where
        what = f"{name} is no JSON: {error.msg} at line {error.lineno}"
        raise CheckError(what, where=place, next_step=_WRITE) from error
    except RecursionError:
        raise CheckError(f"{name} is nested too deeply to be read", where=where, next_step=_WRITE) from None
    except ValueError:
        raise CheckError(f"{name} holds a number that is too long", where=where, next_step=_WRITE) from None
    if reading.too_deep(raw):
        raise CheckError(f"{name} is nested deeper than {reading.DEEPEST} levels, which no definition is", where=where)
    if not reading.is_text(raw):
        raise CheckError(f"{name} holds half a character (a lone \\ud800 to \\udfff), which no text has", where=where)
    if not isinstance(raw, dict):
        raise CheckError(f"{name} is no definition: the outermost value is no object", where=where)
    return raw
