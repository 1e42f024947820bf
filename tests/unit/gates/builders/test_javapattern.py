"""Java's patterns: what they match in Java, and that nothing is guessed. No Java here: the expectations are its rules."""

from __future__ import annotations

import unicodedata
import warnings

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from mlops_gates.gates.builders.shapes.javapattern import translated
from mlops_gates.gates.builders.shapes.service import service

TAG = r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)"
DESCRIPTION = r"[\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}]*"
CATALOG = r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*"
METADATA = r"([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,128}"
REFUSED = ("ClusterPrivateDnsHostname", "ClusterPrivatePrimaryIp")
"""With \\b, which Java and Python bound differently; no request that a builder makes has them."""


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        (TAG, ["", "Straße", "東京 3.1:/=+-@", "\u2003wide", "Ⅷ"], ["#", "a!", "a\n", "e\u0301", "€", "🎉"]),
        (DESCRIPTION, ["e\u0301 – €, “x” 🎉", "½"], ["a\nb", "\t", "\x85", "\u200b"]),
        (CATALOG, ["a\tb", "\ue000\ufffd", "\U00010000\U0010ffff", "é"], ["\n", "\ufffe", "\x1f"]),
        (METADATA, ["", "commit", "größer"], ["a;b", "a\n"]),
        (r"arn:[\p{Alnum}\-]+:lambda", ["arn:aws-us-gov:lambda"], ["arn:áws:lambda", "arn::lambda"]),
        (r"\d{12}", ["123456789012"], ["١٢٣٤٥٦٧٨٩٠١٢", "123456789012\n"]),
        (r"[\w]+\s?", ["abc ", "_"], ["é", "a\u2003"]),
        (".*", ["one line", "\x0b\x0c"], ["a\nb", "a\rb", "a\x85b", "a\u2028b", "a\n"]),
        (r"[\S\s]*", ["a\nb", "\u2028"], []),
        (r"(?!\s*$).+", ["a", " a "], ["", "  "]),
        (r"([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)", ["a", "a-b"], ["a-", "-"]),
        (r"[^\p{L}]+\P{Lu}\p{Lu}", ["12aB", "ß1éÉ".replace("ß", "%")], ["aB", "12aa"]),
        (r"[\x21-\x7E]+", ["!~"], [" ", "\x7f"]),
        (r"[]a]+[^]b]", ["]ac"], ["]a]"]),
        (r"[a&b|c~d#^]+", ["a&|~#^"], ["e"]),
        (r"a{2}\$\.", ["aa$."], ["a$."]),
    ],
)
def test_whole_texts_match_as_in_java(pattern: str, yes: list[str], no: list[str]) -> None:
    matches = translated(pattern)
    assert matches
    assert [text for text in yes if not matches(text)] == []
    assert [text for text in no if matches(text)] == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"a\b",
        r"\h+",
        r"\v",
        r"\Qa.b\E",
        r"a\z",
        r"\R",
        r"[a-z&&[^b]]",
        r"[a[bc]]",
        r"(?i)a",
        r"(?s:.)",
        r"(?<name>a)",
        r"\p{IsLatin}",
        r"\p{javaLowerCase}",
        r"\P{Alnum}",
        r"\uD800",
        r"\p{L}\u00e9",
        r"\p{L}é",
        r"(a",
        r"\N{DIGIT ONE}",
        r"(a)\1",
        "\\",
    ],
)
def test_what_python_may_read_otherwise_is_refused(pattern: str) -> None:
    assert translated(pattern) is None


@given(st.text())
def test_categories_agree_with_a_library_that_knows_them(text: str) -> None:
    """`regex` has a version of Unicode of its own: characters that only one of the two knows are left out."""
    text = "".join(one for one in text if not regex.match(r"\p{Cn}", one) and unicodedata.category(one) != "Cn")
    for pattern in (TAG, DESCRIPTION):
        matches = translated(pattern)
        assert matches
        assert matches(text) is (regex.fullmatch(pattern, text) is not None)


def test_every_pattern_of_the_service_model_is_read_or_known_to_be_refused() -> None:
    model = service()
    patterns = {name: model.shape(name).pattern for name in model.names() if model.shape(name).pattern}
    assert len(patterns) > 400
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        refused = {name for name, pattern in patterns.items() if translated(pattern) is None}
    assert refused <= set(REFUSED)


@given(st.text(alphabet="[]^-\\pP{}LuNd&|.*+?()$:=!<019aAéx ", max_size=12))
def test_no_pattern_crashes(pattern: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        matches = translated(pattern)
        if matches:
            matches("aA1é-")
