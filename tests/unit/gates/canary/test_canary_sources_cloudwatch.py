"""Looks out of CloudWatch: pages, partial answers, missing points, refusals, clocks."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import formatdate

import pytest

from mlops_gates.adapters.aws import Aws, Refused
from mlops_gates.errors import CheckError, ConfigError
from mlops_gates.gates.canary.sources.clock import Clock
from mlops_gates.gates.canary.sources.cloudwatch import PAUSES, CloudWatchSource
from mlops_gates.gates.canary.sources.metrics import CloudWatchMetric, Datum, MetricOptions
from mlops_gates.gates.canary.streams import Count, Moments

T = 1_800_000_000
VARIANTS = {"baseline": "blue", "canary": "green"}
LATENCY = {"latency_above": {"bound_ms": 250}}
TC = "TC(250000:)"


class Account:
    """GetMetricData by (variant, metric, statistic) -> {minute: value}; `answers` may spoil a call by its number."""

    def __init__(self, data, page=None, spoil=None, now=T + 300):
        self.data, self.page, self.spoil, self.now = data, page, spoil or (lambda *_: {}), now
        self.calls, self.waited = [], []
        self.aws = Aws("eu-west-1", clients={})
        self.aws.call = self.call

    def call(self, service, operation, members, region=""):
        assert (service, operation) == ("cloudwatch", "GetMetricData")
        self.calls.append(members)
        self.aws.date = formatdate(self.now, usegmt=True)
        first = int(members.get("NextToken", 0))
        queries = members["MetricDataQueries"]
        last = len(queries) if self.page is None else first + self.page
        results = [self.result(one) for one in queries[first:last]]
        told = {"MetricDataResults": results, **({"NextToken": str(last)} if last < len(queries) else {})}
        return {**told, **self.spoil(len(self.calls), told)}

    def result(self, query):
        stat = query["MetricStat"]
        named = {one["Name"]: one["Value"] for one in stat["Metric"]["Dimensions"]}
        assert stat["Period"] == 60 and named["EndpointName"] == "churn"
        minutes = self.data.get((named["VariantName"], stat["Metric"]["MetricName"], stat["Stat"]), {})
        times = [datetime.fromtimestamp(T + at, UTC) for at in minutes]
        return {"Id": query["Id"], "StatusCode": "Complete", "Timestamps": times, "Values": list(minutes.values())}

    def read(self, metrics=None, end=T + 120, clock=T + 300):
        made = {name: MetricOptions(**options) for name, options in (metrics or {"error_rate": {}}).items()}
        source = CloudWatchSource(self.aws, "churn", VARIANTS, made, Clock(lambda: clock), sleep=self.waited.append)
        return source.read(T, end)


def invocations(variant, n, bad):
    return {(variant, "Invocations", "Sum"): n, (variant, "Invocation5XXErrors", "Sum"): bad}


BOTH = {**invocations("blue", {0: 100.0, 60: 50.0}, {0: 1.0, 60: 0.0}), **invocations("green", {60: 9.0}, {60: 2.0})}
BOTH_COUNTED = {"error_rate": {"baseline": Count(150, 1), "canary": Count(9, 2)}}


@pytest.mark.parametrize("page", [None, 1, 3])
def test_minutes_of_all_pages_are_added_up(page):
    account = Account(BOTH, page=page)
    found = account.read()
    assert (found.counts, found.errors) == (BOTH_COUNTED, {})
    assert len(account.calls) == (1 if page is None else -(-4 // page))


def test_points_of_other_times_and_of_the_future_are_no_part_of_the_interval():
    data = invocations("blue", {-60: 7.0, 0: 10.0, 60: 5.0, 120: 99.0}, {-60: 7.0, 0: 1.0, 60: 0.0, 120: 99.0})
    assert Account(data).read().counts["error_rate"] == {"baseline": Count(15, 1)}


def test_a_partial_answer_is_asked_for_again_and_only_what_is_left():
    def spoil(number, told):
        if number == 1:
            told["MetricDataResults"][3]["StatusCode"] = "PartialData"
            told["MetricDataResults"][3]["Values"] = []
            told["MetricDataResults"][3]["Timestamps"] = []
        return {}

    account = Account(BOTH, spoil=spoil)
    assert account.read().counts == BOTH_COUNTED
    assert [len(call["MetricDataQueries"]) for call in account.calls] == [4, 1] and account.waited == [PAUSES[0]]


@pytest.mark.parametrize("code", ["PartialData", "InternalError", "Forbidden"])
def test_what_stays_partial_is_an_error_of_its_metric_alone(code):
    def spoil(number, told):
        for one in told["MetricDataResults"]:
            if one["Id"] == "q0":
                one["StatusCode"] = code
        return {}

    data = {**BOTH, ("blue", "ModelLatency", "SampleCount"): {0: 10.0}, ("blue", "ModelLatency", "Maximum"): {0: 3.0}}
    account = Account(data, spoil=spoil)
    found = account.read({"error_rate": {}, **LATENCY})
    assert found.errors == {"error_rate": f"CloudWatch answers Invocations with {code}"}
    assert found.counts == {"latency_above": {"baseline": Count(10, 0)}}
    assert account.waited == list(PAUSES)


def test_a_query_without_a_result_is_an_error_and_no_zero():
    account = Account(BOTH, spoil=lambda _, told: {"MetricDataResults": told["MetricDataResults"][1:]})
    assert account.read().errors == {"error_rate": "CloudWatch answers Invocations with no answer"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "no variant has data"),
        (invocations("blue", {0: 10.0, 60: 10.0}, {0: 0.0}), "no data point of Invocation5XXErrors"),
        (invocations("blue", {0: 10.0}, {0: 0.0, 60: 3.0}), "not of how many requests"),
        (invocations("blue", {}, {0: 3.0}), "not of how many requests"),
        (invocations("blue", {0: 10.0}, {0: 11.0}), "more bad requests"),
        (invocations("blue", {0: 10.0}, {0: float("nan")}), "not a finite number"),
        (invocations("blue", {0: float("inf")}, {0: 1.0}), "not a finite number"),
        (invocations("blue", {0: 10.0}, {0: -1.0}), "negative"),
        (invocations("blue", {0: 10.5}, {0: 1.0}), "not a whole number"),
        (invocations("blue", {0: 0.0}, {0: 3.0}), "more bad requests"),
        (invocations("blue", {0: 1.7e308, 60: 1.7e308}, {0: 1.0, 60: 1.0}), "too large"),
    ],
)
def test_missing_points_are_never_zero_errors(data, words):
    found = Account(data).read()
    assert words in found.errors["error_rate"] and not found.counts


def test_absent_errors_are_zero_only_where_the_config_says_that_no_zeros_are_sent():
    container = CloudWatchMetric(
        total=Datum(metric="Invocations"),
        bad=(Datum(metric="Invocation5XXErrors"),),
        dimensions={"ContainerName": "a"},
        absent="zero",
    )
    account = Account(invocations("blue", {0: 10.0, 60: 10.0}, {0: 2.0}))
    assert account.read({"error_rate": {"cloudwatch": container}}).counts["error_rate"] == {"baseline": Count(20, 2)}
    named = account.calls[0]["MetricDataQueries"][0]["MetricStat"]["Metric"]["Dimensions"]
    assert {"Name": "ContainerName", "Value": "a"} in named


def latency(**parts):
    return {("green", "ModelLatency", stat): minutes for stat, minutes in parts.items()}


def test_a_bound_in_milliseconds_is_asked_for_in_microseconds_as_a_trimmed_count():
    data = {**latency(SampleCount={0: 100.0, 60: 100.0}, Maximum={0: 400_000.0, 60: 900_000.0})}
    data["green", "ModelLatency", TC] = {0: 3.6, 60: 2.0}
    account = Account(data)
    assert account.read(LATENCY).counts["latency_above"] == {"canary": Count(200, 6)}
    asked = [one["MetricStat"]["Stat"] for one in account.calls[0]["MetricDataQueries"]]
    assert asked == ["SampleCount", TC, "Maximum"] * 2


@pytest.mark.parametrize(("bound_ms", "stat"), [(0.5, "TC(500:)"), (1000, "TC(1000000:)"), (0.0001, "TC(0.1:)")])
def test_bounds_are_written_as_cloudwatch_reads_them(bound_ms, stat):
    account = Account({})
    account.read({"latency_above": {"bound_ms": bound_ms}})
    assert account.calls[0]["MetricDataQueries"][1]["MetricStat"]["Stat"] == stat


def test_no_count_above_a_bound_is_zero_only_where_the_greatest_value_proves_it():
    data = latency(SampleCount={0: 100.0}, Maximum={0: 250_000.0})
    assert Account(data).read(LATENCY).counts["latency_above"] == {"canary": Count(100, 0)}
    for most in ({0: 250_001.0}, {}):
        found = Account(latency(SampleCount={0: 100.0}, Maximum=most)).read(LATENCY)
        assert "no data point of ModelLatency" in found.errors["latency_above"] and not found.counts


@pytest.mark.parametrize(("bad", "words"), [(0.0, "none above"), (0.3, ""), (1.2, "")])
def test_a_greatest_value_above_the_bound_is_at_least_one_request_above_it(bad, words):
    data = latency(SampleCount={0: 100.0}, Maximum={0: 250_001.0})
    data["green", "ModelLatency", TC] = {0: bad}
    found = Account(data).read(LATENCY)
    if words:
        assert words in found.errors["latency_above"] and not found.counts
    else:
        assert found.counts["latency_above"] == {"canary": Count(100, 1)}


def test_errors_of_requests_of_the_minute_before_are_errors():
    data = invocations("blue", {0: 10.0, 60: 0.0}, {0: 0.0, 60: 2.0})
    assert Account(data).read().counts["error_rate"] == {"baseline": Count(10, 2)}


def test_a_result_without_a_status_is_not_taken_for_whole():
    def spoil(number, told):
        del told["MetricDataResults"][0]["StatusCode"]
        return {}

    assert Account(BOTH, spoil=spoil).read().errors == {"error_rate": "CloudWatch answers Invocations with no status"}


def test_a_minute_that_is_said_twice_must_be_said_alike():
    def twice(more):
        def spoil(number, told):
            one = told["MetricDataResults"][0]
            one["Timestamps"].append(one["Timestamps"][0])
            one["Values"].append(one["Values"][0] + more)
            return {}

        return Account(BOTH, spoil=spoil).read()

    assert twice(0).counts == BOTH_COUNTED
    assert "two values of one minute" in twice(1).errors["error_rate"]


def test_values_without_times_are_an_error_of_their_metric():
    def spoil(number, told):
        told["MetricDataResults"][0]["Values"].pop()
        return {}

    assert "as many values as times" in Account(BOTH, spoil=spoil).read().errors["error_rate"]


@pytest.mark.parametrize("token", [lambda number: "same", lambda number: "ab"[number % 2], str])
def test_pages_without_an_end_are_left(token):
    account = Account(BOTH, spoil=lambda number, told: {"NextToken": token(number)})
    account.call = lambda *members, asked=[0]: {"MetricDataResults": [], **_count(asked, token)}
    account.aws.call = account.call
    with pytest.raises(CheckError, match="pages of GetMetricData have no end"):
        account.read()


def _count(asked, token):
    asked[0] += 1
    return {"NextToken": token(asked[0])}


def test_values_come_from_three_statistics():
    data = {
        ("green", "Score", "SampleCount"): {0: 4.0},
        ("green", "Score", "Sum"): {0: -2.0},
        ("green", "ScoreSquared", "Sum"): {0: 1.5},
    }
    assert Account(data).read({"score_shift": {}}).values == {"score_shift": {"canary": Moments(4, -2.0, 1.5)}}
    del data["green", "ScoreSquared", "Sum"]
    assert "not all" in Account(data).read({"score_shift": {}}).errors["score_shift"]


@pytest.mark.parametrize(("start", "end"), [(T + 1, T + 61), (T, T + 30), (T, T)])
def test_intervals_are_whole_minutes(start, end):
    source = CloudWatchSource(Account(BOTH).aws, "churn", VARIANTS, {"error_rate": MetricOptions()}, Clock(lambda: T))
    with pytest.raises(CheckError, match="whole minutes"):
        source.read(start, end)


@pytest.mark.parametrize("off", [-61, 3600])
def test_a_clock_that_is_off_stops_everything(off):
    with pytest.raises(CheckError, match="the clock of this machine is"):
        Account(BOTH).read(clock=T + 300 + off)


def refusing(error):
    def spoil(*_):
        raise error

    return spoil


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Refused("denied", "AccessDenied", (((), "no"),)), "denies cloudwatch:GetMetricData"),
        (Refused("busy", "ThrottlingException", (((), "Rate exceeded"),)), "throttles GetMetricData"),
        (Refused("busy", "InternalServiceFault", (((), "x"),)), r"fails at GetMetricData \(InternalServiceFault\)"),
        (Refused("refused", "ValidationError", (((), "Period ::x"),)), r"ValidationError\): Period :\u200b:x"),
        (CheckError("the AWS credentials have expired"), "credentials have expired"),
    ],
)
def test_refusals_are_told(error, words):
    with pytest.raises(CheckError, match=words):
        Account(BOTH, spoil=refusing(error)).read()


def test_a_signature_refused_because_of_the_clock_is_told_as_the_clock():
    forged = CheckError("AWS does not know the credentials (InvalidSignatureException)")
    with pytest.raises(CheckError, match="the clock of this machine is 3600 s ahead"):
        Account(BOTH, spoil=refusing(forged)).read(clock=T + 3900)


def test_more_metrics_than_a_call_takes_are_asked_in_several():
    many = {
        f"m{number}": {"cloudwatch": CloudWatchMetric(total=Datum(metric="a"), bad=(Datum(metric="b"),))}
        for number in range(130)
    }
    account = Account({("blue", "a", "Sum"): {0: 5.0}, ("blue", "b", "Sum"): {0: 1.0}})
    found = account.read(many)
    assert [len(call["MetricDataQueries"]) for call in account.calls] == [500, 20]
    assert set(found.counts) == set(many) and found.counts["m129"] == {"baseline": Count(5, 1)}


def test_what_nobody_says_where_to_find_is_an_error_of_the_config():
    with pytest.raises(ConfigError, match="revenue does not say where CloudWatch"):
        Account({}).read({"revenue": {}})


@pytest.mark.parametrize("stat", ["Average", "p99", "Maximum", "TC()", "", "TC(90%:)", "TC(:)", "tc99", "TC(1:2:3)"])
def test_statistics_that_do_not_add_up_over_minutes_are_refused(stat):
    with pytest.raises(ValueError, match="stat"):
        Datum(metric="a", stat=stat)


def test_a_trimmed_count_that_is_absent_is_no_zero_even_where_absent_errors_are():
    counted = CloudWatchMetric(
        total=Datum(metric="ModelLatency", stat="SampleCount"),
        bad=(Datum(metric="ModelLatency", stat=TC),),
        absent="zero",
    )
    data = latency(SampleCount={0: 100.0}, Maximum={0: 250_001.0})
    assert Account(data).read({"slow": {"cloudwatch": counted}}).errors == {
        "slow": "a minute has requests, and no data point of ModelLatency"
    }


def test_an_account_that_refuses_is_told_before_anything_begins():
    account = Account(BOTH, spoil=refusing(Refused("denied", "AccessDenied", ())))
    source = CloudWatchSource(account.aws, "churn", VARIANTS, {"error_rate": MetricOptions()}, Clock(lambda: T + 300))
    with pytest.raises(CheckError, match="denies cloudwatch:GetMetricData"):
        source.ready()


@pytest.mark.parametrize("name", ["VariantName", "EndpointName"])
def test_a_dimension_that_would_make_both_arms_one_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} is that of the arm"):
        CloudWatchMetric(total=Datum(metric="a"), bad=(Datum(metric="b"),), dimensions={name: "AllTraffic"})


def test_one_variant_for_both_arms_is_refused():
    with pytest.raises(ConfigError, match="both arms are called blue"):
        CloudWatchSource(Account({}).aws, "churn", {"baseline": "blue", "canary": "blue"}, {}, Clock())


def in_turn(first, later, metrics=None):
    """Two intervals of a minute; of the first one `later` is said when the second is read."""
    account = Account(first)
    made = {name: MetricOptions(**options) for name, options in (metrics or {"error_rate": {}}).items()}
    source = CloudWatchSource(account.aws, "churn", VARIANTS, made, Clock(lambda: T + 300), sleep=account.waited.append)
    before = source.read(T, T + 60)
    account.data = later
    return before, source.read(T + 60, T + 120)


def test_a_request_that_comes_after_its_interval_was_read_is_counted_and_never_judged():
    first = invocations("blue", {0: 1000.0}, {0: 1.0})
    before, now = in_turn(first, invocations("blue", {0: 1004.0, 60: 990.0}, {0: 1.0, 60: 2.0}))
    assert before.counts["error_rate"] == {"baseline": Count(1000, 1)} and not before.late
    assert now.counts["error_rate"] == {"baseline": Count(990, 2)} and not now.errors
    assert now.late == {"error_rate": 4}


@pytest.mark.parametrize(
    ("n", "bad", "words"),
    [
        (1020.0, 1.0, r"20 of 1020 \(Invocations\) of the interval before came after it was read: `late` is too short"),
        (1002.0, 3.0, r"2 of 3 \(Invocation5XXErrors\) of the interval before"),
    ],
)
def test_an_interval_that_was_read_too_early_is_no_evidence(n, bad, words):
    first = invocations("blue", {0: 1000.0}, {0: 1.0})
    _, now = in_turn(first, invocations("blue", {0: n, 60: 990.0}, {0: bad, 60: 2.0}))
    assert not now.counts and re.match(words, now.errors["error_rate"])


def test_slow_requests_that_come_last_are_no_good_news():
    first = latency(SampleCount={0: 1000.0}, Maximum={0: 9_000.0})
    later = latency(SampleCount={0: 1003.0, 60: 900.0}, Maximum={0: 900_000.0, 60: 9_000.0})
    later["green", "ModelLatency", TC] = {0: 3.0}
    _, now = in_turn(first, later, LATENCY)
    assert "3 of 3 (ModelLatency) of the interval before came after" in now.errors["latency_above"]


def test_an_interval_that_does_not_join_the_last_one_is_asked_for_alone():
    account = Account(BOTH)
    source = CloudWatchSource(account.aws, "churn", VARIANTS, {"error_rate": MetricOptions()}, Clock(lambda: T + 300))
    for start in (T, T + 120, T + 180):
        source.read(start, start + 60)
    asked = [call["StartTime"].timestamp() - T for call in account.calls]
    assert asked == [0, 120, 120]
