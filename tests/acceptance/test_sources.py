"""Sources in other systems, against real servers: an S3 endpoint over HTTP, and Debian's PostgreSQL."""

import json
import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from mlops_gates.adapters import s3
from mlops_gates.errors import CheckError
from mlops_gates.tables import reading
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.named import open_named

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-west-1"}


def free_port():
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def until(ready, process, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ready():
            return
        assert process.poll() is None, "the server ended"
        time.sleep(0.1)
    raise AssertionError("the server did not answer")


def answers(port):
    with closing(socket.socket()) as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(autouse=True)
def private(tmp_path_factory, monkeypatch):
    """Where private folders are made; nothing may be left there."""
    folder = tmp_path_factory.mktemp("private")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def rows(name, folder=Path("/"), **more):
    with closing(open_named(name, folder, **more)) as opened, closing(DuckTable(opened, 10**9)) as table:
        assert opened.folder and stat.S_IMODE(opened.folder.stat().st_mode) == 0o700
        return table.rows_of(f"SELECT * FROM {reading.clause(opened)}")


def refused(name, **more):
    with pytest.raises(CheckError) as raised:
        rows(name, **more)
    assert "hunter2" not in str(raised.value)
    return raised.value


def gated(folder, source, **environment):
    """The data gate's command on one source: its exit code and results."""
    (folder / "c.yml").write_text(f"data:\n  source: {source}\n  columns: {{x: {{type: integer, nulls: 0}}}}\n")
    command = [sys.executable, "-m", "mlops_gates"]
    env = {**os.environ, **environment}
    done = subprocess.run(
        [*command, "run", "--config", "c.yml"],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    report = folder / "mlops-gates-report" / "results.json"
    assert "hunter2" not in done.stdout + done.stderr + report.read_text()
    return done, json.loads(report.read_text())


def enforced(folder, **environment):
    command = [sys.executable, "-m", "mlops_gates", "enforce", "mlops-gates-report/results.json"]
    env = {**os.environ, **environment}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)


# --- S3 ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    port = free_port()
    log = (tmp_path_factory.mktemp("s3") / "log").open("w")
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        until(lambda: answers(port), process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def bucket(endpoint, monkeypatch):
    """An empty bucket `tables` and a function that puts an object into it."""
    import boto3

    for name, value in {**KEYS, "AWS_ENDPOINT_URL_S3": endpoint, "AWS_EC2_METADATA_DISABLED": "true"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    s3._client.cache_clear()
    import urllib.request

    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")).close()
    client = boto3.client("s3")
    client.create_bucket(Bucket="tables", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    yield lambda key, body: client.put_object(Bucket="tables", Key=key, Body=body)
    s3._client.cache_clear()


def parquet(folder, **columns):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet as format_

    format_.write_table(pa.table(columns), folder / "made.parquet")
    return (folder / "made.parquet").read_bytes()


def test_an_object(bucket):
    bucket("d/a.csv", b"x,y\n1,a\n")
    assert rows("s3://tables/d/a.csv") == [("1", "a")]


def test_a_pattern_of_objects_with_partitions(bucket, tmp_path):
    for month in (1, 2):
        bucket(f"d/year=2026/month={month}/p[{month}].parquet", parquet(tmp_path, x=[month]))
    bucket("d/_SUCCESS", b"")
    bucket("d/year=2026/month=1/_temporary/x.parquet", b"broken")
    expected = [(1, 1, 2026), (2, 2, 2026)]
    assert rows("s3://tables/d/*/*/*.parquet") == expected
    assert rows("s3://tables/d/") == expected
    assert rows("s3://tables/d") == expected


def test_more_objects_than_one_page_lists(bucket):
    for number in range(1100):
        bucket(f"d/{number:04}.csv", b"x\n%d\n" % number)
    assert [row[0] for row in rows("s3://tables/d/*.csv")] == [str(number) for number in range(1100)]


def test_keys_that_would_lead_out_of_the_folder(bucket, private):
    bucket("../../../escaped/..csv", b"x\n1\n")
    bucket("/a//b.csv", b"x\n2\n")
    assert rows("s3://tables/../../../escaped/..csv") == [("1",)]
    assert rows("s3://tables//a//b.csv") == [("2",)]
    assert not (private.parent / "escaped").exists()


def test_a_large_object_needs_little_memory(bucket, tmp_path):
    bucket("d/big.csv", b"x\n" + b"1234567\n" * (16 << 20))  # 128 MiB
    probe = (
        "import resource, sys; from pathlib import Path; from mlops_gates.adapters import s3\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "s3.fetch(s3.Item('tables', 'd/big.csv'), Path(sys.argv[1]), lambda: None)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run([sys.executable, "-c", probe, tmp_path / "x"], capture_output=True, text=True, check=True)
    assert (tmp_path / "x").stat().st_size == 2 + (128 << 20)
    assert int(done.stdout) < 96 * 1024, "KiB, boto3 itself among them"


def test_what_s3_refuses(bucket):
    assert refused("s3://tables/none.csv").what == "there is no object s3://tables/none.csv"
    assert refused("s3://nowhere-at-all/x.csv").what == "there is no bucket nowhere-at-all"
    assert refused("s3://tables/none/*.csv").what == "s3://tables/none/*.csv matches no object"
    bucket("empty.csv", b"")
    assert refused("s3://tables/empty.csv").what == "s3://tables/empty.csv is empty (0 bytes)"


def test_absent_credentials_and_a_dead_endpoint(bucket, monkeypatch):
    for name in KEYS:
        monkeypatch.delenv(name)
    s3._client.cache_clear()
    began = time.monotonic()
    assert "there are no usable AWS credentials" in refused("s3://tables/a.csv").what
    assert time.monotonic() - began < 10, "nothing was tried again"
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{free_port()}")
    s3._client.cache_clear()
    assert "S3 could not be asked (EndpointConnectionError)" in refused("s3://tables/a.csv").what


class Canned:
    """An endpoint that answers every request with one error, and counts them."""

    def __init__(self, status, code):
        import http.server
        import threading

        canned = self
        self.asked = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                canned.asked += 1
                body = f"<Error><Code>{code}</Code><Message>token hunter2</Message></Error>".encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.mark.parametrize(
    ("status", "code", "words", "asked"),
    [
        (403, "AccessDenied", "access denied to s3:GetObject", 1),
        (400, "ExpiredToken", "the AWS credentials have expired", 1),
        (403, "InvalidAccessKeyId", "AWS does not know the credentials", 1),
        (503, "SlowDown", "S3 asks for fewer requests", s3.ATTEMPTS),
        (403, "RequestTimeTooSkewed", "the clock of this machine is wrong", 1),
    ],
)
def test_what_is_tried_again(bucket, monkeypatch, status, code, words, asked):
    with closing(Canned(status, code)) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{endpoint.server.server_port}")
        s3._client.cache_clear()
        assert words in refused("s3://tables/a.csv").what
        assert endpoint.asked == asked


def test_the_verdict_binds_what_s3_says(bucket, endpoint, tmp_path):
    bucket("d/a.csv", b"x\n1\n")
    bucket("d/b.csv", b"x\n2\n")
    done, results = gated(tmp_path, "s3://tables/d/*.csv")
    assert (done.returncode, results["status"]) == (0, "passed"), done.stdout + done.stderr
    assert enforced(tmp_path).returncode == 0
    bucket("d/b.csv", b"x\n3\n")
    changed = enforced(tmp_path)
    assert changed.returncode == 1
    assert "what S3 says of it is not what was judged" in " ".join(changed.stdout.split())
    bucket("d/b.csv", b"x\n2\n")
    assert enforced(tmp_path).returncode == 0
    bucket("d/c.csv", b"x\n2\n")
    assert enforced(tmp_path).returncode == 1


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server of its own on a free port of the loopback; its one user needs a password."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres")) if Path("/usr/lib/postgresql").is_dir() else []
    if not found:
        pytest.skip("there is no PostgreSQL; .ci/tools installs it")
    programs, port = found[-1].parent, free_port()
    # A folder of its own: those of pytest can be entered by one user only.
    folder = Path("/var/tmp") / f"mlops-gates-postgres-{os.getpid()}"
    folder.mkdir(mode=0o700)
    (folder / "password").write_text("hunter2")
    user = {}
    if os.getuid() == 0:
        owner = pwd.getpwnam("postgres")
        for path in (folder, folder / "password"):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    process = None
    try:
        initial = ["-U", "tester", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", f"--pwfile={folder / 'password'}"]
        subprocess.run(
            [programs / "initdb", "-D", folder / "data", *initial],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=120,
            **user,
        )
        options = ["-p", str(port), "-k", str(folder), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        options += ["-c", "timezone=Asia/Tokyo", "-c", "datestyle=German"]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                [programs / "postgres", "-D", folder / "data", *options], cwd=folder, stdout=log, stderr=log, **user
            )
        until(lambda: answers(port), process)
        yield port
    finally:
        if process:
            process.send_signal(2)
            process.wait(60)
        shutil.rmtree(folder)


@pytest.fixture
def database(server, monkeypatch):
    """Runs statements as the owner; gives the names of tables in it."""
    psycopg = pytest.importorskip("psycopg")
    monkeypatch.setenv("PGPASSWORD", "hunter2")
    address = f"postgresql://tester@127.0.0.1:{server}/postgres"
    for _ in range(100):
        try:
            connection = psycopg.connect(address, autocommit=True)
            break
        except psycopg.OperationalError as error:
            assert "starting up" in str(error)
            time.sleep(0.1)
    with connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")

        class Database:
            def name(self, table):
                return f"{address}#{table}"

            def run(self, statement):
                connection.execute(statement)

        yield Database()


def test_every_value_is_iso_text(database):
    database.run(
        "CREATE TABLE t AS SELECT 1 AS i, 1.5::float8 AS f, 'NaN'::float8 AS n, true AS b, date '2026-01-31' AS d, "
        "timestamptz '2026-01-31 12:00+00' AS z, E'a,\"b\"\\nc' AS s, NULL::int AS nothing, '\\x00ff'::bytea AS bytes"
    )
    day, moment = "2026-01-31", "2026-01-31 12:00:00+00"
    assert rows(database.name("t")) == [("1", "1.5", "NaN", "true", day, moment, 'a,"b"\nc', None, "\\x00ff")]


def test_one_column_with_nulls_keeps_its_rows(database):
    database.run("CREATE TABLE t AS SELECT * FROM (VALUES (1), (NULL), (3)) AS v(x)")
    assert rows(database.name("public.t")) == [("1",), (None,), ("3",)]


def test_names_are_quoted(database):
    database.run('CREATE SCHEMA IF NOT EXISTS "S x"')
    database.run('DROP TABLE IF EXISTS "S x"."t; DROP TABLE y"')
    database.run('CREATE TABLE "S x"."t; DROP TABLE y" ("a ""b" int, "C" int)')
    database.run('INSERT INTO "S x"."t; DROP TABLE y" VALUES (1, 2)')
    assert rows(database.name("S%20x.t; DROP TABLE y")) == [("1", "2")]
    database.run('DROP SCHEMA "S x" CASCADE')


def test_a_table_that_is_not_there(database):
    database.run("CREATE TABLE customers (x int)")
    error = refused(database.name("public.custmers"))
    assert "there is no table 'public.custmers'" in error.what
    assert error.next_step == "Did you mean 'public.customers'?"


def test_nothing_can_be_written(database):
    database.run("CREATE TABLE log (x int)")
    database.run("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'INSERT INTO log VALUES (1) RETURNING x'")
    database.run("CREATE VIEW v AS SELECT f() AS x")
    assert "read-only transaction" in refused(database.name("v")).what


def test_a_view_that_takes_too_long(database):
    database.run("CREATE VIEW slow AS SELECT 1 AS x FROM pg_sleep(60)")
    began = time.monotonic()
    assert "was not read within the time of the gate" in refused(database.name("slow"), seconds=2.0).what
    assert time.monotonic() - began < 20


def test_who_may_not_read(database):
    database.run("CREATE TABLE secret (x int)")
    database.run("DROP ROLE IF EXISTS visitor")
    database.run("CREATE ROLE visitor LOGIN PASSWORD 'hunter2'")
    database.run("GRANT USAGE ON SCHEMA public TO visitor")
    error = refused(database.name("public.secret").replace("tester@", "visitor@"))
    assert "may not be read by this user" in error.what
    assert "GRANT SELECT ON public.secret" in error.next_step


def test_a_wrong_password_and_a_dead_server(database, monkeypatch):
    database.run("CREATE TABLE t (x int)")
    monkeypatch.setenv("PGPASSWORD", "wrong-hunter2")
    error = refused(database.name("t"))
    assert "did not let the user in" in error.what
    assert "PGPASSWORD" in error.next_step
    monkeypatch.delenv("PGPASSWORD")
    monkeypatch.setenv("PGPASSFILE", "/nowhere")
    assert "did not let the user in" in refused(database.name("t")).what
    assert "no connection" in refused(f"postgresql://u@127.0.0.1:{free_port()}/d#t").what


def test_the_gate_judges_a_table_and_binds_nothing(database, tmp_path):
    database.run("CREATE TABLE t AS SELECT 1 AS x")
    name = database.name("t")
    done, results = gated(tmp_path, f"'{name}'")
    assert (done.returncode, results["status"]) == (0, "passed"), done.stdout + done.stderr
    assert enforced(tmp_path).returncode == 3
    database.run("INSERT INTO t VALUES (NULL)")
    done, results = gated(tmp_path, f"'{name}'")
    assert (done.returncode, results["status"]) == (1, "failed")
