"""Tells others how a block ended, after the verdict: nothing here can change it.

What cannot be delivered is tried again, then told beside the report. A message holds what the report says of the block:
no cell of the data, and no address that it is sent to.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from mlops_gates.adapters.again import Passing
from mlops_gates.config import Block
from mlops_gates.errors import CheckError
from mlops_gates.findings import Report, Status
from mlops_gates.textsafe import one_line

if TYPE_CHECKING:
    from mlops_gates.gates.monitor.notices import Notice

ATTEMPTS = 3
SECONDS = 10.0
"""For one attempt."""
_PAUSE = 1.0
_MOST_FINDINGS, _MESSAGE, _WORD = 20, 400, 100
"""Findings, and characters of a message and of a name, that are told: a variable of a process holds 128 KiB on Linux, a message
of SNS 256 KiB, and a column may have a name of any length.
"""
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def notify(blocks: Sequence[Block], report: Report, sleep: Callable[[float], None] = time.sleep) -> Iterator[str]:
    """Tell whom `notify` of a block names; yields what could not be delivered, without addresses."""
    for block in blocks:
        notices: tuple[Notice, ...] = getattr(block.options, "notify", ())
        status = _status(block, report)
        message = told(block, report, status) if notices else {}
        for place, notice in enumerate(notices):
            if status.value not in notice.when:
                yield from _unset(block, place, notice)
                continue
            try:
                _again(notice, message, sleep)
            except CheckError as error:
                yield f"{block.gate}: notify.{place} was not told how it ended ({status}): {error.sentence}"
            except Exception as error:  # noqa: BLE001 - whatever a notice breaks on, the verdict must be told
                yield f"{block.gate}: notify.{place} was not told how it ended ({status}): {type(error).__name__}"


def _unset(block: Block, place: int, notice: Notice) -> Iterator[str]:
    """What would keep a notice from being told, said before there is need of it."""
    for name in _VARIABLE.findall(notice.webhook or ""):
        if not os.environ.get(name):
            yield f"{block.gate}: notify.{place} could not be told of a breach: the variable {name} is not set"


def told(block: Block, report: Report, status: Status) -> Mapping[str, object]:
    """The message: `text` for people (chats show it), the rest for programs."""
    found = [one for one in report.gates if (one.gate, one.block) == (block.gate, block.options.name)]
    findings = [finding for one in found for check in one.checks for finding in check.findings if not finding.waived]
    findings += [report.fatal] if report.fatal else []
    findings.sort(key=lambda one: -one.status.rank)  # the worst first: what comes late may be left out
    name = f"{block.gate} ({block.options.name})" if block.options.name else block.gate
    version = getattr(block.options, "version", "")
    head = f"{name}{f' of {one_line(version, _WORD)}' if version else ''}: {status}"
    shown = [(one.rule, one_line(one.subject, _WORD), one) for one in findings[:_MOST_FINDINGS]]
    lines = [f"{rule} {subject}: {one_line(one.message, _MESSAGE)}".replace(" :", ":") for rule, subject, one in shown]
    more = [f"and {len(findings) - len(lines):,} more"] if len(findings) > len(lines) else []
    return {
        "text": "\n".join([head, *lines, *more]),
        "gate": block.gate,
        "block": block.options.name,
        "status": status.value,
        "verdict": report.status.value,
        "exit_code": report.exit_code,
        "version": version,
        "environment": report.environment,
        "started": report.started,
        "findings": [
            {"rule": rule, "subject": subject, "status": one.status.value, "message": one_line(one.message, _MESSAGE)}
            for rule, subject, one in shown
        ],
    }


def _status(block: Block, report: Report) -> Status:
    found = [one.status for one in report.gates if (one.gate, one.block) == (block.gate, block.options.name)]
    return Status.worst(found) if found else report.status


def _again(notice: Notice, message: Mapping[str, object], sleep: Callable[[float], None]) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _deliver(notice, message)
        except Passing as error:
            if attempt == ATTEMPTS:
                raise CheckError(f"{error.what} ({ATTEMPTS} times)") from None
            sleep(_PAUSE * 2 ** (attempt - 1))
        else:
            return


def _deliver(notice: Notice, message: Mapping[str, object]) -> None:
    from mlops_gates.adapters import command, sns, webhook

    if notice.webhook:
        webhook.posted(_filled(notice.webhook), message, SECONDS, tells=False)
    elif notice.sns:
        subject = str(message["text"]).partition("\n")[0]
        sns.published(notice.sns, subject, _text(message), SECONDS)
    else:
        command.asked(notice.command, {"MLOPS_GATES_NOTICE": _text(message)}, SECONDS)


def _text(message: Mapping[str, object]) -> str:
    return json.dumps(message, ensure_ascii=False)  # escaped, a letter takes up to twelve bytes


def _filled(url: str) -> str:
    def value(match: re.Match[str]) -> str:
        if found := os.environ.get(match[1]):
            return found
        raise CheckError(f"the variable {match[1]} is not set", next_step="Give it to the job as a secret.")

    return _VARIABLE.sub(value, url)
