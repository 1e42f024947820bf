import importlib.util
import os
import sys
from pathlib import Path

import pytest
import yaml

from mlops_gates.inputs import INPUTS, OUTPUTS

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts"))  # where scripts find what they share


@pytest.fixture(scope="module")
def faces():
    spec = importlib.util.spec_from_file_location("faces", ROOT / "scripts" / "faces.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_face_is_what_the_one_source_makes_of_it(faces):
    assert list(importlib.import_module("written").stale(ROOT, faces.faces())) == [], "run `make faces`"


@pytest.mark.parametrize("path", ["action.yml", "full/action.yml"])
def test_an_action_declares_every_input_with_its_default_and_every_output(path):
    action = yaml.safe_load((ROOT / path).read_text())
    assert {name: one["default"] for name, one in action["inputs"].items()} == {one.name: one.default for one in INPUTS}
    assert list(action["outputs"]) == [one.name for one in OUTPUTS]
    dockerfile = Path(os.path.normpath((ROOT / path).parent / action["runs"]["image"]))
    assert dockerfile.is_file()
    assert dockerfile.parent == ROOT, "the context is the Dockerfile's folder, and must hold the package"


@pytest.mark.parametrize("path", ["templates/mlops-gates/template.yml", ".gitlab-ci-template.yml"])
def test_a_template_has_the_same_inputs_and_hands_each_over_as_a_variable(path):
    header, body = yaml.safe_load_all((ROOT / path).read_text())
    declared = header["spec"]["inputs"]
    common = body[".$[[ inputs.job-prefix ]]-common"]["variables"]
    for one in INPUTS:
        assert declared[one.name]["default"] == one.default
        assert common[one.variable] == f"$[[ inputs.{one.name} ]]"
    assert "inputs.set" not in str([job.get("script") for job in body.values()])


def test_both_templates_are_the_same_document(faces):
    first, second = ((ROOT / path).read_text() for path in (faces.COMPONENT, faces.INCLUDED))
    assert list(yaml.safe_load_all(first)) == list(yaml.safe_load_all(second))


def test_a_region_without_marks_is_an_error(faces):
    with pytest.raises(ValueError, match="marks"):
        faces.filled("action.yml", "name: x\n")
