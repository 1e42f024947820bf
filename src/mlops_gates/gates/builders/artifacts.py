"""builders.artifacts"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from pydantic import Field

from mlops_gates.checks import Check, Seen
from mlops_gates.errors import CheckError, Inconclusive
from mlops_gates.findings import Finding, Location, Measurement, Severity, Status
from mlops_gates.gates.builders.archives import contents
from mlops_gates.gates.builders.archives.archive import TIMES, Archive, look
from mlops_gates.gates.builders.archives.contents import Case
from mlops_gates.gates.builders.requests.request import Part, Path, Unknown
from mlops_gates.gates.builders.requests.values import words
from mlops_gates.gates.builders.rules import Rule, Seeing, broken, findings
from mlops_gates.gates.builders.scope import BuildersScope, Target
from mlops_gates.gates.builders.snapshot.imagedata import framework_of, parse
from mlops_gates.gates.builders.viewing import told as told_of
from mlops_gates.options import InputPath, Options

ID = "builders.artifacts"
_OPERATIONS = ("CreateModel", "CreateModelPackage")
_PLACES = ("ModelDataUrl", "ModelDataSource.S3DataSource.S3Uri")


class ArtifactsOptions(Options):
    """The archives at hand."""

    archives: dict[str, InputPath] = Field(
        default_factory=dict,
        description="The model.tar.gz at hand, by its address on S3 as the request tells it, by the hostname of its "
        "container, or by the target where it has one container.",
    )


class Held(NamedTuple):
    """A container whose archive is at hand. `key` is what it was found by."""

    key: str
    container: Part
    path: Path


def held(target: Target, keys: Mapping[str, object]) -> Iterator[Held]:
    """The containers of a target whose archive is among `keys`: by address, by hostname, by the target's name."""
    containers = [
        (one, place)
        for request in target.requests
        if request.operation in _OPERATIONS
        for one in request.containers()
        if (place := next((name for name in _PLACES if one.has(name)), None))
    ]
    for one, place in containers:
        address = one.get(place)
        told = address.text if isinstance(address, Unknown) else address
        wanted = [told, one.get("ContainerHostname"), target.name if len(containers) == 1 else None]
        for key in wanted:
            if isinstance(key, str) and key in keys:
                yield Held(key, one, one.at(place))
                break


def rules(archives: Mapping[str, Archive]) -> tuple[Rule, ...]:
    """The rules of what these archives hold; without archives they see nothing."""

    def of(sees: Callable[[Case], Iterator[str]]) -> Callable[[Target], Seeing]:
        def judged(target: Target) -> Seeing:
            for one in held(target, archives):
                for told in sees(_case(one.container, archives[one.key])):
                    yield one.path, told

        return judged

    return (*_sound(of), *_of_frameworks(of), _expected(archives))


def _expected(archives: Mapping[str, Archive]) -> Rule:
    """A builder's own list of what its archive holds. A script lies under code/, so a name is enough."""

    def judged(target: Target) -> Seeing:
        named = told_of(target, "get_expected_artifacts")
        wanted = [one for one in named if isinstance(one, str)] if isinstance(named, list) else []
        for one in held(target, archives):
            there = {PurePosixPath(name).name for name in archives[one.key].names}
            lost = [name for name in wanted if PurePosixPath(name).name not in there and not name.endswith(".tar.gz")]
            if lost:
                yield ("get_expected_artifacts",), f"names {', '.join(lost[:5])}, and the archive does not hold it"

    return Rule(
        id="expected-artifacts",
        states="The archive holds what get_expected_artifacts names",
        source="this project's contract of a builder (docs/builders.md)",
        bad='get_expected_artifacts gives ["model_metadata.json"], which nobody packs',
        good='get_expected_artifacts gives ["model.pth", "inference.py"]',
        judge=judged,
    )


def _case(container: Part, archive: Archive) -> Case:
    uri = words(container, "Image")
    image = parse(uri) if uri else None
    framework = framework_of(image) if image else None
    folder, program = (container.get(f"Environment.SAGEMAKER_{name}") for name in ("SUBMIT_DIRECTORY", "PROGRAM"))
    data = container.get("ModelDataUrl")
    repacked = isinstance(data, Unknown) and "Repack" in data.text  # the SDK adds the script at run time
    untold = isinstance(folder, Unknown) or isinstance(program, Unknown)
    return Case(
        archive=archive,
        framework=framework.name if framework else "",
        program=words(container, "Environment.SAGEMAKER_PROGRAM") or "inference.py",
        elsewhere=untold or repacked or (isinstance(folder, str) and folder.startswith("s3://")),
    )


Of = Callable[[Callable[[Case], Iterator[str]]], Callable[[Target], Seeing]]
_GUIDE = "developer guide"
_URL = "API reference, ContainerDefinition, ModelDataUrl"
_OURS = "no constraint of the service, which unpacks what it is given; this check's own"


def _sound(of: Of) -> Iterator[Rule]:
    """What holds for an archive of whatever framework."""
    yield Rule(
        id="archive-not-compressed",
        states="The archive is a gzip-compressed tar",
        source=_URL,
        bad="tar -cf model.tar.gz model.pth",
        good="tar -czf model.tar.gz model.pth",
        judge=of(contents.no_gzip),
    )
    yield Rule(
        id="archive-damaged",
        states="The archive can be read to its end",
        source=_URL,
        bad="a model.tar.gz whose upload broke off",
        good="a model.tar.gz that `tar -tzf` lists",
        judge=of(contents.damaged),
    )
    yield Rule(
        id="archive-empty",
        states="The archive holds a model",
        source=f"{_GUIDE}, How Amazon SageMaker processes training output",
        bad="tar -czf model.tar.gz --files-from /dev/null",
        good="tar -czf model.tar.gz model.pth code/inference.py",
        judge=of(contents.empty),
    )
    yield Rule(
        id="archive-that-climbs",
        states="All members lie inside the archive, as files",
        source=f"{_GUIDE}, Model artifacts are unpacked into /opt/ml/model",
        bad="../../etc/cron.d/model",
        good="code/inference.py",
        judge=of(contents.climbing),
    )
    yield Rule(
        id="archive-beyond-measure",
        states=f"An archive holds at most {TIMES} times its own size",
        source=_OURS,
        bad="a megabyte that unpacks to a gigabyte of zeros",
        good="weights, which hardly shrink",
        judge=of(contents.beyond_measure),
    )
    yield Rule(
        id="pickle-that-runs-code",
        states="No pickle asks for functions that run commands or code",
        source=f"Python's documentation of pickle; {_OURS}",
        bad="a pickle of os.system",
        good="a pickle of sklearn.linear_model.LogisticRegression",
        judge=of(contents.running),
    )


def _of_frameworks(of: Of) -> Iterator[Rule]:
    """What the frameworks' own containers look for; never confirmed of the service."""
    for id_, states, source, bad, good, sees in (
        (
            "archive-in-a-folder",
            "The model lies at the archive's root",
            f"{_GUIDE}, Use the SageMaker Python SDK, model directory structure",
            "tar -czf model.tar.gz model/",
            "tar -czf model.tar.gz -C model .",
            contents.in_a_folder,
        ),
        (
            "pytorch-without-code",
            "PyTorch needs code/inference.py or a .mar",
            "documentation of the SageMaker PyTorch inference toolkit",
            "model.pth",
            "model.pth, code/inference.py",
            contents.pytorch,
        ),
        (
            "tensorflow-without-model",
            "TensorFlow Serving needs saved_model.pb in a folder called by a number",
            "documentation of the SageMaker TensorFlow Serving container",
            "saved_model.pb",
            "1/saved_model.pb, 1/variables/variables.index",
            contents.tensorflow,
        ),
        (
            "xgboost-without-model",
            "XGBoost reads JSON, UBJSON or a pickle",
            "documentation of the SageMaker XGBoost container",
            "model.pth",
            "model.json",
            contents.xgboost,
        ),
        (
            "sklearn-without-model-fn",
            "scikit-learn's script defines model_fn",
            "SDK documentation, Load a model with scikit-learn",
            "code/inference.py without model_fn",
            "model.joblib, code/inference.py with model_fn",
            contents.sklearn,
        ),
    ):
        yield Rule(
            id=id_,
            states=states,
            source=f"{source}; believed of the container",
            bad=bad,
            good=good,
            judge=of(sees),
            believed=True,
        )


def _body(scope: BuildersScope) -> Iterator[Seen]:
    asked = _asked(scope)
    if not scope.targets:
        raise Inconclusive("nothing was rendered, so there is no container to whom an archive belongs")
    archives = {key: _look(scope, key, file) for key, file in asked.items()}
    kept, count = rules(archives), 0
    used: set[str] = set()
    for target in scope.targets:
        used |= {one.key for one in held(target, archives)}
        found = list(broken(ID, kept, target))
        count += len(found)
        yield from findings(target, found)
    for key in archives:
        if key not in used:
            yield _unused(key, scope.context.line("archives", key))
    yield Measurement(
        rule=ID,
        subject="",
        name="broken",
        value=float(count),
        text=f"{count} of {len(kept)} rules broken by {len(used)} archives"
        if count
        else f"{len(kept)} rules kept by {len(used)} archives",
        exact="counted",
        n=len(used),
    )


def _look(scope: BuildersScope, key: str, file: str) -> Archive:
    def alive() -> None:
        if scope.context.cancel.is_set():
            raise CheckError(f"{file} was not read to its end: the gate was stopped")

    try:
        return look(scope.context.workdir / file, alive)
    except OSError as error:
        told = f"{file} cannot be read: {error.strerror or error}"
        raise CheckError(told, where=scope.context.line("archives", key)) from error


def _unused(key: str, where: Location) -> Finding:
    return Finding(
        rule=ID,
        subject=key,
        status=Status.WARNED,
        severity=Severity.WARNING,
        message=f"archives: no container of a model has the address, hostname or target {key}, so this archive is not judged.",
        location=where,
        remedy="Name it as the request does, by ModelDataUrl or ContainerHostname, or by a target with one container.",
    )


def _asked(scope: BuildersScope) -> Mapping[str, str]:
    options = scope.options
    return options.archives if isinstance(options, ArtifactsOptions) else {}


CHECK = Check(
    id=ID,
    title="The archive holds what its container reads",
    help="A model.tar.gz at hand is read as a stream and never unpacked. It must be whole, hold its model at its root in "
    "the form that the framework of the container's image reads, and no pickle that runs commands.",
    remedy="Pack the model's folder from inside: tar -czf model.tar.gz -C model . with the script as code/inference.py.",
    example="builders:\n  targets: [pipelines.churn:builders]\n"
    "  archives:\n    s3://models/churn/model.tar.gz: build/model.tar.gz\n",
    body=_body,
    options=ArtifactsOptions,
    needs=lambda scope: tuple(_asked(scope)),
    rules=rules({}),
)
