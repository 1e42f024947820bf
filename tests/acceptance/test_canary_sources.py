"""Sources of looks against what is real: a Prometheus that scrapes, servers that misbehave, CloudWatch over HTTP."""

from __future__ import annotations

import http.server
import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from datetime import UTC, datetime
from email.utils import formatdate

import pytest

from mlops_gates.adapters.aws import Aws
from mlops_gates.adapters.fetching import Unreachable, fetch
from mlops_gates.adapters.motoserver import MotoServer
from mlops_gates.adapters.prometheus import Prometheus, QueryError
from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.sources.clock import Clock, Frozen, Intervals, aligned
from mlops_gates.gates.canary.sources.cloudwatch import CloudWatchSource
from mlops_gates.gates.canary.sources.metrics import MetricOptions, PrometheusMetric
from mlops_gates.gates.canary.sources.prometheus import PrometheusSource
from mlops_gates.gates.canary.streams import Count, Moments


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


class Exporter(http.server.ThreadingHTTPServer):
    """Counters of two arms as a model server exposes them; the test turns them."""

    daemon_threads = True

    def __init__(self):
        self.samples: dict[str, float] = {}
        self.scrapes = 0
        super().__init__(("127.0.0.1", 0), _Metrics)

    def scraped(self):
        """Wait until all that is counted by now has been scraped, and stored."""
        until = self.scrapes + 4
        for _ in range(300):
            if self.scrapes >= until:
                return
            time.sleep(0.05)
        raise AssertionError("prometheus does not scrape")

    def add(self, name, amount, **labels):
        said = ",".join(f'{key}="{value}"' for key, value in labels.items())
        self.samples[f"{name}{{{said}}}"] = self.samples.get(f"{name}{{{said}}}", 0) + amount


class _Metrics(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.scrapes += 1
        body = "".join(f"{name} {value}\n" for name, value in list(self.server.samples.items())).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def _serving(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def exporter():
    server = _serving(Exporter())
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def prometheus(exporter, tmp_path):
    """The URL of a Prometheus of Debian that scrapes the exporter five times a second."""
    if not shutil.which("prometheus"):
        pytest.skip("no prometheus here; Debian has it as a package")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = {
        "global": {"scrape_interval": "200ms", "scrape_timeout": "200ms"},
        "scrape_configs": [
            {"job_name": "model", "static_configs": [{"targets": [f"127.0.0.1:{exporter.server_address[1]}"]}]}
        ],
    }
    (tmp_path / "prometheus.yml").write_text(json.dumps(config))
    command = ["prometheus", f"--config.file={tmp_path / 'prometheus.yml'}", f"--storage.tsdb.path={tmp_path / 'data'}"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
        try:
            _ready(f"http://127.0.0.1:{port}/-/ready", process, exporter)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


def _ready(url, process, exporter):
    for _ in range(300):
        assert process.poll() is None, "prometheus did not start"
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            if exporter.scrapes > 3:
                return
            time.sleep(0.1)
    raise AssertionError("prometheus was never ready")


METRICS = {
    "error_rate": MetricOptions(),
    "latency_above": MetricOptions(bound_ms=250),
    "score_shift": MetricOptions(),
    "asked": MetricOptions(
        prometheus=PrometheusMetric(
            total='sum(increase(model_requests_total{arm="{{arm}}"}[{{window}}]))',
            bad='sum(increase(model_requests_total{arm="{{arm}}",code="500"}[{{window}}]))',
            absent="zero",
        )
    ),
    "wrong": MetricOptions(prometheus=PrometheusMetric(counter="rate(oops", bad_where={"code": "5.."})),
}


def _request(exporter, arm, code, seconds, score, times=1):
    exporter.add("model_requests_total", times, arm=arm, code=code)
    for le in ("0.1", "0.25", "+Inf"):
        exporter.add("model_request_seconds_bucket", times * (seconds <= float(le)), arm=arm, le=le)
    exporter.add("model_score_count", times, arm=arm)
    exporter.add("model_score_sum", times * score, arm=arm)
    exporter.add("model_score_squares_total", times * score * score, arm=arm)


def test_intervals_of_a_real_prometheus_add_up_to_every_request(exporter, prometheus):
    for arm in ("baseline", "canary"):
        _request(exporter, arm, "200", 0.05, 0.5, times=1000)
    exporter.scraped()
    clock = Clock()
    plan = Intervals(clock.now(), 2.0, 1.0)
    source = Frozen(PrometheusSource(Prometheus(prometheus), METRICS, clock), plan.delay, clock)
    looks = []
    for number, start, end in plan.upcoming(clock):
        looks.append(source.read(start, end))
        if number == 4:
            break
        if number < 3:  # while the next interval runs: the canary errs, with a code that was never seen, and restarts
            _request(exporter, "baseline", "200", 0.05, 0.5, times=40)
            _request(exporter, "canary", "200", 0.2, 0.25, times=10)
            _request(exporter, "canary", "500", 0.4, 0.75, times=5)
        if number == 1:
            exporter.scraped()  # what a process counted after its last scrape dies with it
            for name in [name for name in exporter.samples if "canary" in name]:
                exporter.samples[name] = 0
    totals = {"baseline": [0, 0], "canary": [0, 0]}
    slow = scored = 0
    for look in looks:
        assert set(look.errors) == {"wrong"} and "parse error" in look.errors["wrong"]
        for arm, one in look.counts["error_rate"].items():
            totals[arm][0] += one.n
            totals[arm][1] += one.bad
        slow += look.counts["latency_above"]["canary"].bad
        scored += look.values["score_shift"]["canary"].n
    assert totals == {"baseline": [120, 0], "canary": [45, 15]}
    assert (slow, scored) == (15, 45)
    assert all(isinstance(one, Moments) for look in looks for one in look.values["score_shift"].values())
    assert any(look.counts["asked"]["baseline"].n for look in looks)


def test_a_silent_canary_is_absent_in_a_real_prometheus(exporter, prometheus):
    _request(exporter, "baseline", "200", 0.05, 0.5)
    time.sleep(1)
    now = time.time()
    look = PrometheusSource(Prometheus(prometheus), {"error_rate": MetricOptions()}, Clock()).read(now - 2, now)
    assert set(look.counts["error_rate"]) == {"baseline"} and not look.errors
    later = PrometheusSource(Prometheus(prometheus), {"error_rate": MetricOptions()}, Clock()).read(
        now - 9000, now - 8990
    )
    assert "no arm has data in this interval" in later.errors["error_rate"]


class Hostile:
    """A server on loopback that answers each connection with a function of its socket."""

    def __init__(self, behave):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._behave = behave
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.asked: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection):
        with connection:
            try:
                self.asked.append(connection.recv(65536))
                self._behave(connection)
            except OSError:
                return

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()


def _head(length=None):
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + (
        b"" if length is None else b"Content-Length: %d\r\n" % length
    )


def _drip(first, pause=0.05):
    def behave(connection):
        connection.sendall(first)
        for _ in range(400):
            connection.sendall(b"x")
            time.sleep(pause)

    return behave


@pytest.mark.parametrize(
    "behave",
    [
        _drip(b""),
        _drip(_head() + b"X: "),
        _drip(_head(10**6) + b"\r\n"),
        _drip(b"", 100),
        _drip(_head() + b"\r\n", 100),
    ],
    ids=["status", "headers", "body", "silence", "silent body"],
)
def test_a_server_that_drips_or_says_nothing_is_left_at_the_deadline(behave):
    with Hostile(behave) as server:
        began = time.monotonic()
        with pytest.raises(CheckError, match="did not answer in"):
            Prometheus(server.url, deadline=1.0).query("up", 0)
        assert time.monotonic() - began < 2.5


def test_a_huge_body_is_read_to_the_cap_and_no_further():
    sent = [0]

    def flood(connection):
        connection.sendall(_head() + b"\r\n")
        while True:
            sent[0] += connection.send(b" " * 65536)

    with Hostile(flood) as server, pytest.raises(QueryError, match="larger than 1,000,000 bytes"):
        Prometheus(server.url, cap=1_000_000).query("up", 0)
    time.sleep(0.2)
    assert sent[0] < 40_000_000


def test_a_redirect_to_another_host_takes_no_token_along():
    with Hostile(lambda connection: connection.sendall(_head(2) + b"\r\n{}")) as other:

        def redirect(connection):
            connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: {other.url}/x\r\nContent-Length: 0\r\n\r\n".encode())

        with Hostile(redirect) as server, pytest.raises(CheckError, match="on to another host"):
            Prometheus(server.url, token="secret").query("up", 0)
        assert b"Bearer secret" in server.asked[0] and not other.asked


def test_a_redirect_on_the_same_host_is_followed():
    body = json.dumps({"status": "success", "data": {"resultType": "vector", "result": []}}).encode()

    def behave(connection):
        if len(server.asked) == 1:
            connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /login-free\r\nContent-Length: 0\r\n\r\n")
        else:
            connection.sendall(_head(len(body)) + b"\r\n" + body)

    with Hostile(behave) as server:
        assert Prometheus(server.url).query("up", 0) == ()


def test_the_body_of_a_redirect_is_not_read():
    sent = [0]

    def flood(connection):
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /on\r\n\r\n")
        while sent[0] < 200_000_000:
            sent[0] += connection.send(b" " * 65536)

    with Hostile(flood) as server, pytest.raises(CheckError, match="round in circles"):
        Prometheus(server.url, deadline=20).query("up", 0)
    assert sent[0] < 40_000_000 and len(server.asked) == 4


def test_an_answer_that_breaks_off_is_asked_for_again_and_told_as_such():
    with Hostile(lambda connection: connection.sendall(_head(1000) + b"\r\n" + b'{"status"')) as server:
        with pytest.raises(Unreachable, match="broke off in the middle of its answer"):
            Prometheus(server.url, sleep=lambda _: None).query("up", 0)
        assert len(server.asked) == 3


def test_a_proxy_that_stands_before_prometheus_is_told_without_its_password(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://user:s3cret@127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "elsewhere")
    monkeypatch.setenv("no_proxy", "elsewhere")
    with pytest.raises(
        Unreachable, match=r"^prometheus:9090 \(through the proxy of the .*\) cannot be reached"
    ) as error:
        fetch("http://prometheus:9090/api", {}, 5, 1000)
    assert "s3cret" not in str(error.value)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(Unreachable, match=r"^127.0.0.1:9 cannot be reached"):
        fetch("http://127.0.0.1:9/api", {}, 5, 1000)


def test_nobody_there_is_told_after_the_tries():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    pauses = []
    with pytest.raises(Unreachable, match="refuses the connection"):
        Prometheus(url, sleep=pauses.append).query("up", 0)
    assert pauses == [0.5, 2.0]


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 banana\r\n\r\n", b"\x00\x01\x02", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200]
)
def test_what_is_no_http_is_told(said):
    with Hostile(lambda connection: connection.sendall(said)) as server, pytest.raises(CheckError):
        Prometheus(server.url, deadline=5, sleep=lambda _: None).query("up", 0)


def test_plain_http_behind_https_and_a_certificate_of_nobody(tmp_path):
    import ssl

    plain = Hostile(lambda connection: connection.sendall(_head(2) + b"\r\n{}"))
    with plain as server, pytest.raises(CheckError, match="does not speak TLS"):
        fetch(server.url.replace("http:", "https:"), {}, 5, 1000)
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    subprocess.run(
        [*command, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    class Fine(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    secure = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Fine)
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    _serving(secure)
    url = f"https://127.0.0.1:{secure.server_address[1]}"
    try:
        with pytest.raises(CheckError, match=r"certificate of 127.* does not verify"):
            fetch(url, {}, 5, 1000)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SSL_CERT_FILE", str(certificate))
            assert fetch(url, {}, 5, 1000).status == 204
    finally:
        secure.shutdown()
        secure.server_close()


def _cloudwatch(aws, metrics, **more):
    return CloudWatchSource(aws, "churn", {"baseline": "blue", "canary": "green"}, metrics, Clock(), **more)


def _put(aws, at, variant, name, value):
    named = [{"Name": "EndpointName", "Value": "churn"}, {"Name": "VariantName", "Value": variant}]
    datum = {"MetricName": name, "Dimensions": named, "Timestamp": datetime.fromtimestamp(at, UTC), "Value": value}
    aws.call("cloudwatch", "PutMetricData", {"Namespace": "AWS/SageMaker", "MetricData": [datum]})


def test_requests_and_errors_of_variants_out_of_moto():
    start = aligned(time.time() - 600, 60)
    with MotoServer() as server:
        aws = Aws("eu-west-1", server.endpoint)
        for second in range(0, 120, 10):
            for variant, bad in (("blue", second == 10), ("green", second >= 90)):
                _put(aws, start + second, variant, "Invocations", 1)
                _put(aws, start + second, variant, "Invocation5XXErrors", int(bad))
        _put(aws, start + 125, "blue", "Invocations", 1)
        source = _cloudwatch(aws, {"error_rate": MetricOptions()})
        assert source.read(start, start + 120).counts == {
            "error_rate": {"baseline": Count(12, 1), "canary": Count(12, 3)}
        }
        late = source.read(start + 120, start + 180)
        assert not late.counts and "no data point of Invocation5XXErrors" in late.errors["error_rate"]
        assert source.read(start + 300, start + 360).errors == {"error_rate": "no variant has data in this interval"}


class _Refusing(http.server.BaseHTTPRequestHandler):
    """A stand-in with CloudWatch's errors in its wire format (JSON), which moto cannot be made to say."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked += 1
        status, code = self.server.say(self.server.asked)
        self.send_response(status)
        body = json.dumps(
            {"__type": code, "message": "said by the stand-in"} if status != 200 else {"MetricDataResults": []}
        )
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("x-amzn-query-error", f"{code};Sender")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def date_time_string(self, timestamp=None):
        return formatdate(time.time() + self.server.off, usegmt=True)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def account(monkeypatch):
    """An account of AWS on loopback: retries and the guard against writing are those of a real one."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Refusing)
    server.asked, server.off, server.say = 0, 0.0, lambda number: (200, "")
    _serving(server)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.01)
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "code", "words", "asked"),
    [
        (400, "ThrottlingException", "throttles GetMetricData", 4),
        (400, "ExpiredToken", "credentials have expired", 1),
        (403, "AccessDenied", "denies cloudwatch:GetMetricData", 1),
    ],
)
def test_refusals_over_http(account, status, code, words, asked):
    account.say = lambda number: (status, code)
    start = aligned(time.time() - 600, 60)
    with pytest.raises(CheckError, match=words):
        _cloudwatch(Aws("eu-west-1"), {"error_rate": MetricOptions()}).read(start, start + 60)
    assert account.asked == asked


@pytest.mark.parametrize(
    ("code", "status"), [("", 200), ("RequestTimeTooSkewed", 403), ("InvalidSignatureException", 403)]
)
def test_a_clock_that_is_off_is_told_by_the_servers_date(account, code, status):
    account.say, account.off = lambda number: (status, code), -600.0
    start = aligned(time.time() - 600, 60)
    with pytest.raises(CheckError, match=r"the clock of this machine is (599|600|601) s ahead of that of CloudWatch"):
        _cloudwatch(Aws("eu-west-1"), {"error_rate": MetricOptions()}).read(start, start + 60)


def test_a_burst_of_throttling_is_waited_for(account):
    account.say = lambda number: (400, "Throttling") if number < 3 else (200, "")
    start = aligned(time.time() - 600, 60)
    source = _cloudwatch(Aws("eu-west-1"), {"error_rate": MetricOptions()}, sleep=lambda _: None)
    assert source.read(start, start + 60).errors == {"error_rate": "CloudWatch answers Invocations with no answer"}
    assert account.asked > 3
