"""builders.processing"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mlops_gates.gates.builders.requests.request import Part, Path, Request
from mlops_gates.gates.builders.requests.values import words
from mlops_gates.gates.builders.rules import Rule, Seeing, requests, rules_check
from mlops_gates.gates.builders.scope import Target

_JOB = "CreateProcessingJob"
_INPUTS, _OUTPUTS = "ProcessingInputs", "ProcessingOutputConfig.Outputs"
_FOLDER = "/opt/ml/processing/"
_LOCAL, _DATASET = "S3Input.LocalPath", "DatasetDefinition.LocalPath"
_OUT, _GZIP = "S3Output.LocalPath", "S3Input.S3CompressionType"
_QUERIES = ("DatasetDefinition.AthenaDatasetDefinition", "DatasetDefinition.RedshiftDatasetDefinition")


def _each(names: str, judge: Callable[[Part], Seeing]) -> Callable[[Target], Seeing]:
    """A rule of single inputs, or of single outputs."""

    def judged(request: Request) -> Seeing:
        for part in request.part.each(names):
            yield from judge(part)

    return requests(judged, _JOB)


def _managed(part: Part) -> bool:
    """SageMaker moves the files; not said where the app may do it, by a value known at run time."""
    return part.get("AppManaged") in (None, False)


def _outside(one: Part) -> Seeing:
    path = words(one, _LOCAL)
    if path and _managed(one) and not path.startswith(_FOLDER):
        yield one.at(_LOCAL), f"{path[:80]} does not begin with {_FOLDER}"


def _folderless(one: Part) -> Seeing:
    for source, folder in (("S3Input", _LOCAL), ("DatasetDefinition", _DATASET)):
        if one.sub(source) and _managed(one) and not one.get(folder):
            yield one.at(folder), "the input has no folder, and the app does not manage it"


def _shared(request: Request) -> Seeing:
    places: dict[str, list[tuple[Part, Path]]] = {}
    for one in request.part.each(_INPUTS):
        for folder in (_LOCAL, _DATASET):
            path = words(one, folder)
            if path and _managed(one):
                places.setdefault(path.rstrip("/"), []).append((one, one.at(folder)))
    for path, inputs in places.items():
        for one, at in inputs if len(inputs) > 1 else ():
            others = ", ".join(_name(other) for other, _ in inputs if other is not one) or "it twice"
            yield at, f"{path[:80]} is also the folder of {others}"


def _again(names: str, name: str) -> Callable[[Target], Seeing]:
    """Each of several that have one name: which of them was meant to have it cannot be told."""

    def judged(request: Request) -> Seeing:
        named = [words(one, name) for one in request.part.each(names)]
        for one in request.part.each(names):
            called = words(one, name)
            if called and named.count(called) > 1:
                yield one.at(name), f"{called} is the name of {named.count(called)}"

    return requests(judged, _JOB)


def _sourceless(one: Part) -> Seeing:
    if one.has("S3Input") and one.has("DatasetDefinition"):
        yield one.at("DatasetDefinition"), "a dataset's definition beside an input of S3"
    elif not one.has("S3Input") and not one.has("DatasetDefinition"):
        yield one.at("S3Input"), "the input is neither of S3 nor a dataset's definition"


def _placeless(one: Part) -> Seeing:
    if one.has("S3Output") and one.has("FeatureStoreOutput"):
        yield one.at("FeatureStoreOutput"), "an output to the feature store beside one to S3"
    elif not one.has("S3Output") and not one.has("FeatureStoreOutput"):
        yield one.at("S3Output"), "the output goes neither to S3 nor to the feature store"


def _stored(one: Part) -> Seeing:
    if one.has("FeatureStoreOutput") and _managed(one):
        yield one.at("FeatureStoreOutput"), "an output to the feature store that the app does not manage"


def _elsewhere(one: Part) -> Seeing:
    path = words(one, _OUT)
    if path and _managed(one) and not path.startswith(_FOLDER):
        yield one.at(_OUT), f"{path[:80]} lies outside of {_FOLDER}"


def _unpacked(one: Part) -> Seeing:
    if one.known(_GZIP) == "Gzip" and one.get("S3Input.S3InputMode") in (None, "File"):
        yield one.at(_GZIP), "files are unpacked in the mode Pipe alone"


def _queries(one: Part) -> Seeing:
    if one.sub("DatasetDefinition"):
        found = [name for name in _QUERIES if one.has(name)]
        if not found:
            yield one.at("DatasetDefinition"), "the dataset's definition names neither Athena nor Redshift"
        elif len(found) > 1:
            yield one.at(found[1]), "the dataset's definition names both Athena and Redshift"


def _name(part: Part) -> str:
    return words(part, "InputName") or "an input without a name"


def _rules() -> Iterator[Rule]:
    yield from _of_inputs()
    yield from _of_outputs()


_INPUT, _S3 = "API reference, ProcessingInput", "API reference, ProcessingS3Input"
_BELIEVED = "; believed of the service"


def _of_inputs() -> Iterator[Rule]:
    yield Rule(
        id="input-outside-of-processing",
        states=f"The folder of an input begins with {_FOLDER}",
        source=f"{_S3}, LocalPath",
        bad='{"S3Input": {"LocalPath": "/opt/ml/input/data/raw"}}',
        good='{"S3Input": {"LocalPath": "/opt/ml/processing/input/raw"}}',
        judge=_each(_INPUTS, _outside),
    )
    yield Rule(
        id="input-without-folder",
        states="An input that the app does not manage has LocalPath",
        source=f"{_S3} and DatasetDefinition, LocalPath",
        bad='{"InputName": "raw", "S3Input": {"S3Uri": "s3://data/raw/"}}',
        good='{"InputName": "raw", "AppManaged": true, "S3Input": {"S3Uri": "s3://data/raw/"}}',
        judge=_each(_INPUTS, _folderless),
    )
    yield Rule(
        id="inputs-in-one-folder",
        states="Each input has a folder of its own",
        source="AWS's support in aws/sagemaker-python-sdk issue 4939; the service's error has no text",
        bad='[{"S3Input": {"LocalPath": "/opt/ml/processing/input"}}, {"S3Input": {"LocalPath": "/opt/ml/processing/input"}}]',
        good='[{"S3Input": {"LocalPath": "/opt/ml/processing/raw"}}, {"S3Input": {"LocalPath": "/opt/ml/processing/code"}}]',
        judge=requests(_shared, _JOB),
    )
    yield Rule(
        id="input-twice",
        states="Names of inputs are unique",
        source=f"{_INPUT}{_BELIEVED}",
        bad='[{"InputName": "raw"}, {"InputName": "raw"}]',
        good='[{"InputName": "raw"}, {"InputName": "code"}]',
        judge=_again(_INPUTS, "InputName"),
        believed=True,
    )
    yield Rule(
        id="input-of-nothing",
        states="An input has either S3Input or DatasetDefinition",
        source=f"{_INPUT}{_BELIEVED}",
        bad='{"InputName": "raw"}',
        good='{"InputName": "raw", "S3Input": {"S3Uri": "s3://data/raw/"}}',
        judge=_each(_INPUTS, _sourceless),
        believed=True,
    )
    yield Rule(
        id="gzip-without-pipe",
        states="S3CompressionType Gzip needs the mode Pipe",
        source=f"{_S3}, S3CompressionType",
        bad='{"S3Input": {"S3CompressionType": "Gzip", "S3InputMode": "File"}}',
        good='{"S3Input": {"S3CompressionType": "Gzip", "S3InputMode": "Pipe"}}',
        judge=_each(_INPUTS, _unpacked),
    )
    yield Rule(
        id="dataset-of-one-source",
        states="A dataset's definition is of Athena or of Redshift",
        source="API reference, DatasetDefinition",
        bad='{"DatasetDefinition": {"LocalPath": "/opt/ml/processing/raw"}}',
        good='{"DatasetDefinition": {"LocalPath": "/opt/ml/processing/raw", "AthenaDatasetDefinition": {}}}',
        judge=_each(_INPUTS, _queries),
    )


def _of_outputs() -> Iterator[Rule]:
    yield Rule(
        id="output-outside-of-processing",
        states=f"The folder of an output lies under {_FOLDER}",
        source=f"developer guide, Build your own processing container{_BELIEVED}",
        bad='{"S3Output": {"LocalPath": "/opt/ml/model"}}',
        good='{"S3Output": {"LocalPath": "/opt/ml/processing/output/train"}}',
        judge=_each(_OUTPUTS, _elsewhere),
        believed=True,
    )
    yield Rule(
        id="output-twice",
        states="Names of outputs are unique",
        source=f"API reference, ProcessingOutput{_BELIEVED}",
        bad='[{"OutputName": "train"}, {"OutputName": "train"}]',
        good='[{"OutputName": "train"}, {"OutputName": "validation"}]',
        judge=_again(_OUTPUTS, "OutputName"),
        believed=True,
    )
    yield Rule(
        id="output-to-nowhere",
        states="An output has either S3Output or FeatureStoreOutput",
        source=f"API reference, ProcessingOutput{_BELIEVED}",
        bad='{"OutputName": "train"}',
        good='{"OutputName": "train", "S3Output": {"S3Uri": "s3://data/train/"}}',
        judge=_each(_OUTPUTS, _placeless),
        believed=True,
    )
    yield Rule(
        id="feature-store-unmanaged",
        states="An output to the feature store is managed by the app",
        source="API reference, ProcessingOutput, FeatureStoreOutput",
        bad='{"FeatureStoreOutput": {"FeatureGroupName": "customers"}}',
        good='{"FeatureStoreOutput": {"FeatureGroupName": "customers"}, "AppManaged": true}',
        judge=_each(_OUTPUTS, _stored),
    )


CHECK = rules_check(
    id="builders.processing",
    title="Inputs and outputs of processing have a place each",
    help="A processing job lays each input into a folder of its own under /opt/ml/processing/ and takes its outputs from "
    "there. Two inputs in one folder are refused with an error that has no text.",
    remedy="Give each input and output a name and a folder of its own under /opt/ml/processing/.",
    rules=tuple(_rules()),
    applies=lambda target: any(one.operation == _JOB for one in target.requests),
    absent="no request is CreateProcessingJob",
)
