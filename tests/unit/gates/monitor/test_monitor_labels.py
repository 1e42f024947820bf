"""Labels find their rows, and only theirs: blank ids, requests of several rows, events that stand there twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from monitoring import ran

from mlops_gates.gates.monitor import answers

TABLE = "live: live.jsonl\nanswers: {probability: score}\nlabels: {source: l.jsonl}\nthresholds: {accuracy: 0.9}\n"
CAPTURED = """\
live: live
capture: {columns: [a, b], prediction: score}
until: 2026-11-20T06:00:00Z
"""
LABELLED = CAPTURED + "answers: {probability: score}\nlabels: {source: l.csv, id: inference_id}\n"


def jsonl(*rows: dict[str, object]) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def event(number: int, asked: str, said: str, inference: str | None = "") -> str:
    meta = {"eventId": f"e{number}", "inferenceTime": "2026-11-20T05:00:00Z"}
    if inference is not None:
        meta["inferenceId"] = inference or f"i{number}"
    data = {"endpointInput": {"data": asked, "encoding": "CSV"}, "endpointOutput": {"data": said, "encoding": "CSV"}}
    return json.dumps({"captureData": data, "eventMetadata": meta}) + "\n"


def labels(*ids: str) -> str:
    return "inference_id,label\n" + "".join(f"{one},1\n" for one in ids)


def test_a_blank_id_is_no_id(tmp_path: Path) -> None:
    blank: tuple[str | None, ...] = ("", "  ", None)
    live = jsonl(*({"id": one, "score": 0.9} for one in blank * 100))
    known = jsonl({"id": "a", "label": 0}, *({"id": one, "label": 1} for one in blank))
    found = ran(tmp_path, TABLE, {"live.jsonl": live, "l.jsonl": known})
    assert (found.code, found.statuses["monitor.performance"]) == (3, "inconclusive")
    assert "none of 300 live rows has a label yet" in found.told


def test_labels_that_contradict_are_told_where_live_rows_have_them(tmp_path: Path) -> None:
    live = jsonl(*({"id": f"{one}", "score": 0.9} for one in range(300)))
    known = jsonl(*({"id": f"{one}", "label": 1} for one in range(300)))
    elsewhere = jsonl({"id": "old", "label": 0}, {"id": "old", "label": 1})
    assert ran(tmp_path, TABLE, {"live.jsonl": live, "l.jsonl": known + elsewhere}).code == 0
    for label in (0, 1):
        twice = known + jsonl({"id": " 7 ", "label": label})
        found = ran(tmp_path, TABLE, {"live.jsonl": live, "l.jsonl": twice})
        assert (found.code, found.statuses["monitor.performance"]) == (3, "errored")
        assert "l.jsonl has more than one label for an id, in 1 rows" in found.told


def test_a_blank_label_has_not_arrived(tmp_path: Path) -> None:
    live = jsonl(*({"id": f"{one}", "score": 0.9} for one in range(300)))
    known = jsonl(*({"id": f" {one}", "label": "1" if one < 200 else " "} for one in range(300)))
    found = ran(tmp_path, TABLE, {"live.jsonl": live, "l.jsonl": known})
    assert found.code == 0
    assert "200 of 300 live rows have a label" in found.measurements("monitor.performance")[0]["text"]


def test_a_label_cannot_tell_the_rows_of_one_request_apart(tmp_path: Path) -> None:
    live = "".join(event(one, "1,2\n3,4", "0.9\n0.8") for one in range(50))
    found = ran(tmp_path, LABELLED, {"live/a.jsonl": live, "l.csv": labels(*(f"i{one}" for one in range(50)))})
    assert (found.code, found.statuses["monitor.performance"]) == (3, "errored")
    assert "100 live rows with a label have 50 ids" in found.told


def test_a_customer_who_was_asked_twice_warns(tmp_path: Path) -> None:
    live = jsonl(*({"id": f"{one // 2}", "score": 0.95} for one in range(600)))
    known = jsonl(*({"id": f"{one}", "label": 1} for one in range(300)))
    found = ran(tmp_path, TABLE, {"live.jsonl": live, "l.jsonl": known})
    assert (found.code, found.statuses["monitor.performance"]) == (0, "warned")
    assert "300 of 600 live rows with a label repeat the id of another" in found.told


def test_events_without_an_inference_id_have_no_label(tmp_path: Path) -> None:
    live = "".join(event(one, "1,2", "0.9", None) for one in range(50))
    found = ran(tmp_path, LABELLED, {"live/a.jsonl": live, "l.csv": 'inference_id,label\n,1\n"",1\ni1,1\n'})
    assert found.code == 3
    assert "none of 50 live rows has a label yet" in found.told


def test_an_event_that_stands_there_twice_warns(tmp_path: Path) -> None:
    live = "".join(event(one, "1,2\n3,4", "0.9\n0.8") for one in range(50))
    found = ran(tmp_path, CAPTURED, {"live/a.jsonl": live})
    assert (found.code, found.statuses["monitor.window"]) == (0, "passed")
    found = ran(tmp_path, CAPTURED, {"live/b.jsonl": event(7, "1,2\n3,4", "0.9\n0.8")})
    assert (found.code, found.statuses["monitor.window"]) == (0, "warned")
    assert "2 captured rows have an event id that another has too" in found.told


def test_too_many_rows_are_refused_and_not_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST_ROWS", 250)
    live = jsonl(*({"id": f"{one}", "score": 0.9} for one in range(300)))
    known = jsonl(*({"id": f"{one}", "label": 1} for one in range(300)))
    found = ran(tmp_path, TABLE, {"live.jsonl": live, "l.jsonl": known})
    assert found.code == 3
    assert "at most 250 can be looked at" in found.told


def test_words_that_mean_null_are_nulls_in_a_capture_too(tmp_path: Path) -> None:
    live = "".join(event(one, "NA,2" if one % 2 else "1,2", "0.9") for one in range(600))
    reference = "a,b\n" + "NA,2\n1,2\n" * 300
    config = CAPTURED + "reference: r.csv\nnull_values: [NA]\n"
    found = ran(tmp_path, config, {"live/a.jsonl": live, "r.csv": reference})
    assert (found.code, found.statuses["monitor.drift"]) == (0, "passed")


@pytest.mark.parametrize("columns", ["[a, a]", "[a, A]", "[a, score]", "[a, Event_ID]"])
def test_captured_columns_have_names_of_their_own(columns: str, tmp_path: Path) -> None:
    assert ran(tmp_path, CAPTURED.replace("[a, b]", columns), {"live/a.jsonl": event(1, "1,2", "0.9")}).code == 2
