"""How GitHub's runner reads commands and files, re-told from actions/runner: what the tests compare with."""

from __future__ import annotations


def unescape_data(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def unescape_property(text: str) -> str:
    return unescape_data(text.replace("%3A", ":").replace("%2C", ","))


def parse_command(line: str) -> tuple[str, dict[str, str], str] | None:
    """`ActionCommand.TryParseV2`: name, properties and data; None for a line that is none."""
    line = line.strip()
    if not line.startswith("::"):
        return None
    end = line.find("::", 2)
    if end < 0:
        return None
    name, _, rest = line[2:end].partition(" ")
    properties = dict(part.split("=", 1) for part in rest.strip().split(",") if "=" in part)
    return name, {key: unescape_property(value) for key, value in properties.items()}, unescape_data(line[end + 2 :])


def parse_file(text: str) -> dict[str, str]:
    """`FileCommandManager`: names and values, the last one wins; ValueError where the runner fails the step."""
    made: dict[str, str] = {}
    lines = text.split("\n")
    while lines:
        line = lines.pop(0)
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, value = line.split("=", 1)
        elif heredoc >= 0:
            name, delimiter = line.split("<<", 1)
            if not name or not delimiter or delimiter not in lines:
                raise ValueError(line)
            end = lines.index(delimiter)
            value = "\n".join(lines[:end])
            del lines[: end + 1]
        else:
            raise ValueError(line)
        made[name] = value
    return made
