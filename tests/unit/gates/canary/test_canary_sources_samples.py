"""Files of samples: three forms, any order, twice, time zones, and what is wrong with its line."""

from __future__ import annotations

import os
import random

import pytest

from mlops_gates.errors import CheckError, ConfigError
from mlops_gates.gates.canary.sources.instants import instant
from mlops_gates.gates.canary.sources.metrics import MetricOptions
from mlops_gates.gates.canary.sources.samples import Samples
from mlops_gates.gates.canary.streams import Count, Look, Moments

T = 1_800_000_000  # 2027-01-15T08:00:00Z, a whole minute
COUNTS = "time,arm,metric,n,bad\n"


@pytest.fixture
def samples(tmp_path):
    def made(text, interval=60, metrics=None, **more):
        path = tmp_path / "samples.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Samples(path, interval, metrics, **more)

    return made


def test_counts_are_summed_by_interval_and_arm(samples):
    text = (
        COUNTS + f"{T},baseline,error_rate,100,1\n{T + 30},baseline,error_rate,50,2\n{T + 59},canary,error_rate,7,0\n"
    )
    text += f"{T + 60},canary,error_rate,9,9\n"
    assert list(samples(text).looks()) == [
        Look(T, T + 60, {"error_rate": {"baseline": Count(150, 3), "canary": Count(7, 0)}}),
        Look(T + 60, T + 120, {"error_rate": {"canary": Count(9, 9)}}),
    ]


def test_order_and_repetition_change_nothing(samples):
    rows = [f"{T + at},{arm},errors,{at + 5},{at % 5}" for at in range(0, 600, 7) for arm in ("baseline", "canary")]
    ordered = list(samples(COUNTS + "\n".join(rows)).looks())
    mixed = rows + rows[::3]
    random.Random(5).shuffle(mixed)
    assert list(samples(COUNTS + "\n".join(mixed)).looks()) == ordered
    assert sum(look.counts["errors"]["canary"].n for look in ordered) == sum(at + 5 for at in range(0, 600, 7))


def test_the_same_moment_with_other_counts_is_a_contradiction(samples):
    text = COUNTS + f"{T},canary,errors,10,1\n{T},canary,errors,10,2\n"
    with pytest.raises(CheckError, match=r"samples\.csv:3: says otherwise"):
        list(samples(text).looks())
    both = "time,arm,metric,n,bad,id\n" + f"{T},canary,errors,10,1,a\n{T},canary,errors,10,2,b\n"
    assert next(samples(both).looks()).counts["errors"]["canary"] == Count(20, 3)


def test_an_interval_without_samples_is_there_and_empty(samples):
    text = COUNTS + f"{T},canary,errors,10,1\n{T + 185},canary,errors,10,1\n"
    looks = list(samples(text, metrics={"errors": MetricOptions()}).looks())
    assert [dict(look.errors) for look in looks] == [{}, *[{"errors": "no data in this interval"}] * 2, {}]
    assert [bool(look.counts) for look in looks] == [True, False, False, True]


def test_values_are_moments(samples):
    text = "time,arm,metric,value\n" + f"{T},canary,score,2\n{T},canary,score,2\n{T + 1},canary,score,-3.5\n"
    assert next(samples(text).looks()).values == {"score": {"canary": Moments(3, 0.5, 20.25)}}


def test_requests_give_errors_latency_and_model_health(samples):
    text = "id,time,arm,status,latency_ms,decision_churn,score_shift\n"
    text += (
        f"a,{T},canary,200,250,0,0.5\nb,{T},canary,503,250.1,1,\nb,{T},canary,503,250.1,1,\nc,{T},baseline,404,,,1\n"
    )
    metrics = {
        "error_rate": MetricOptions(),
        "latency_above": MetricOptions(bound_ms=250),
        "decision_churn": MetricOptions(),
        "score_shift": MetricOptions(),
    }
    look = next(samples(text, metrics=metrics).looks())
    assert look.counts == {
        "error_rate": {"canary": Count(2, 1), "baseline": Count(1, 0)},
        "latency_above": {"canary": Count(2, 1)},
        "decision_churn": {"canary": Count(2, 1)},
    }
    assert look.values == {"score_shift": {"canary": Moments(1, 0.5, 0.25), "baseline": Moments(1, 1, 1)}}


def test_requests_without_an_id_are_all_counted(samples):
    text = "time,arm,status\n" + f"{T},canary,200\n" * 3
    assert next(samples(text).looks()).counts == {"error_rate": {"canary": Count(3, 0)}}


def test_a_latency_without_a_bound_is_an_error_of_the_config(samples):
    with pytest.raises(ConfigError, match="bound_ms"):
        list(samples(f"time,arm,latency_ms\n{T},canary,5\n", metrics={"latency_above": MetricOptions()}).looks())


def test_arms_may_have_other_names(samples):
    text = f"time,arm,status\n{T},v1,200\n{T},v2,500\n"
    look = next(samples(text, arms={"v1": "baseline", "v2": "canary"}).looks())
    assert look.counts["error_rate"] == {"baseline": Count(1, 0), "canary": Count(1, 1)}


@pytest.mark.parametrize(
    "text",
    [
        "1800000000",
        "1800000000.0",
        "1800000000000",
        "2027-01-15T08:00:00Z",
        "2027-01-15T09:00:00+01:00",
        "2027-01-15 02:30:00-05:30",
        "2027-01-15T08:00:00.000000+00:00",
    ],
)
def test_all_ways_to_write_a_moment(text):
    assert instant(text) == T


def test_an_hour_that_comes_twice_in_autumn_is_two_hours():
    assert instant("2027-10-31T02:30:00+01:00") - instant("2027-10-31T02:30:00+02:00") == 3600


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2027-01-15T08:00:00", "no offset"),
        ("2027-01-15", "no offset"),
        ("yesterday", "neither ISO 8601"),
        ("", "neither ISO 8601"),
        ("nan", "neither ISO 8601"),
        ("-5", "neither ISO 8601"),
        ("0", "no epoch"),
        ("9" * 40, "no epoch"),
        ("9" * 400, "no epoch"),
        ("1950-01-01T00:00:00Z", "before 1970"),
        ("0001-01-01T00:00:00+14:00", "before 1970|beyond"),
    ],
)
def test_what_is_no_moment(text, words):
    with pytest.raises(ValueError, match=words):
        instant(text)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("2027-01-15T08:00:00,canary,errors,10,1", "no offset"),
        (f"{T},canary,errors,10,11", "bad is more than n"),
        (f"{T},canary,errors,-1,0", "n is negative"),
        (f"{T},canary,errors,10,-1", "bad is negative"),
        (f"{T},canary,errors,nan,0", "n is not a finite number"),
        (f"{T},canary,errors,inf,0", "n is not a finite number"),
        (f"{T},canary,errors,1e400,0", "n is not a finite number"),
        (f"{T},canary,errors,10.5,0", "n is no whole number"),
        (f"{T},canary,errors,1_000,0", "n is no number"),
        (f"{T},canary,errors,\uff11\uff10,0", "n is no number"),
        ("time,arm,metric,n,bad", "is the header again"),
        (f"{T},canary,errors,ten,0", "n is no number"),
        (f"{T},canary,errors,,0", "n is no number"),
        (f"{T},canary,,10,0", "no name"),
        (f"{T},sparrow,errors,10,0", "the arm is none of baseline, canary"),
        (f"{T},canary,errors,10", "has 4 cells, and the header has 5"),
        (f'{T},canary,errors,10,"0', "a quote is opened before here"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line_and_no_cell(samples, row, words):
    with pytest.raises(CheckError) as error:
        list(samples(COUNTS + f"{T},canary,errors,10,1\n{row}\n").looks())
    assert str(error.value.where).endswith("samples.csv:3")
    assert words in error.value.what
    assert "sparrow" not in error.value.what and "ten" not in error.value.what.split()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (f"{T},canary,999,5", "status is not one of HTTP"),
        (f"{T},canary,200,-1", "latency_ms is negative"),
        (f"{T},canary,200,NaN", "latency_ms is not a finite number"),
    ],
)
def test_what_is_wrong_of_a_request(samples, row, words):
    metrics = {"error_rate": MetricOptions(), "latency_above": MetricOptions(bound_ms=1)}
    with pytest.raises(CheckError, match=f":2: {words}"):
        list(samples(f"time,arm,status,latency_ms\n{row}\n", metrics=metrics).looks())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ":1: the header has no column time"),
        (COUNTS.replace(",", ";"), ":1: the header has no comma"),
        (f"{COUNTS}{T},canary,e,1,0\n".replace("\n", "\r"), "carriage return"),
        (COUNTS + "".join(f"{T},canary,m{one},1,0\n" for one in range(1001)), r":1002: is of more than 1,000 metrics"),
        (COUNTS, "0 rows"),
        ("time,arm,time\n", "twice"),
        ("arm,metric,n,bad\n", "no column time"),
        (f"time,arm,metric,n\n{T},canary,errors,5\n", "neither n and bad nor value"),
        (f"time,arm,colour\n{T},canary,5\n", "no column of a metric"),
        (COUNTS.encode() + b"\xff\xfe,canary,errors,1,1\n", ":2: is no UTF-8"),
        (COUNTS + "x" * (1 << 20) + "\n", ":2: a line is longer than"),
        (COUNTS + '"' + ("x" * 70_000 + "\n") * 3, "field larger than"),
        (f"{COUNTS}{T},canary,e,1,0\n{T // 60},canary,e,1,0\n", "spans"),
    ],
)
def test_files_that_are_no_samples(samples, text, words):
    with pytest.raises(CheckError, match=words):
        list(samples(text, interval=1).looks())


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CheckError, match=r"none\.csv cannot be read"):
        list(Samples(tmp_path / "none.csv", 60).looks())


@pytest.mark.timeout(10)
def test_what_is_no_file_is_told_and_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    for name in ("pipe.csv", "folder.csv"):
        with pytest.raises(CheckError, match=f"{name} is no file"):
            list(Samples(tmp_path / name, 60).looks())


def test_a_byte_order_mark_and_blank_lines_do_no_harm(samples):
    assert next(samples("\ufeff" + COUNTS + f"\n{T},canary,errors,10,1\n\n").looks()).counts["errors"]["canary"].n == 10


def test_a_metric_that_nobody_asked_for_is_left_out_and_one_of_another_kind_is_an_error(samples):
    text = COUNTS + f"{T},canary,errors,10,1\n{T},canary,other,5,5\n"
    assert set(next(samples(text, metrics={"errors": MetricOptions()}).looks()).counts) == {"errors"}
    with pytest.raises(CheckError, match="another kind"):
        list(samples(text, metrics={"errors": MetricOptions(kind="value")}).looks())


def test_one_interval_by_its_bounds(samples):
    source = samples(COUNTS + f"{T + 61},canary,errors,10,1\n")
    assert source.read(T + 60, T + 120).counts["errors"]["canary"] == Count(10, 1)
    assert source.read(T + 600, T + 660) == Look(T + 600, T + 660)
    with pytest.raises(CheckError, match="begin at multiples"):
        source.read(T + 1, T + 61)


def test_a_request_without_an_answer_is_not_left_out_of_the_errors(samples):
    text = f"time,arm,status\n{T},canary,200\n{T},canary,\n"
    with pytest.raises(CheckError, match=r":3: status is empty; a request that got no answer is a bad one"):
        list(samples(text).looks())
