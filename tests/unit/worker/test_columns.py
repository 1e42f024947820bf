from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_gates.worker import answers, columns, protocol
from mlops_gates.worker.columns import Block
from mlops_gates.worker.failures import BadAnswer

words = st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"])), max_size=20)


def there_and_back(blocks: list[Block]) -> list[Block]:
    described, payload = columns.encode(blocks)
    header = protocol.unpack_header(protocol.pack({"columns": described}, len(payload))[protocol.PREFIX.size :])
    return columns.decode(header["columns"], bytearray(payload))


@given(words)
def test_strings_are_exact(values: list[str | None]) -> None:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    (back,) = there_and_back([Block("é", "string", array)])
    assert back.values.tolist() == values


@given(st.lists(st.floats(width=64)), st.lists(st.integers(-(2**63), 2**63 - 1)), st.lists(st.booleans()))
def test_numbers_are_exact(floats: list[float], integers: list[int], flags: list[bool]) -> None:
    sent = [
        Block("f", "float64", np.array(floats, "f8")),
        Block("i", "int64", np.array(integers, "i8")),
        Block("b", "bool", np.array(flags, "?"), np.array(flags, "?")),
    ]
    for here, back in zip(sent, there_and_back(sent), strict=True):
        assert back.values.tobytes() == here.values.tobytes()
        assert back.values.flags.writeable
    assert (there_and_back(sent)[2].nulls is not None) == any(flags)


def test_200_000_rows_of_20_columns_take_well_under_a_second() -> None:
    rng = np.random.default_rng(0)
    rows = 200_000
    shades = np.array(["red", "green", "blue", None], dtype=object)
    blocks = [Block(f"f{place}", "float64", rng.normal(size=rows)) for place in range(15)]
    blocks += [Block(f"s{place}", "string", shades[rng.integers(0, 4, rows)]) for place in range(5)]
    started = time.perf_counter()
    back = there_and_back(blocks)
    assert time.perf_counter() - started < 1
    assert all((one.values == two.values).all() for one, two in zip(blocks, back, strict=True))


places = st.one_of(st.none(), st.integers(), st.lists(st.integers(-8, 64), max_size=3), st.text(max_size=2))
items = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["label", "score", "class"]) | st.none(),
        "kind": st.sampled_from([*columns.KINDS, "pickle", None]),
        "values": places | st.sampled_from([[0, 40], [0, 5], [0, 20]]),
    },
    optional={"nulls": places, "words": places | st.just([40, 10])},
)


@given(
    st.fixed_dictionaries(
        {
            "columns": st.lists(items, max_size=4) | st.none() | st.text(),
            "scores": st.sampled_from([None, "probability", "decision", 5, []]),
            "seconds": st.floats() | st.none() | st.integers() | st.just(10**400),
        },
        optional={"flat": st.booleans(), "warnings": st.lists(st.text()) | st.integers()},
    ),
    st.binary(max_size=64),
)
def test_no_answer_crashes_the_parent(header: dict[str, Any], payload: bytes) -> None:
    try:
        found = answers.prediction(header, bytearray(payload), 5, 1.0)
    except BadAnswer:
        return
    assert found.labels.shape == (5,)
    assert found.labels.dtype.kind == "O" or np.isfinite(found.labels).all()
    assert 0 <= found.seconds <= 1


@pytest.mark.parametrize("text", [b'{"a":' * 200_000, b"9" * 50_000, b'"\xff"', b"null"])
def test_a_header_that_is_none(text: bytes) -> None:
    with pytest.raises(protocol.Nonsense):
        protocol.unpack_header(text)


def test_lone_surrogates_are_no_words() -> None:
    payload = bytearray(b"\0\0\0\0\0\0\0\0" + b'["\\ud800"]')
    with pytest.raises(protocol.Nonsense):
        columns.decode([{"name": "label", "kind": "string", "values": [0, 4], "words": [8, 10]}], payload)
