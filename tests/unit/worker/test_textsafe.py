from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_gates.textsafe import harmless, one_line

nasty = st.text(st.sampled_from("::##[]ab \n\r\t\x1b[0m\x9d\x07\u2028\u202e\u200b\ud800\x00vso")) | st.text()


@pytest.mark.parametrize(
    "text",
    ["::set-output name=passed::true", "  ::error::x", "a ##[error]b", "##vso[task.setvariable]x", ":\x00:", "#\x1b[0m#[x]",
     ":\u200b:", ":::x", "x\r::error::y", "x\u2028::error::y", "section_start:1:a\r\x1b[0Kb", "##\u202e[x]"],
)  # fmt: skip
def test_commands_of_hosts_are_broken(text: str) -> None:
    for safe in (harmless(text), one_line(text)):
        assert "::" not in safe
        assert not re.search(r"##\w*\[", safe)
        assert not re.search("[\r\x1b\x00\u2028]", safe)


@given(nasty)
def test_any_text_is_harmless_and_stays_so(text: str) -> None:
    safe = harmless(text)
    assert "::" not in safe
    assert not re.search(r"##\w*\[", safe)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]", safe)
    assert harmless(safe) == safe
    safe.encode()
    assert len(one_line(text, 20).replace("\u200b", "")) <= 20
    assert "\n" not in one_line(text)


def test_plain_text_is_kept() -> None:
    text = "Größe: 5 µm\n\tété – 日本語 🙂 a:b C# [x]"
    assert harmless(text) == text


def test_a_cut_is_told() -> None:
    assert harmless("x" * 100, limit=40) == "x" * 40 + "\n[60 more characters]"
    assert one_line("word " * 100, 12) == "word word w…"


@pytest.mark.parametrize(
    "piece",
    ["\x9d", "\x1b", "\x1b]", "\x1b[", "\x1b[0", "\x9d]", "\x1b[0 ", "\x9dx\n", "#", "##w", ":", " ", "\r", "\x00"],
)
@pytest.mark.parametrize("made", [harmless, one_line, lambda text: harmless(text, limit=len(text))])
def test_work_is_in_proportion_to_the_text(piece: str, made: Callable[[str], str]) -> None:
    text = piece * (1_000_000 // len(piece))
    began = time.process_time()
    made(text)
    made(piece + "x" * 1_000_000)
    assert time.process_time() - began < 4


def test_what_is_cut_unseen_is_told_too() -> None:
    assert harmless("x" * 1000, limit=40) == "x" * 40 + "\n[960 more characters]"
    assert one_line(" " * 10_000 + "x") == "…"
    assert one_line("a" + " " * 10_000) == "a…"
