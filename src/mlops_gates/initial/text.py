"""Rules as a config that people read: YAML 1.2, one line per column where it fits, with comments."""

from __future__ import annotations

import json
import re

from mlops_gates import document
from mlops_gates.errors import ConfigError
from mlops_gates.initial.rules import Rule, Rules, Value
from mlops_gates.textsafe import one_line

_WIDTH = 120
_PLAIN = re.compile(r"[^\W\d](?:[\w ./()+-]*[\w./()+-])?")
_LOOSE = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null|nan|inf")
"""Words that YAML 1.1 takes for something else: quoted, so that every reader sees the same."""

_UNSEEN = re.compile("[\x7f-\xa0\xad\u2000-\u200f\u2028-\u202f\u205f-\u206f\ufeff\ufff0-\uffff]")
"""What an editor does not show, or YAML does not take: written as its number."""


def written(source: str, rules: Rules, head: str, more: dict[str, Value]) -> str:
    """The config. `head` becomes its comment, `more` are keys beside the source.

    Raises ConfigError for what YAML cannot say.
    """
    lines = [f"# {line}".rstrip() for line in head.splitlines()]
    lines += ["version: 1", "data:", f"  source: {scalar(source)}"]
    lines += [f"  {key}: {flow(value)}" for key, value in more.items()]
    lines += [_commented(f"  {rule.key}: {flow(rule.value)}", rule.why) for rule in rules.block]
    if rules.columns:
        lines += ["  columns:"]
        for name, some in rules.columns.items():
            lines += _column(name, some)
    text = "\n".join(lines) + "\n"
    expected = {"source": source, **more, **{rule.key: rule.value for rule in rules.block}}
    if rules.columns:
        expected["columns"] = {name: {rule.key: rule.value for rule in some} for name, some in rules.columns.items()}
    if document.parse(text, "the new config").data != {"version": 1, "data": expected}:
        raise ConfigError("the table has names or values that do not survive being written as YAML")
    return text


def _column(name: str, rules: tuple[Rule, ...]) -> list[str]:
    why = "; ".join(f"{rule.key}: {rule.why}" for rule in rules if rule.why)
    if not rules:
        return [f"    {scalar(name)}: {{}}  # nothing stands in it now"]
    line = f"    {scalar(name)}: {flow({rule.key: rule.value for rule in rules})}"
    if len(_commented(line, why)) <= _WIDTH:
        return [_commented(line, why)]
    body = [_commented(f"      {rule.key}: {flow(rule.value)}", rule.why) for rule in rules]
    return [f"    {scalar(name)}:", *body]


def _commented(line: str, why: str) -> str:
    return f"{line}  # {one_line(why)}" if why else line


def flow(value: Value) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return scalar(value) if isinstance(value, str) else repr(value)


def scalar(text: str) -> str:
    """A text as one scalar: plain where no reader of YAML could take it for something else, else in double quotes."""
    if _PLAIN.fullmatch(text) and not _LOOSE.fullmatch(text) and len(text) < 100:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNSEEN.sub(_escape, quoted)


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04X}"
