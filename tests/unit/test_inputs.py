from mlops_gates import inputs
from mlops_gates.reporters import outputs


def test_a_runner_variable_keeps_its_hyphens_and_is_renamed():
    found = inputs.adopted({"INPUT_FAIL-ON": "never", "INPUT_SET": "a=1\nb=2\n", "PATH": "/bin"})
    assert found == {"MLOPS_GATES_INPUT_FAIL_ON": "never", "MLOPS_GATES_INPUT_SET": "a=1\nb=2"}


def test_an_empty_input_is_not_set():
    assert inputs.adopted({"INPUT_ENVIRONMENT": "", "INPUT_REQUIREMENTS": " "}) == {}


def test_a_misspelt_input_reaches_the_command_under_its_own_name():
    found = inputs.adopted({"INPUT_FAIL_ON": "never"})
    assert inputs.unknown(found) == ("fail_on",)


def test_what_the_runner_itself_understands_is_no_input():
    assert inputs.adopted({"INPUT_ARGS": "run data", "INPUT_ENTRYPOINT": "/x"}) == {}


def test_known_variables_are_not_unknown():
    assert inputs.unknown({one.variable: "x" for one in inputs.INPUTS} | {"MLOPS_GATES_PASSED": "true"}) == ()


def test_the_declared_outputs_are_those_that_are_written():
    assert {one.name for one in inputs.OUTPUTS} == set(outputs.NAMES)
