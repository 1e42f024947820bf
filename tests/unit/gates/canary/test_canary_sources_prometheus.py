"""Looks out of what Prometheus answers, and what is made of answers that are none."""

from __future__ import annotations

import errno
import json
import math
import time
from types import SimpleNamespace

import pytest

from mlops_gates.adapters import fetching
from mlops_gates.adapters import prometheus as adapter
from mlops_gates.adapters.fetching import Answer, Unreachable
from mlops_gates.adapters.prometheus import Prometheus, QueryError, Series
from mlops_gates.errors import CheckError, ConfigError
from mlops_gates.gates.canary.scope import CanaryOptions
from mlops_gates.gates.canary.sources.clock import Clock
from mlops_gates.gates.canary.sources.metrics import MetricOptions, PrometheusMetric, Sums
from mlops_gates.gates.canary.sources.prometheus import PrometheusSource
from mlops_gates.gates.canary.streams import Count, Moments

T = 1_800_000_000.0


class Answers:
    """A Prometheus by what it answers to queries that hold a text."""

    def __init__(self, answers, date=""):
        self.answers, self.date, self.asked = answers, date, []

    def query(self, query, at):
        self.asked.append((query, at))
        for part, answer in self.answers.items():
            if part in query:
                if isinstance(answer, Exception):
                    raise answer
                return tuple(answer)
        return ()


def series(points, **labels):
    return Series({"job": "m", "instance": "1", **labels}, tuple((T + at, float(value)) for at, value in points))


def look(answers, metrics, **more):
    made = {name: MetricOptions(**options) for name, options in metrics.items()}
    return PrometheusSource(Answers(answers, **more), made, Clock(lambda: T + 90)).read(T, T + 60)


QUERIES = {"m": {"prometheus": PrometheusMetric(total='total{a="{{arm}}"}[{{window}}]', bad='bad{a="{{arm}}"}')}}


def test_well_known_errors_are_counted_at_the_edges_over_several_series_and_a_restart():
    answers = {
        'arm="baseline"': [
            series([(-5, 100), (30, 160), (55, 220)], code="200"),
            series([(-5, 3), (55, 5)], code="500"),
            series([(-5, 40), (30, 10), (55, 30)], code="200", instance="2"),
        ],
        'arm="canary"': [series([(-5, 10), (55, 20)], code="200"), series([(40, 4)], code="503")],
    }
    found = look(answers, {"error_rate": {}})
    assert found.counts == {"error_rate": {"baseline": Count(152, 2), "canary": Count(14, 4)}}
    assert not found.errors


def test_what_is_asked_is_raw_samples_with_the_arm_escaped():
    fake = Answers({})
    PrometheusSource(fake, {"error_rate": MetricOptions()}, Clock(lambda: T), {"canary": 'v"2\\'}).read(T, T + 60)
    assert fake.asked == [('model_requests_total{arm="v\\"2\\\\"}[360s]', T + 60)]


def test_latency_is_what_lies_above_a_bucket_that_there_is():
    def bucket(le, amount, **more):
        return series([(-1, 10), (59, 10 + amount)], le=le, **more)

    both = [
        bucket("0.1", 50),
        bucket("0.25", 90),
        bucket("+Inf", 100),
        *(bucket(le, 1, instance="2") for le in ("0.250", "+Inf")),
    ]
    assert look({"canary": both}, {"latency_above": {"bound_ms": 250}}).counts["latency_above"] == {
        "canary": Count(101, 10)
    }
    between = look({"canary": both}, {"latency_above": {"bound_ms": 200}})
    assert not between.counts and "no bucket ends at 200 ms" in between.errors["latency_above"]


def test_score_moments_come_from_three_counters():
    answers = {
        "model_score_count": [series([(-1, 1), (59, 5)])],
        "model_score_sum": [series([(-1, 0.5), (59, 2.75)])],
        "model_score_squares": [series([(-1, 0.25), (59, 1.5)])],
    }
    assert look(answers, {"score_shift": {}}).values["score_shift"]["canary"] == Moments(4, 2.25, 1.25)
    answers["model_score_sum"] = [series([(-1, 0.5), (59, 0.25)])]
    assert "below zero" in look(answers, {"score_shift": {}}).errors["score_shift"]


def test_queries_of_the_user_are_summed_and_rounded():
    total = [Series({}, ((T + 60, 10.4),)), Series({"a": "b"}, ((T + 60, 20.0),))]
    answers = {"total": total, "bad": [Series({}, ((T + 60, 1.2),))]}
    assert look(answers, QUERIES).counts["m"]["canary"] == Count(30, 1)


def test_placeholders_of_queries():
    fake = Answers({})
    PrometheusSource(fake, {"m": MetricOptions(**QUERIES["m"])}, Clock(lambda: T)).read(T, T + 0.5)
    assert [query for query, _ in fake.asked][:2] == ['total{a="baseline"}[500ms]', 'bad{a="baseline"}']


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({}, "no arm has data"),
        ({"total": [Series({}, ((T + 60, 5.0),))]}, "`bad` gives nothing"),
        ({"total": [Series({}, ((T + 60, math.nan),))], "bad": [Series({}, ((T + 60, 0.0),))]}, "not finite"),
        ({"total": [Series({}, ((T + 60, 5.0),))], "bad": [Series({}, ((T + 60, math.nan),))]}, "not finite"),
        ({"total": [Series({}, ((T + 60, 5.0),))], "bad": [Series({}, ((T + 60, math.inf),))]}, "not finite"),
        ({"total": [Series({}, ((T + 60, 5.0),))], "bad": [Series({}, ((T + 60, -1.0),))]}, "negative"),
        ({"total": [Series({}, ((T + 60, 5.0),))], "bad": [Series({}, ((T + 60, 50.0),))]}, "more bad"),
        ({"total": [Series({}, ((T + 60, 5.0), (T, 6.0)))], "bad": []}, "gives a range"),
        ({"total": QueryError("Prometheus answers 400: parse error")}, "parse error"),
        ({"total": [Series({}, ((T, 5.0),))], "bad": [Series({}, ((T + 60, 1.0),))]}, "for another time"),
        (
            {"total": [Series({}, ((T + 60, 66.6),))], "bad": [Series({}, ((T + 60, 0.4),))]},
            "`increase`, and not `rate`",
        ),
        (
            {"total": [Series({}, ((T + 60, 0.4),))], "bad": [Series({}, ((T + 60, 0.0),))]},
            "`increase`, and not `rate`",
        ),
    ],
)
def test_what_cannot_be_read_is_an_error_of_its_metric_and_never_a_zero(answers, words):
    found = look(answers, {**QUERIES, "error_rate": {}})
    assert words in found.errors["m"] and not found.counts and not found.values


def test_a_metric_that_errs_leaves_the_others_alone():
    answers = {"total{a=": QueryError("no"), "requests": [series([(-1, 0), (59, 9)], code="200")]}
    found = look(answers, {**QUERIES, "error_rate": {}})
    assert found.counts == {"error_rate": dict.fromkeys(("baseline", "canary"), Count(9, 0))} and set(found.errors) == {
        "m"
    }


def test_a_silent_arm_is_absent_and_no_zero():
    found = look({'"canary"': [series([(-1, 0), (59, 9)], code="200")]}, {"error_rate": {}})
    assert found.counts == {"error_rate": {"canary": Count(9, 0)}} and not found.errors


def test_absent_bad_series_are_zero_only_where_the_config_says_so():
    answers = {"total": [Series({}, ((T + 60, 5.0),))]}
    zero = {"m": {"prometheus": PrometheusMetric(total="total", bad="bad", absent="zero")}}
    assert look(answers, zero).counts["m"]["canary"] == Count(5, 0)


def test_a_label_that_no_series_has_is_an_error_and_not_no_errors():
    answers = {"requests": [series([(-1, 0), (59, 9)], status="500")]}
    assert "no series has the label code" in look(answers, {"error_rate": {}}).errors["error_rate"]


def test_a_clock_that_is_off_stops_everything():
    with pytest.raises(CheckError, match="behind that of Prometheus"):
        look({}, {"error_rate": {}}, date="Fri, 15 Jan 2027 09:00:00 GMT")


def test_what_nobody_says_where_to_find_is_an_error_of_the_config():
    with pytest.raises(ConfigError, match="metric revenue does not say where"):
        look({}, {"revenue": {}})
    with pytest.raises(ConfigError, match="bound_ms"):
        look({}, {"latency_above": {}})
    with pytest.raises(ConfigError, match="says otherwise"):
        look(
            {}, {"m": {"kind": "rate", "prometheus": PrometheusMetric(values=Sums(count="a", total="b", squares="c"))}}
        )


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"counter": "a"},
        {"bad_where": {"code": "5.."}, "total": "a", "bad": "b"},
        {"total": "a"},
        {"total": "a", "bad": "b", "good": "c"},
        {"counter": "a", "bad_where": {"code": "5.."}, "histogram": "b"},
        {"counter": "a", "bad_where": {"code": "("}},
    ],
)
def test_metrics_that_say_too_little_or_too_much(options):
    with pytest.raises(ValueError, match=r"should say|no regular expression"):
        PrometheusMetric(**options)


@pytest.fixture
def answering(monkeypatch):
    def made(*answers, cap=10**6):
        left = list(answers)

        def fetch(url, headers, deadline, cap):
            one = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(one, Exception):
                raise one
            status, body = one
            text = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
            return Answer(status, "", text[:cap], len(text) > cap)

        monkeypatch.setattr(adapter, "fetch", fetch)
        return Prometheus("http://prometheus:9090/", token="t", sleep=lambda _: None, cap=cap)

    return made


GOOD = {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {"a": "b"}, "value": [T, "7"]}]}}


SAMPLE = {"metric": {"a": "b"}, "value": [T, "7"]}
FORMLESS = [
    {"metric": {}, "value": [1]},
    {"metric": {}, "value": [1, "x"]},
    {"metric": {}, "value": [10**400, "1"]},
    {"metric": {}, "value": ["NaN", "1"]},
    {"metric": {"code": 500}, "value": [T, "1"]},
    {"metric": {"code": ["500"]}, "value": [T, "1"]},
    {"metric": {}, "value": [T, True]},
    {"metric": {}, "value": [True, "1"]},
    {"metric": {}, "value": [T, "1_0"]},
    {"metric": {}, "value": [T, 7]},
]


def vector(result):
    return 200, {"status": "success", "data": {"resultType": "vector", "result": result}}


def matrix(values):
    result = [{"metric": {}, "values": values}]
    return 200, {"status": "success", "data": {"resultType": "matrix", "result": result}}


def test_a_sample_that_comes_twice_is_one_and_an_info_is_no_reason(answering):
    assert answering(matrix([[T, "3"], [T, "3"]])).query("x", T) == (Series({}, ((T, 3.0),)),)
    status, body = vector([SAMPLE])
    told = {**body, "infos": ["x"], "warnings": ["PromQL info: metric might not be a counter", ""]}
    assert len(answering((status, told)).query("x", T)) == 1


def test_what_a_server_echoes_of_its_request_holds_no_secret(monkeypatch):
    bodies = iter([(500, b"no: Bearer s3cret"), (500, b"no: Basic dTpzM2NyZXQ= s3cret")])

    def fetch(url, headers, deadline, cap):
        assert headers["Authorization"] in ("Bearer s3cret", "Basic dTpzM2NyZXQ=")
        status, body = next(bodies)
        return Answer(status, "", body, False)

    monkeypatch.setattr(adapter, "fetch", fetch)
    monkeypatch.setattr(adapter, "PAUSES", ())
    for credentials in ({"token": "s3cret\r\n"}, {"user": "u", "password": "s3cret"}):
        with pytest.raises(QueryError, match=r"no: (Bearer|Basic) \*\*\*") as error:
            Prometheus("http://prometheus", **credentials).query("x", T)
        assert "s3cret" not in str(error.value) and "dTpz" not in str(error.value)


@pytest.mark.parametrize("token", ["two\nlines", "n\u00f6", "a\x00b"])
def test_a_token_that_no_header_takes_is_told_and_not_shown(token):
    with pytest.raises(CheckError, match="the token of Prometheus has characters") as error:
        Prometheus("http://prometheus", token=token)
    assert token not in str(error.value)


def test_what_is_not_good_is_bad_also_where_both_are_rounded():
    good = {"m": {"prometheus": PrometheusMetric(total="total{{arm}}", good="good{{arm}}")}}
    answers = {"total": [Series({}, ((T + 60, 10.4),))], "good": [Series({}, ((T + 60, 9.6),))]}
    assert look(answers, good).counts["m"]["canary"] == Count(10, 1)


def test_answers_of_all_types(answering):
    assert answering((200, GOOD)).query("x", T) == (Series({"a": "b"}, ((T, 7.0),)),)
    scalar = {"status": "success", "data": {"resultType": "scalar", "result": [T, "NaN"]}}
    assert math.isnan(answering((200, scalar)).query("x", T)[0].points[0][1])
    matrix = {"resultType": "matrix", "result": [{"metric": {}, "values": [[2, "1"], [1, "0"]]}]}
    assert answering((200, {"status": "success", "data": matrix})).query("x", T)[0].points == ((1, 0), (2, 1))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            (400, {"status": "error", "errorType": "bad_data", "error": "parse error: ::x"}),
            "400: parse error: :\u200b:x",
        ),
        ((422, {"status": "error", "error": "query timed out"}), "422: query timed out"),
        ((200, {"status": "error", "error": "found duplicate series"}), "found duplicate series"),
        ((200, {**GOOD, "warnings": ["one store did not answer"]}), "not whole.*one store"),
        ((503, "<html>busy</html>"), "503: <html>busy"),
        ((429, ""), "429$"),
        ((200, {"status": "success", "data": None}), "not the form"),
        ((200, {"status": "success", "data": {"resultType": "streams", "result": []}}), "not the form"),
        *((vector([one]), "not the form") for one in FORMLESS),
        (vector([{"metric": {}, "histogram": [T, {"count": "1"}]}]), "native histograms"),
        (vector([{**SAMPLE, "histograms": []}]), "native histograms"),
        (vector([SAMPLE, SAMPLE]), "the same series twice"),
        (matrix([[T, "3"], [T, "100"]]), "two values of one series at the same time"),
    ],
)
def test_a_query_that_fails_is_told(answering, answer, words):
    with pytest.raises(QueryError, match=words):
        answering(answer).query("x", T)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((401, ""), r"refuses our credentials \(401\)"),
        ((403, "expired token"), r"refuses our credentials \(403\)"),
        ((404, "nope"), "no API of Prometheus"),
        ((200, "<html>please log in</html>"), "is no Prometheus"),
        ((200, "[]"), "is no Prometheus"),
        ((200, "[" * 100_000), "is no Prometheus"),
        ((200, b"\xff\xfe"), "is no Prometheus"),
        (Unreachable("refused", "x", again=True), "refused"),
    ],
)
def test_where_no_query_can_succeed_all_of_it_stops(answering, answer, words):
    with pytest.raises(CheckError, match=words):
        answering(answer).query("x", T)


def test_a_burst_of_overload_is_waited_for(answering):
    assert answering((503, ""), Unreachable("refused", "x", again=True), (200, GOOD)).query("x", T)


def test_a_huge_answer_is_an_error_of_the_query(answering):
    with pytest.raises(QueryError, match="larger than 100 bytes"):
        answering((200, " " * 200), cap=100).query("x", T)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "prometheus:9090",
        "file:///etc/passwd",
        "http://user:secret@host",
        "http://:secret@host",
        "http://secret@host",
        "https://",
        "http://[::1",
        "http://host:port",
        "http://host:99999",
        "http://host/a b",
        "http://host/#/graph",
        "http://host/\r\nX: y",
    ],
)
def test_addresses_that_are_none(url):
    with pytest.raises(CheckError, match="is none") as error:
        Prometheus(url)
    assert "secret" not in str(error.value)


def test_tries_end_with_the_deadline(answering):
    asked = answering((503, ""))
    asked._deadline = 0.1
    began = time.monotonic()
    with pytest.raises(QueryError):
        asked.query("x", T)
    assert time.monotonic() - began < 1


def test_an_arm_that_errs_takes_its_metric_along():
    answers = {'"baseline"': [series([(-1, 0), (59, 9)], code="200")], '"canary"': QueryError("busy")}
    found = look(answers, {"error_rate": {}})
    assert not found.counts and found.errors == {"error_rate": "busy"}


@pytest.mark.parametrize("error", [QueryError("busy"), CheckError("nobody there")])
def test_a_prometheus_that_cannot_be_asked_is_told_before_anything_begins(error):
    with pytest.raises(CheckError, match=r"busy|nobody there"):
        PrometheusSource(Answers({"1": error}), {"error_rate": MetricOptions()}, Clock()).ready()


def test_the_clock_of_prometheus_is_known_before_anything_begins():
    clock = Clock(lambda: T + 20)
    PrometheusSource(Answers({}, date="Fri, 15 Jan 2027 08:00:00 GMT"), {"error_rate": MetricOptions()}, clock).ready()
    assert clock.ahead == pytest.approx(20, abs=0.5)


SAME = {
    "counter": {"counter": "requests_total", "bad_where": {"code": "5.."}},
    "histogram": {"histogram": "seconds_bucket"},
    "bad": {"total": 'a{arm="{{arm}}"}', "bad": "b"},
    "good": {"total": 'a{arm="{{arm}}"}', "good": "b"},
    "values: squares": {"values": {"count": "c{{arm}}", "total": "t{{arm}}", "squares": "s"}},
}


@pytest.mark.parametrize("name", SAME)
def test_a_query_that_asks_the_same_of_both_arms_would_promote_whatever_comes_and_is_refused(name):
    asked = {
        "endpoint": "churn",
        "metrics_from": "http://x",
        "metrics": {"mine": {"prometheus": SAME[name], "bound_ms": 1}},
    }
    with pytest.raises(ValueError, match=f"mine: {name} asks the same of both arms"):
        CanaryOptions.model_validate(asked)
    CanaryOptions.model_validate({**asked, "against": "thresholds", "thresholds": {"mine": {"max": 0.1}}})


@pytest.mark.parametrize("arms", [{"baseline": "v1", "canary": "v1"}, {"baseline": "canary"}])
def test_one_name_for_both_arms_is_refused(arms):
    with pytest.raises(ValueError, match="one name"):
        CanaryOptions.model_validate({"endpoint": "churn", "arms": arms})
    with pytest.raises(ConfigError, match="both arms are called v1"):
        PrometheusSource(Answers({}), {}, Clock(), {"baseline": "v1", "canary": "v1"})


def test_errors_that_climb_past_their_last_value_while_their_process_restarts_are_all_counted():
    restarted = [series([(-5, 1000), (30, 20)], code="200"), series([(-5, 3), (30, 7)], code="500")]
    assert look({'"canary"': restarted}, {"error_rate": {}}).counts["error_rate"] == {"canary": Count(27, 7)}
    other = [*restarted[:1], series([(-5, 3), (30, 7)], code="500", instance="2")]
    assert look({'"canary"': other}, {"error_rate": {}}).counts["error_rate"] == {"canary": Count(24, 4)}


def test_a_counter_that_was_forgotten_alone_makes_no_growth_of_the_whole_life_of_others():
    forgotten = [series([(-5, 1000), (30, 1020)], code="200"), series([(-5, 9), (30, 2)], code="500")]
    found = look({'"canary"': forgotten}, {"error_rate": {}})
    assert not found.counts and "a counter began again and another did not" in found.errors["error_rate"]


def test_the_buckets_of_a_histogram_restart_together():
    buckets = [
        series([(-5, 2), (30, 4), (45, 5)], le="0.25"),
        series([(-5, 90), (30, 10), (45, 12)], le="+Inf"),
    ]
    found = look({"canary": buckets}, {"latency_above": {"bound_ms": 250}})
    assert found.counts["latency_above"] == {"canary": Count(12, 7)}


def test_the_same_bound_written_in_two_ways_is_no_guess():
    twice = [series([(-5, 0), (30, n)], le=le) for le, n in (("1", 3), ("1.0", 4), ("+Inf", 9))]
    assert "twice" in look({"canary": twice}, {"latency_above": {"bound_ms": 1000}}).errors["latency_above"]


def test_a_sum_that_climbs_over_a_restart_begins_at_zero_too():
    answers = {
        "model_score_count": [series([(-1, 100), (59, 10)], __name__="c")],
        "model_score_sum": [series([(-1, 5.0), (59, 6.5)], __name__="s")],
        "model_score_squares": [series([(-1, 1.0), (59, 4.5)], __name__="q")],
    }
    assert look(answers, {"score_shift": {}}).values["score_shift"]["canary"] == Moments(10, 6.5, 4.5)
    answers["model_score_count"] = [series([(-1, 100), (59, 110)], __name__="c")]
    answers["model_score_sum"] = [series([(-1, 5.0), (59, 4.0)], __name__="s")]
    assert "below zero" in look(answers, {"score_shift": {}}).errors["score_shift"]
    answers["model_score_sum"] = [series([(-1, 0), (59, 1.7e308)], __name__="s", pod=pod) for pod in "ab"]
    assert look(answers, {"score_shift": {}}).errors and not look(answers, {"score_shift": {}}).values


def test_a_process_that_another_server_begins_to_relay_was_not_born_then():
    relayed = [
        series([(-5, 10), (30, 20)], code="200", exported_instance="a"),
        series([(30, 900)], code="500", exported_instance="b"),
    ]
    assert look({'"canary"': relayed}, {"error_rate": {}}).counts["error_rate"] == {"canary": Count(10, 0)}


@pytest.mark.parametrize(
    ("code", "words"), [(errno.ENOTCONN, ""), (errno.EBADF, ""), (errno.EIO, ", and its connection cannot be closed")]
)
def test_a_connection_that_cannot_be_closed_is_told_unless_it_has_gone_by_itself(code, words):
    class Sock:
        def shutdown(self, how):
            raise OSError(code, "said by the system")

    asking = fetching._Asking("http://host", {}, 1, 1)
    asking.held += [SimpleNamespace(sock=None), SimpleNamespace(sock=Sock())]
    assert asking.stop().startswith(words) and bool(asking.stop()) == bool(words)


def test_a_query_that_is_none_is_told_before_anything_begins():
    def ready(error, metrics=QUERIES):
        made = {name: MetricOptions(**options) for name, options in metrics.items()}
        PrometheusSource(Answers({"total{a=": error}), made, Clock(lambda: T)).ready()

    with pytest.raises(CheckError, match="metric m: Prometheus answers 400: parse error"):
        ready(QueryError("Prometheus answers 400: parse error", wrong=True))
    ready(QueryError("Prometheus answers 503"))
    ready([])
    ready([series([(-1, 5), (0, 6)])])


def test_only_a_query_that_prometheus_cannot_read_is_wrong(answering):
    for status, wrong in ((400, True), (422, False), (503, False)):
        with pytest.raises(QueryError) as error:
            answering((status, {"status": "error", "error": "x"})).query("x", T)
        assert error.value.wrong is wrong
