"""Drift of live rows: columns that one side lacks, and references that are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from monitoring import ran

REFERENCE = "age,income,left\n" + "".join(f"{one % 70},{one % 9000},{one % 2}\n" for one in range(1_000))
LIVE = "age,income\n" + "".join(f"{one % 70},{one % 9000}\n" for one in range(1_000))
CONFIG = "live: live.csv\nreference: r.csv\n"


def test_a_feature_that_live_rows_lack_warns_and_the_label_does_not(tmp_path: Path) -> None:
    files = {"live.csv": LIVE, "r.csv": REFERENCE, "l.csv": "id,left\n1,1\n"}
    found = ran(tmp_path, CONFIG, files)
    assert (found.code, found.statuses["monitor.drift"]) == (0, "warned")
    assert "live rows lack 1 of the 3 columns of the reference: left" in found.told
    labelled = (
        CONFIG + "answers: {predicted: age}\nlabels: {source: l.csv, id: age, truth: left}\nmetrics: [accuracy]\n"
    )
    files["l.csv"] = "age,left\n" + "".join(f"{one},1\n" for one in range(70))
    assert ran(tmp_path, labelled, files).statuses["monitor.drift"] == "passed"


def test_a_column_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    config = CONFIG + "drift: {columns: [age, incme]}\n"
    found = ran(tmp_path, config, {"live.csv": LIVE, "r.csv": REFERENCE})
    assert (found.code, found.statuses["monitor.drift"]) == (3, "errored")
    assert "'incme' is no column of r.csv" in found.told
    found = ran(tmp_path, CONFIG + "drift: {columns: [age, left]}\n", {"live.csv": LIVE, "r.csv": REFERENCE})
    assert (found.code, found.statuses["monitor.drift"]) == (3, "errored")
    assert "'left' is no column of live.csv" in found.told


@pytest.mark.parametrize("reference", ["age,income\n", "weight\n" + "1\n" * 500], ids=["empty", "other columns"])
def test_a_reference_that_is_none_decides_nothing(reference: str, tmp_path: Path) -> None:
    assert ran(tmp_path, CONFIG, {"live.csv": LIVE, "r.csv": reference}).code == 3


def test_few_live_rows_decide_nothing_and_a_word_among_numbers_is_told(tmp_path: Path) -> None:
    few = "\n".join(LIVE.splitlines()[:150]) + "\n"
    assert ran(tmp_path, CONFIG, {"live.csv": few, "r.csv": REFERENCE}).code == 3
    words = "age,income\n" + "unknown,5\n" * 1_000
    found = ran(tmp_path, CONFIG, {"live.csv": words, "r.csv": REFERENCE})
    assert (found.code, found.statuses["monitor.drift"]) == (1, "failed")
