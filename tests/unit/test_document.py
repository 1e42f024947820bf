from __future__ import annotations

from pathlib import Path

import pytest

from mlops_gates import document
from mlops_gates.document import MAX_BYTES, MAX_DEPTH, Document, parse
from mlops_gates.errors import ConfigError
from mlops_gates.findings import Location


def refused(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as raised:
        parse(text, "c.yml")
    assert raised.value.exit_code == 2
    return raised.value


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", 4, "the key 'c' stands here twice, first in line 3"),
        ("a: &x [1]\nb: *x\n", 2, "the alias *x is not allowed"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", 3, "alias"),
        (
            "a: 1\nb: !!python/object:os.system {}\n",
            2,
            "the tag tag:yaml.org,2002:python/object:os.system is not allowed",
        ),
        ("a: !!int 3\n", 1, "the tag"),
        ("a: !own [1]\n", 1, "the tag !own"),
        ("a:\n  b: .nan\n", 2, ".nan is no finite number"),
        ("a: -.INF\n", 1, "no finite number"),
        ("a: 1e999\n", 1, "1e999 is no finite number"),
        ("a: 1\n---\nb: 2\n", 2, "a second document starts here"),
        ("a: 1\n\tb: 2\n", 2, "YAML"),
        ("a: [1, 2\nb: 3\n", 2, "YAML"),
        ('a: "open\n', 2, "YAML"),
        ("? [a]\n: 1\n", 1, "a key must be a word"),
        ("a: b\x00c\n", 1, "YAML"),
        ("a: 1\nb: \x07\n", 2, "YAML"),
        ("- 1\n- 2\n", 1, "holds a list, not a mapping"),
        ("just words\n", 1, "holds a text"),
        ("", 1, "c.yml is empty"),
        ("# only a comment\n", 1, "c.yml is empty"),
        ("---\n...\n", 1, "c.yml is empty"),
    ],
)
def test_what_a_config_has_no_use_for_is_refused_at_its_line(text: str, line: int, words: str) -> None:
    error = refused(text)
    assert words in error.what
    assert error.where is not None
    assert (error.where.file, error.where.line) == ("c.yml", line)


def test_depth_is_bounded_before_the_stack_is() -> None:
    assert parse("a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1) + "\n", "c.yml")
    assert "nested deeper" in refused("a: " + "[" * 5000 + "]" * 5000).what
    assert "nested deeper" in refused("".join(f"{' ' * n}a:\n" for n in range(MAX_DEPTH + 5))).what


def test_an_alias_bomb_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    error = refused("\n".join(lines))
    assert error.where == Location("c.yml", 2, 10)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Yes", "Yes"), ("no", "no"), ("on", "on"), ("true", True), ("False", False), ("tRUE", "tRUE"),
        ("~", None), ("null", None), ("", None), ("12", 12), ("-0", 0), ("010", 10), ("0o17", 15), ("0xfF", 255),
        ("1.5", 1.5), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("1_000", "1_000"), ("12:30", "12:30"),
        ("2026-01-31", "2026-01-31"), ("0.2 %", "0.2 %"), ('"12"', "12"), ("'true'", "true"), ("!!str 12", "12"),
        ("nan", "nan"), ("inf", "inf"),
    ],
)  # fmt: skip
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    found = parse(f"a: {text}\n", "c.yml").data["a"]
    assert found == value
    assert type(found) is type(value)


def test_json_is_yaml() -> None:
    assert parse('{"a": {"b": [1, "x", null]}}', "c.json").data == {"a": {"b": [1, "x", None]}}


def test_every_key_and_item_has_its_line() -> None:
    found = parse("# head\na:\n  b: 1\n\n  c: [x,\n      y]\nd: {e: 2,\n f: 3}\n", "c.yml")
    assert {path: line.line for path, line in found.lines.items()} == {
        ("a",): 2, ("a", "b"): 3, ("a", "c"): 5, ("a", "c", 0): 5, ("a", "c", 1): 6, ("d",): 7, ("d", "e"): 7, ("d", "f"): 8,
    }  # fmt: skip
    assert found.line(("a", "b")).column == 3
    assert found.line(("a", "b", "deeper", 3)).line == 3, "the nearest existing ancestor"
    assert found.line(("z",)) == Location("c.yml", 1)
    assert found.get(("a", "c", 1)) == "y"
    assert found.get(("a", "b", "x")) is None
    assert found.get(("a", "c", 7)) is None


def laid(over: str) -> Document:
    base = parse("m:\n  t:\n    a: 1\n    b: 2\n  l: [1, 2]\n", "c.yml")
    other = parse("\n" * 10 + over, "c.yml")
    return base.overlaid(other.data, other.lines)


def test_an_overlay_merges_mappings_and_its_lines_win() -> None:
    found = laid("m:\n  t:\n    b: 3\n")
    assert found.data == {"m": {"t": {"a": 1, "b": 3}, "l": [1, 2]}}
    assert found.line(("m", "t", "b")).line == 13
    assert found.line(("m", "t", "a")).line == 3
    assert found.line(("m", "l", 0)).line == 5


def test_an_overlay_replaces_lists_and_scalars_whole_and_their_lines_go() -> None:
    found = laid("m:\n  l: [9]\n  t: none\n")
    assert found.data == {"m": {"t": "none", "l": [9]}}
    assert found.line(("m", "l", 1)).line == 12, "the second item is gone, the list is the nearest"
    assert found.line(("m", "t", "a")).line == 13


def test_an_overlay_leaves_what_it_was_laid_over_alone() -> None:
    base = parse("m: {a: 1}\n", "c.yml")
    base.overlaid({"m": {"a": 2}}, {})
    assert base.data == {"m": {"a": 1}}


def test_a_set_value_takes_the_line_of_its_nearest_key() -> None:
    base = parse("model:\n  thresholds:\n    accuracy: 0.7\n", "c.yml")
    found = base.replaced(("model", "thresholds", "accuracy"), 0.9)
    assert found.get(("model", "thresholds", "accuracy")) == 0.9
    assert found.line(("model", "thresholds", "accuracy")).line == 3
    new = base.replaced(("model", "new", "deep"), 1)
    assert new.data["model"] == {"thresholds": {"accuracy": 0.7}, "new": {"deep": 1}}
    assert new.line(("model", "new", "deep")).line == 1
    assert base.get(("model", "new")) is None


def test_a_set_value_drops_the_lines_of_what_it_replaced() -> None:
    base = parse("a:\n  b:\n    c: 1\n", "c.yml")
    assert base.replaced(("a", "b"), {"c": 2}).line(("a", "b", "c")).line == 2


def test_an_item_of_a_list_is_set_by_its_number() -> None:
    base = parse("data:\n  - source: a\n  - source: b\n", "c.yml")
    found = base.replaced(("data", "1", "source"), "z")
    assert found.data == {"data": [{"source": "a"}, {"source": "z"}]}
    for path in (("data", "2", "source"), ("data", "x"), ("data", "0", "source", "deeper")):
        with pytest.raises(ConfigError, match="is no mapping") as raised:
            base.replaced(path, "z")
        assert raised.value.where


@pytest.mark.parametrize(
    ("raw", "line", "words"),
    [
        (b"a: 1\nb: \xff\n", 2, "is not UTF-8"),
        ("a: 1\n".encode("utf-16"), 1, "is not UTF-8"),
        (b"a: 1\n" + b"#" * MAX_BYTES, 1, "is larger than 256 KiB"),
        (b"", 1, "is empty"),
    ],
)
def test_bytes_that_are_no_config(tmp_path: Path, raw: bytes, line: int, words: str) -> None:
    (tmp_path / "c.yml").write_bytes(raw)
    with pytest.raises(ConfigError) as raised:
        document.load(tmp_path / "c.yml", "shown.yml")
    assert words in raised.value.what
    assert raised.value.where == Location("shown.yml", line)


def test_a_byte_order_mark_and_the_largest_size_are_fine(tmp_path: Path) -> None:
    head = b"\xef\xbb\xbfa: 1\r\nb: 2\r\n#"
    (tmp_path / "c.yml").write_bytes(head + b"x" * (MAX_BYTES - len(head)))
    found = document.load(tmp_path / "c.yml", "c.yml")
    assert found.data == {"a": 1, "b": 2}
    assert found.line(("b",)).line == 2


def test_no_file_and_a_folder_are_told_with_the_next_step(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yml", tmp_path):
        with pytest.raises(ConfigError, match="there is no config file") as raised:
            document.load(path, "c.yml")
        assert "--config" in raised.value.next_step
