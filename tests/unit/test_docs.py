"""What the documentation says is so: generated parts are current, commands, links and snippets work."""

import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest
import yaml

from mlops_gates.catalogue import checked
from mlops_gates.cli import commands
from mlops_gates.registry import gate_names

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
sys.path.append(str(ROOT / "scripts"))  # where scripts find what they share
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def script(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def fences(text, *languages):
    return [code for language, code in FENCE.findall(text) if language in languages]


def region(name):
    [code] = fences(README.partition(f"<!-- {name}:start -->")[2].partition(f"<!-- {name}:end -->")[0], "yaml")
    return code


def valid(schema, path, *options):
    done = subprocess.run(
        [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", schema, *options, path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_generated_parts_are_what_the_program_makes_of_them():
    assert list(script("written").stale(ROOT, script("docs").pages())) == [], "run `python scripts/docs.py`"


@pytest.mark.acceptance
def test_the_picture_shows_what_the_demo_prints():
    picture = script("picture")
    drawn = picture.comparable(picture.words_of(picture.PICTURE.read_text(encoding="utf-8")))
    assert drawn == picture.comparable(picture.transcript()), "run `python scripts/picture.py`"


def test_the_picture_needs_nothing_from_elsewhere():
    text = (ROOT / "docs" / "picture.svg").read_text(encoding="utf-8")
    assert {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(text).iter()} == {
        "svg", "title", "rect", "g", "text", "tspan",
    }  # fmt: skip
    assert "href" not in text
    assert "url(" not in text


def test_equal_output_draws_an_equal_picture():
    picture = script("picture")
    text = "\x1b[1m$ x\x1b[0m\n\x1b[32m✓\x1b[0m two  blanks <&>\n" + "long " * 40
    root = ElementTree.fromstring(picture.drawn(text))
    assert picture.drawn(text) == picture.drawn(text)
    assert picture.comparable("".join(root.itertext()).replace(root[0].text, "")) == picture.comparable(text)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(page):
    text = re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text(encoding="utf-8")))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in [re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles], target


def command_lines():
    for page in PAGES:
        for code in fences(page.read_text(encoding="utf-8"), "console"):
            for line in code.splitlines():
                words = shlex.split(line, comments=True)
                if words[:1] == ["mlops-gates"]:
                    yield pytest.param(words[1:], id=f"{page.name}: {shlex.join(words)}")


@pytest.mark.parametrize("words", list(command_lines()))
def test_every_command_line_is_understood(words):
    name, *arguments = words
    command = commands.commands[name]
    with click.Context(commands, info_name="mlops-gates") as parent:
        command.make_context(name, arguments, parent=parent)


def test_every_command_is_in_the_readme():
    for name in commands.commands:
        assert f"mlops-gates {name}" in README


def test_every_make_target_that_is_named_exists():
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        for code in fences(page.read_text(encoding="utf-8"), "console"):
            assert set(re.findall(r"^make (\w+)", code, re.MULTILINE)) <= targets


def test_the_github_snippet_is_valid(tmp_path):
    path = tmp_path / "workflow.yml"
    path.write_text(region("github"))
    valid("vendor.github-workflows", path)


def test_the_github_snippet_gates_its_deploy_job():
    jobs = yaml.safe_load(region("github"))["jobs"]
    [gate] = [step for step in jobs["gate"]["steps"] if step.get("uses", "").startswith("mlops-gates/mlops-gates@")]
    assert set(jobs["gate"]["outputs"]) == {"passed", "quality-score"}
    assert all(f"steps.{gate['id']}.outputs." in value for value in jobs["gate"]["outputs"].values())
    [upload] = [step for step in jobs["gate"]["steps"] if "upload-sarif" in step.get("uses", "")]
    assert upload["if"].startswith("always()")
    assert jobs["gate"]["permissions"] == {"contents": "read", "security-events": "write"}
    assert jobs["deploy"]["needs"] == "gate"
    assert "outputs.passed == 'true'" in jobs["deploy"]["if"]
    assert re.search(r"fromJSON\(.*quality-score.*\) >= 0\.9", jobs["deploy"]["if"])


def test_the_gitlab_snippets_are_valid(tmp_path):
    snippets = [region("gitlab"), *[code for code in fences(README, "yaml") if "remote:" in code]]
    assert len(snippets) == 2
    for code in snippets:
        path = tmp_path / ".gitlab-ci.yml"
        path.write_text(code)
        valid("vendor.gitlab-ci", path, "--data-transform", "gitlab-ci")


def test_the_gitlab_snippets_set_inputs_that_the_template_has():
    header = next(yaml.safe_load_all((ROOT / ".gitlab-ci-template.yml").read_text()))
    for code in fences(README, "yaml"):
        for include in yaml.safe_load(code).get("include", []):
            assert set(include["inputs"]) <= set(header["spec"]["inputs"])


def configs():
    for page in PAGES:
        for number, code in enumerate(fences(page.read_text(encoding="utf-8"), "yaml")):
            if set(gate_names()) & set(yaml.safe_load(code)) and "jobs" not in yaml.safe_load(code):
                yield pytest.param(code, id=f"{page.name}-{number}")


def named(found):
    """What looks like a file or a folder of the project, wherever it stands."""
    if isinstance(found, str):
        yield from (
            [found] if re.fullmatch(r"[\w./-]+(/|\.(csv|json|joblib|parquet|yml|yaml|txt|tar\.gz))", found) else []
        )
    elif isinstance(found, dict | list):
        for inner in found.values() if isinstance(found, dict) else found:
            yield from named(inner)


@pytest.mark.parametrize("code", list(configs()))
def test_every_config_that_is_shown_is_valid(code, tmp_path):
    (tmp_path / "mlops-gates.yml").write_text(code)
    for path in named(yaml.safe_load(code)):
        folder = tmp_path / path if path.endswith("/") else (tmp_path / path).parent
        folder.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    checked("mlops-gates.yml", str(tmp_path), (), "", "local")  # raises where it is not


def test_every_file_of_the_report_folder_is_in_the_readme():
    from mlops_gates.reportfolder import NAMES

    for name in [*NAMES.values(), "summary.md", "outputs.env", "metrics.txt"]:
        assert f"| `{name}` |" in README


def test_every_switch_of_the_policy_is_explained():
    from mlops_gates.options import Policy

    page = (ROOT / "docs" / "config.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in page for name in Policy.model_fields)


def test_the_picture_of_the_house_has_every_room() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rooms = text.partition("## Rooms")[2].partition("## Who")[0]
    modules = {path.name for path in (ROOT / "src/mlops_gates").iterdir() if not path.name.startswith("__")}
    assert {name for name in modules if name.removesuffix("/") not in rooms} == set()
