from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import jsonschema
import pytest
import yaml

from mlops_gates import config
from mlops_gates.config import Config, ConfigErrors
from mlops_gates.errors import ConfigError, UsageError
from mlops_gates.layers import Place
from mlops_gates.session import shape

SOURCE = "data:\n  source: {}\n"
WAIVER = "  - {rule: x, reason: y, expires: 2027-01-31, on: z}\n"
GOOD = """\
data:
  source: test.csv
  columns:
    id: {unique: true}
"""
MODEL = """\
model:
  path: model.joblib
  data: test.csv
  target: y
  thresholds: {accuracy: 0.7}
environments:
  staging:
    model:
      thresholds: {accuracy: 0.8}
  production:
    model:
      thresholds: {accuracy: 0.9, recall: 0.5}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("test.csv", "model.joblib"):
        (tmp_path / name).touch()
    return tmp_path


def load(folder: Path, text: str, *sets: str, environment: str = "", confined: bool = False) -> Config:
    (folder / "c.yml").write_text(text, encoding="utf-8")
    place = Place(folder, lambda path: path.name, folder if confined else None)
    return config.load("c.yml", place, shape(), environment, sets)


def refused(folder: Path, text: str, *sets: str, environment: str = "", confined: bool = False) -> list[UsageError]:
    with pytest.raises(UsageError) as raised:
        load(folder, text, *sets, environment=environment, confined=confined)
    assert raised.value.exit_code == 2
    return list(getattr(raised.value, "errors", [raised.value]))


@pytest.mark.parametrize(
    ("text", "line", "key", "step"),
    [
        ("data:\n  source: test.csv\n  colums: {}\n", 3, "unknown key data.colums", "Did you mean 'columns'?"),
        ("dat:\n  source: test.csv\n", 1, "unknown key dat", "Did you mean 'data'?"),
        ("compare:\n  x: 1\n" + GOOD, 1, "unknown key compare", ""),
        (GOOD + "    n: {nul: 0}\n", 5, "unknown key data.columns.n.nul", "Did you mean 'nulls'?"),
        (MODEL.replace("accuracy: 0.7", "acuracy: 0.7"), 5, "unknown key model.thresholds.acuracy", "'accuracy'"),
        (GOOD + "policy:\n  advisry: []\n", 6, "unknown key policy.advisry", "Did you mean 'advisory'?"),
        (GOOD + "policy: {advisory: [dta]}\n", 5, "policy.advisory: there is no gate 'dta'", "Did you mean 'data'?"),
        (GOOD + "policy:\n  waivers:\n" + WAIVER, 7, "unknown key policy.waivers.0.on", ""),
        (GOOD + "policy: {inconclusive: warm}\n", 5, "policy.inconclusive", "Did you mean 'warn'?"),
        (GOOD + "    n: {type: int}\n", 5, "data.columns.n.type", "Did you mean 'integer'?"),
        (GOOD + "    n: {nulls: '5'}\n", 5, "data.columns.n.nulls: should be a count of rows", ""),
        (GOOD + "    n: {nulls: 1.5}\n", 5, "data.columns.n.nulls", ""),
        (GOOD + "    n: {unique: false}\n", 5, "data.columns.n.unique", ""),
        (GOOD + "    n: {min: 5, max: 1}\n", 5, "data.columns.n: min 5 is above max 1", ""),
        (GOOD + "    n: {type: string, min: 5}\n", 5, "data.columns.n: min has no meaning for type string", ""),
        (GOOD + "    n: {type: date, min: 5}\n", 5, "data.columns.n: min should be a date", ""),
        (GOOD + "    n: {type: date, min: 2026-02-30}\n", 5, "data.columns.n: min should be a date", ""),
        (GOOD + "    n: {type: integer, min: 2026-01-01}\n", 5, "data.columns.n: min should be a number", ""),
        (GOOD + '    n: {type: integer, allowed: [1, "x"]}\n', 5, "data.columns.n: allowed has 'x'", ""),
        (GOOD + "    n: {allowed: []}\n", 5, "data.columns.n.allowed", ""),
        (GOOD + '    n: {pattern: "["}\n', 5, "data.columns.n.pattern: does not compile", ""),
        (GOOD + '    n: {pattern: "(?=x)"}\n', 5, "data.columns.n.pattern: does not compile", ""),
        (GOOD + '    n: {pattern: "(a)\\\\1"}\n', 5, "data.columns.n.pattern: does not compile", ""),
        (GOOD + "  min_quality_score: 90\n", 5, "data.min_quality_score: should be a number from 0 to 1, not 90", ""),
        (GOOD + "  rows: {min: 5, max: 1}\n", 5, "data.rows: min 5 is above max 1", ""),
        (GOOD + "  rows: {}\n", 5, "data.rows: should have min, max or change", ""),
        (GOOD + "  rows: 5\n", 5, "data.rows", ""),
        (GOOD + "  timeout: soon\n", 5, "data.timeout: should be a positive duration", ""),
        (GOOD + "  memory: 4\n  timeout: 0s\n", 6, "data.timeout", ""),
        (GOOD + "  delimiter: ab\n", 5, "data.delimiter", ""),
        ("data:\n  columns: {}\n", 1, "data.source is missing", ""),
        ("data:\n", 1, "data is empty", "Fill it in"),
        ("data: []\n", 1, "data is empty", ""),
        ("data: test.csv\n", 1, "data: should be a", ""),
        ("data: [test.csv]\n", 1, "data.0: should be a", ""),
        ("version: 2\n" + GOOD, 1, "version", ""),
        ("version: 1\n", 1, "no gate is configured", "Add one of data, model, builders, canary, monitor."),
        ("data:\n  source: tset.csv\n", 2, "data.source: there is no file tset.csv", "Paths start at"),
        (MODEL.replace("path: model.joblib", "path: gone.joblib"), 2, "model.path: there is no file gone.joblib", ""),
        (MODEL.replace("target: y", "target: y\n  code: [., lib]"), 5, "model.code.1: there is no file lib", ""),
        (MODEL.replace("{accuracy: 0.7}", "limits.yml"), 5, "model.thresholds: there is no file limits.yml", ""),
        (MODEL.replace("accuracy: 0.7", "accuracy: high"), 5, "model.thresholds.accuracy", ""),
        (MODEL.replace("accuracy: 0.7", "accuracy: {min: 0.9, max: 0.1}"), 5, "min 0.9 is above max 0.1", ""),
        (MODEL.replace("accuracy: 0.8", "acuracy: 0.8"), 9, "unknown key model.thresholds.acuracy", "'accuracy'"),
        (MODEL.replace("  staging:\n    model:", "  staging:\n    modle:"), 8, "unknown key modle", "'model'"),
        (GOOD + "environments: {production: 3}\n", 5, "environments", ""),
        (GOOD + "environments: [production]\n", 5, "environments", ""),
    ],
)  # fmt: skip
def test_every_error_has_its_line_its_key_and_the_nearest_key(
    folder: Path, text: str, line: int, key: str, step: str
) -> None:
    errors = refused(folder, text)
    assert len(errors) == 1, [str(error) for error in errors]
    (error,) = errors
    assert key in error.what
    assert error.where is not None
    assert (error.where.file, error.where.line) == ("c.yml", line)
    assert step in error.next_step
    assert str(error).startswith(f"c.yml:{line}: ")


def test_several_errors_are_told_together_in_the_order_of_their_lines(folder: Path) -> None:
    errors = refused(folder, "dat: {}\ndata:\n  sorce: x\n  rows: 3\npolicy: {timeout: x}\n")
    assert [error.where.line for error in errors if error.where] == [1, 2, 3, 4, 5]
    with pytest.raises(ConfigErrors) as raised:
        load(folder, "dat: {}\n")
    assert str(raised.value).startswith("c.yml:1: unknown key dat")


def limit(loaded: Config, metric: str = "accuracy") -> tuple[float | None, str]:
    block = next(block for block in loaded.blocks if block.gate == "model")
    found = getattr(block.options.thresholds, metric)  # type: ignore[attr-defined]
    return (found.min if found else None), str(loaded.document.line((*block.path, "thresholds", metric)))


def test_environment_over_file(folder: Path) -> None:
    assert limit(load(folder, MODEL)) == (0.7, "c.yml:5")
    assert limit(load(folder, MODEL, environment="staging")) == (0.8, "c.yml:9")
    production = load(folder, MODEL, environment="production")
    assert limit(production) == (0.9, "c.yml:12")
    assert limit(production, "recall") == (0.5, "c.yml:12")
    assert production.environment == "production"


def test_sets_over_environment_and_later_sets_over_earlier_ones(folder: Path) -> None:
    one = "model.thresholds.accuracy=0.95"
    assert limit(load(folder, MODEL, one, environment="production")) == (0.95, "c.yml:12")
    assert limit(load(folder, MODEL, one)) == (0.95, "c.yml:5")
    assert limit(load(folder, MODEL, one, "model.thresholds.accuracy = 0.96"))[0] == 0.96
    assert limit(load(folder, MODEL, "model.thresholds.f1=0.1"), "f1") == (0.1, "c.yml:5"), "the nearest existing key"


def test_a_set_value_is_yaml_and_else_text(folder: Path) -> None:
    def source(value: str) -> str:
        (folder / value).touch()
        return load(folder, GOOD, f"data.source={value}").blocks[0].options.source  # type: ignore[attr-defined]

    for name in ("$(touch x).csv", "a: b.csv", "'.csv", "[x.csv", "; rm -rf y.csv", "=.csv", "*x.csv", "!x.csv"):
        assert source(name) == name
    loaded = load(folder, GOOD, "data.columns={n: {min: 1}}", "data.columns.id.unique=true")
    assert list(loaded.blocks[0].options.columns) == ["n", "id"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("assignment", ["", "model", "=1", "a..b=1", ".a=1", "a.=1"])
def test_what_is_no_assignment(folder: Path, assignment: str) -> None:
    (error,) = refused(folder, MODEL, assignment)
    assert "is no assignment" in error.what
    assert "key.path=value" in error.next_step


def test_a_set_key_that_does_not_exist_is_an_error(folder: Path) -> None:
    (error,) = refused(folder, MODEL, "model.tresholds.accuracy=0.9")
    assert "unknown key model.tresholds" in error.what
    assert "'thresholds'" in error.next_step
    (error,) = refused(folder, MODEL, "model.path.x=1")
    assert "cannot set model.path.x" in error.what


def test_an_unknown_environment_is_told_with_the_nearest(folder: Path) -> None:
    (error,) = refused(folder, MODEL, environment="prodution")
    assert "there is no environment 'prodution'" in error.what
    assert (error.where and error.where.line, error.next_step) == (6, "Did you mean 'production'?")
    (error,) = refused(folder, GOOD, environment="production")
    assert error.next_step == "It has no environments."


def test_environments_do_not_nest_nor_name_limits_of_their_own_accord(folder: Path) -> None:
    (error, *_) = refused(folder, GOOD + "environments:\n  a:\n    environments: {b: {}}\n", environment="a")
    assert error.where and error.where.line == 7


def test_limits_from_a_file_keep_the_files_lines(folder: Path) -> None:
    (folder / "limits.yml").write_text("# head\naccuracy: 0.71\nrecall:\n  min: 0.5\n")
    loaded = load(folder, MODEL.replace("{accuracy: 0.7}", "limits.yml"))
    assert limit(loaded) == (0.71, "limits.yml:2")
    assert limit(loaded, "recall") == (0.5, "limits.yml:3")
    assert [(role, path.name) for role, path in loaded.files] == [("config", "c.yml"), ("limits", "limits.yml")]
    (folder / "limits.yml").write_text("# head\nacuracy: 0.71\n")
    (error, *_) = refused(folder, MODEL.replace("{accuracy: 0.7}", "limits.yml"))
    assert str(error.where) == "limits.yml:2"
    (folder / "limits.yml").write_text("accuracy: 0.71\naccuracy: 0.2\n")
    (error, *_) = refused(folder, MODEL.replace("{accuracy: 0.7}", "limits.yml"))
    assert str(error.where) == "limits.yml:2"


def test_an_environment_may_name_another_file_of_limits(folder: Path) -> None:
    (folder / "strict.yml").write_text("accuracy: 0.99\n")
    text = MODEL.replace("      thresholds: {accuracy: 0.8}", "      thresholds: strict.yml")
    assert limit(load(folder, text, environment="staging")) == (0.99, "strict.yml:1")
    assert limit(load(folder, text)) == (0.7, "c.yml:5")
    (folder / "strict.yml").unlink()
    (error,) = refused(folder, text)
    assert "there is no file strict.yml" in error.what, "an unused environment is checked too"
    assert error.where and error.where.line == 9


def test_a_set_value_wins_over_a_file_of_limits(folder: Path) -> None:
    (folder / "limits.yml").write_text("accuracy: 0.71\nrecall: 0.5\n")
    text = MODEL.replace("{accuracy: 0.7}", "limits.yml")
    assert limit(load(folder, text, "model.thresholds={accuracy: 0.9}"))[0] == 0.9
    loaded = load(folder, text, "model.thresholds.accuracy=0.9")
    assert limit(loaded)[0] == 0.9
    assert limit(loaded, "recall")[0] == 0.5


@pytest.mark.parametrize("path", ["../out.csv", "/etc/passwd", "link/out.csv", "sub/../../out.csv"])
def test_a_path_that_leaves_the_workspace_is_refused_on_a_ci_host(tmp_path: Path, path: str) -> None:
    inside = tmp_path / "inside"
    (inside / "sub").mkdir(parents=True)
    (tmp_path / "out.csv").touch()
    (inside / "link").symlink_to(tmp_path)
    text = f"data:\n  source: {path}\n"
    (error,) = refused(inside, text, confined=True)
    assert f"data.source: the path {path} leaves the workspace" in error.what
    assert (error.where and error.where.line) == 2
    assert load(inside, text).blocks[0].gate == "data", "a laptop's own config may read what it likes"


def test_code_limits_and_the_config_itself_must_not_leave_either(folder: Path) -> None:
    (error,) = refused(folder, MODEL.replace("target: y", "target: y\n  code: [/]"), confined=True)
    assert "model.code.0: the path / leaves the workspace" in error.what
    (error,) = refused(folder, MODEL.replace("{accuracy: 0.7}", "/etc/hosts"), confined=True)
    assert "model.thresholds" in error.what
    with pytest.raises(ConfigError, match="config: the path /etc/hosts leaves"):
        config.load("/etc/hosts", Place(folder, str, folder), shape())


def names(loaded: Config) -> Sequence[tuple[str, str]]:
    return [(block.gate, block.options.name) for block in loaded.blocks]


def test_blocks_stand_in_the_order_of_the_reports(folder: Path) -> None:
    assert names(load(folder, MODEL + GOOD)) == [("data", ""), ("model", "")]


def test_a_list_of_named_blocks(folder: Path) -> None:
    text = "data:\n  - {name: a, source: test.csv}\n  - name: b\n    source: test.csv\n    rows: {min: 1}\n"
    loaded = load(folder, text)
    assert names(loaded) == [("data", "a"), ("data", "b")]
    assert loaded.document.line((*loaded.blocks[1].path, "rows")).line == 5
    assert names(load(folder, text, "data.1.name=c")) == [("data", "a"), ("data", "c")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("data:\n  - {name: a, source: test.csv}\n  - {name: a, source: test.csv}\n", 3),
        ("data:\n  - {name: a, source: test.csv}\n  - source: test.csv\n", 3),
        ("data:\n  - {name: 'a b', source: test.csv}\n", 2),
    ],
)
def test_a_list_needs_names(folder: Path, text: str, line: int) -> None:
    (error,) = refused(folder, text)
    assert "name" in error.what
    assert error.where and error.where.line == line


def test_the_module_of_a_model_is_no_file(folder: Path) -> None:
    assert load(folder, MODEL.replace("model.joblib", "package.module:attribute"))


VALID = [
    GOOD,
    MODEL,
    "version: 1\n" + GOOD + "policy: {inconclusive: warn, advisory: [data], timeout: 5m, memory: 4GB}\n",
    "data: [{name: a, source: test.csv}, {name: b, source: test.csv}]\n",
    GOOD + '    n: {type: number, nulls: "0.2 %", min: 0, max: 5.5}\n    m: {nulls: 0.01, allowed: [1, x, true]}\n'
    "    d: {type: date, min: 2026-01-01}\n    p: {pattern: '^a$', nulls: 3}\n",
    GOOD + "policy:\n  waivers: [{rule: data.nulls, subject: x, reason: y, expires: 2027-01-31}]\n",
    MODEL.replace("accuracy: 0.7", "accuracy: {min: 0.7, max: 0.99}, f1: 0.5") + GOOD + "  timeout: 90s\n",
    GOOD + "  min_quality_score: 0.9\n  rows: {min: 3}\n  null_values: [NA]\n  delimiter: ;\n",
    MODEL.replace("target: y", "target: y\n  positive: yes\n  drop: [id]\n  code: [.]\n  version: v1"),
    "model: {path: 'a:b', data: test.csv, target: y, positive: 1}\n",
]  # fmt: skip
INVALID = [
    GOOD + "x: 1\n",
    GOOD + "    n: {nul: 0}\n",
    GOOD + "    n: {type: int}\n",
    GOOD + "    n: {nulls: '5'}\n",
    GOOD + "    n: {nulls: -1}\n",
    GOOD + "    n: {nulls: 1.5}\n",
    GOOD + "    n: {unique: false}\n",
    GOOD + "    n: {allowed: []}\n",
    GOOD + "    n: {allowed: [[1]]}\n",
    GOOD + "  min_quality_score: 90\n",
    GOOD + "  rows: 5\n",
    GOOD + "  timeout: soon\n",
    GOOD + "policy: {inconclusive: pass}\n",
    GOOD + "policy: {waivers: [{rule: x}]}\n",
    "version: 2\n" + GOOD,
    "data: {columns: {}}\n",
    "data: []\n",
    "data: test.csv\n",
    MODEL.replace("accuracy: 0.7", "acuracy: 0.7"),
    MODEL.replace("accuracy: 0.7", "accuracy: high"),
    MODEL.replace("target: y", "drop: id"),
]


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft202012Validator:
    made = config.json_schema(shape())
    jsonschema.Draft202012Validator.check_schema(made)
    return jsonschema.Draft202012Validator(made)


@pytest.mark.parametrize("text", VALID)
def test_the_schema_accepts_what_is_accepted(folder: Path, schema: jsonschema.Draft202012Validator, text: str) -> None:
    assert load(folder, text)
    assert [error.message for error in schema.iter_errors(yaml.load(text, _Core))] == []


@pytest.mark.parametrize("text", INVALID)
def test_the_schema_refuses_what_is_refused(folder: Path, schema: jsonschema.Draft202012Validator, text: str) -> None:
    assert refused(folder, text)
    assert not schema.is_valid(yaml.load(text, _Core))


def test_the_schema_accepts_a_file_of_limits(folder: Path, schema: jsonschema.Draft202012Validator) -> None:
    text = MODEL.replace("{accuracy: 0.7}", "limits.yml")
    (folder / "limits.yml").write_text("accuracy: 0.7\n")
    assert load(folder, text)
    assert schema.is_valid(yaml.load(text, _Core))


class _Core(yaml.SafeLoader):
    """What an editor reads: YAML 1.2, in which `yes` and dates are words."""


_Core.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Core.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("none.csv", "data.source: there is no file none.csv"),
        ("none/*.csv", "data.source: there is no data file that none/*.csv stands for"),
        ("empty/**/*.pq", "data.source: there is no data file that empty/**/*.pq stands for"),
        ("empty", "data.source: there is no data file that empty stands for"),
        ("sqlite:///none.db#t", "data.source: there is no file none.db"),
        ("sqlite:///test.csv", "data.source: sqlite:///test.csv should be sqlite:///path/to.db#table"),
        ("s3://bucket", "data.source: s3://bucket should be s3://bucket/key"),
        ("gs://bucket/key", "data.source: gs://bucket/key gs:// cannot be read"),
        ("postgresql://u:hunter2@h/d#t", "data.source: postgresql://h/d#t should have no password"),
        ("postgresql://u@h/d", "data.source: postgresql://h/d should be postgresql://user@host"),
        ("loop.csv", "data.source: the path loop.csv is a link that leads back to itself"),
        ("links/**/*.csv", "links/**/*.csv cannot be listed: up is a link to a folder"),
    ],
)
def test_a_source_that_is_not_there_is_refused_before_a_gate_starts(folder: Path, source: str, words: str) -> None:
    (folder / "empty").mkdir()
    (folder / "links").mkdir()
    (folder / "links" / "up").symlink_to(folder)
    (folder / "loop.csv").symlink_to(folder / "loop.csv")
    (error,) = refused(folder, SOURCE.format(source))
    assert words in error.what
    assert "hunter2" not in str(error)
    assert error.where is not None
    assert error.where.line == 2


@pytest.mark.parametrize(
    "source",
    [
        "test.csv",
        "'*.csv'",
        "t?st.csv",
        "folder",
        "folder/**/*.csv",
        "s3://b/k/*.csv",
        "sqlite:///test.csv#t",
        "postgresql://u@h:5432/d#s.t",
    ],
)
@pytest.mark.parametrize("confined", [False, True])
def test_a_source_may_be_more_than_a_file(folder: Path, source: str, confined: bool) -> None:
    (folder / "folder").mkdir()
    (folder / "folder" / "a.csv").touch()
    config_ = load(folder, SOURCE.format(source), confined=confined)
    assert vars(config_.blocks[0].options)["source"] == source.strip("'")


@pytest.mark.parametrize("source", ["../*.csv", "'*.csv'", "folder", "folder/*.csv", "sqlite:///../out.csv#t"])
def test_no_file_of_a_source_leaves_the_workspace_on_a_ci_host(folder: Path, source: str) -> None:
    inside = folder / "inside"
    (inside / "folder").mkdir(parents=True)
    (folder / "out.csv").touch()
    (inside / "link.csv").symlink_to(folder / "out.csv")
    (inside / "folder" / "link.csv").symlink_to(folder / "out.csv")
    load(inside, SOURCE.format(source))
    assert "leaves the workspace" in refused(inside, SOURCE.format(source), confined=True)[0].what
