"""Writes the snapshot of images and instances that the builders gate judges by, out of installed SDKs of SageMaker.

    python scripts/images.py [PYTHON ...]            refreshes it, and prints what changed
    python scripts/images.py --check [PYTHON ...]    prints what would change; exit 1 then

Each PYTHON is an interpreter that has `sagemaker`, version 2 or 3; without one it is the interpreter that runs this. What
several SDKs know is united. Repositories, accounts, versions, Pythons and processors are those of the SDK's
`image_uri_config`; GPUs, Neuron devices and local storage are EC2's answer to DescribeInstanceTypes as moto keeps it, for the
instance types in botocore's enums of SageMaker, and where moto or botocore is not installed, those of the earlier snapshot.
"""

from __future__ import annotations

import ast
import datetime
import gzip
import importlib.metadata
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SNAPSHOT = Path(__file__).resolve().parent.parent / "src/mlops_gates/gates/builders/snapshot/data/images.json"
ASKED = (
    "import importlib.metadata as m, importlib.util as u, json; s = u.find_spec('sagemaker');"
    "print(json.dumps([m.version('sagemaker'), list(s.submodule_search_locations)]))"
)
# Instances that EC2 no longer offers and SageMaker still names: GPUs, Neuron devices, GB of local storage; EC2's user guide.
RETIRED = {
    "ml.p2.xlarge": [1, 0, 0],
    "ml.p2.8xlarge": [8, 0, 0],
    "ml.p2.16xlarge": [16, 0, 0],
    "ml.p3.2xlarge": [1, 0, 0],
    "ml.p3.8xlarge": [4, 0, 0],
    "ml.p3.16xlarge": [8, 0, 0],
    "ml.dl1.24xlarge": [0, 0, 4000],
}
# What the SDK files under one use and AWS documents for several.
ANY_USE = {"sagemaker-distribution"}


def sdks(pythons: list[str]) -> Iterator[tuple[str, Path]]:
    """The version of each interpreter's SDK, and the folder of its image data; the SDK itself is not imported."""
    for python in pythons:
        answer = subprocess.run([python, "-c", ASKED], capture_output=True, text=True, check=True)
        version, folders = json.loads(answer.stdout)
        yield version, next(found for one in folders for found in Path(one).glob("**/image_uri_config"))


def entries(folder: Path) -> Iterator[tuple[str, str, str, dict[str, Any], tuple[str, ...], str]]:
    """(framework, use, start of the tag, entry of the version, its processors, its Python or "") of all images."""
    for file in sorted(folder.glob("*.json")):
        config = json.loads(file.read_text())
        if "versions" not in config and not any("versions" in one for one in config.values() if isinstance(one, dict)):
            continue
        uses = {"": config} if "versions" in config else config
        for use, of_use in uses.items():
            names = [use] if use else config.get("scope", [""])
            for start, entry, python in versions(of_use):
                processors = tuple(of_use.get("processors") or entry.get("processors") or ())
                for name in names:
                    yield file.stem, name, start, entry, processors, python


def versions(config: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """(start of the tag, entry, its Python or "") of one use's versions and their aliases."""
    aliases: dict[str, str] = config.get("version_aliases", {})
    for name, target in [*((one, one) for one in config["versions"]), *aliases.items()]:
        entry = config["versions"].get(target, {})
        if "repository" in entry:
            yield entry.get("tag_prefix", name), entry, ""
            continue
        of_base: dict[str, str] = entry.get("version_aliases", {})
        for inner, held in [*((one, one) for one in entry if one != "version_aliases"), *of_base.items()]:
            if inner.startswith("py") and not inner.startswith("pytorch"):
                yield name, entry[held], inner
            elif held in entry:
                base = inner.removeprefix("pytorch").removeprefix("tensorflow")
                yield f"{base}-transformers{name}", entry[held], ""


def images(folders: list[Path]) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The images by their repository, and the distinct maps of region to accounts that they refer to."""
    found: dict[str, Any] = {}
    for folder in folders:
        for framework, use, start, entry, processors, python in entries(folder):
            one = found.setdefault(
                entry["repository"], {"frameworks": set(), "uses": set(), "accounts": {}, "tags": {}}
            )
            one["frameworks"].add(framework)
            one["uses"] |= set() if framework in ANY_USE else {use} - {""}
            for region, account in entry["registries"].items():
                one["accounts"].setdefault(region, set()).add(account)
            pythons, kinds = one["tags"].setdefault(start, (set(), set()))
            pythons |= {python} if python else set(entry.get("py_versions") or ())
            kinds |= set(processors)
    registries: list[dict[str, str]] = []
    written = {}
    for repository, one in sorted(found.items()):
        accounts = {region: " ".join(sorted(of)) for region, of in sorted(one["accounts"].items())}
        if accounts not in registries:
            registries.append(accounts)
        written[repository] = {
            "framework": framework_named(repository, one["frameworks"]),
            "uses": sorted(one["uses"]),
            "registries": registries.index(accounts),
            "tags": {
                start: f"{' '.join(sorted(pythons))}|{' '.join(sorted(kinds))}"
                for start, (pythons, kinds) in sorted(one["tags"].items())
            },
        }
    return written, registries


def framework_named(repository: str, names: set[str]) -> str:
    """pytorch for all repositories of PyTorch itself; else the shortest of the names that the SDK files it under."""
    first = repository.partition("-")[0]
    return first if first in {"pytorch", "tensorflow", "mxnet"} else min(names, key=lambda name: (len(name), name))


def smdistributed(folders: list[Path]) -> list[str]:
    """The instance types that SageMaker's data parallelism runs on: a constant in the code of SDK version 2."""
    for code in (folder.parent / "fw_utils.py" for folder in folders):
        for node in ast.parse(code.read_text()).body if code.is_file() else ():
            if (
                isinstance(node, ast.Assign)
                and ast.unparse(node.targets[0]) == "SM_DATAPARALLEL_SUPPORTED_INSTANCE_TYPES"
            ):
                return [one for one in ast.literal_eval(node.value) if one.startswith("ml.")]
    return []


def module(name: str) -> Path | None:
    """The folder of an installed module, or None."""
    found = importlib.util.find_spec(name)
    return Path(found.origin).parent if found and found.origin else None


def instances() -> tuple[dict[str, list[int]], str] | None:
    """By instance type: GPUs, Neuron devices, GB of local storage; and where that is from. None without moto or botocore."""
    moto, botocore = module("moto"), module("botocore")
    if not moto or not botocore:
        return None
    with gzip.open(next(botocore.glob("data/sagemaker/*/service-2.json.gz"))) as file:
        shapes = json.load(file)["shapes"]
    with gzip.open(moto / "ec2/resources/instance_types.json.gz") as file:
        of_ec2 = json.load(file)
    named = {name for one in shapes.values() for name in one.get("enum", ()) if name.startswith("ml.")}
    known = {name: kinds for name, kinds in RETIRED.items() if name in named}
    for name in sorted(named):
        if one := of_ec2.get(name.removeprefix("ml.")):
            known[name] = [
                sum(gpu["Count"] for gpu in one.get("GpuInfo", {}).get("Gpus", ())),
                sum(device["Count"] for device in one.get("NeuronInfo", {}).get("NeuronDevices", ()))
                or int(name.startswith("ml.inf")),
                one.get("InstanceStorageInfo", {}).get("TotalSizeInGB", 0),
            ]
    source = f"EC2 DescribeInstanceTypes as in moto {importlib.metadata.version('moto')}"
    return dict(sorted(known.items())), f"{source}, names of botocore {importlib.metadata.version('botocore')}"


def snapshot(pythons: list[str], earlier: dict[str, Any]) -> dict[str, Any]:
    """What shall be in the file, without its date."""
    found = sorted(sdks(pythons))
    folders = [folder for _, folder in found]
    written, registries = images(folders)
    of_instances, source = instances() or (
        earlier.get("instances", {}),
        earlier.get("sources", {}).get("instances", ""),
    )
    return {
        "sources": {"images": "sagemaker " + ", ".join(version for version, _ in found), "instances": source},
        "smdistributed": smdistributed(folders) or earlier.get("smdistributed", []),
        "instances": of_instances,
        "registries": registries,
        "images": written,
    }


def flat(held: dict[str, Any]) -> dict[str, str]:
    """A snapshot as lines, to be compared."""
    lines = {f"instance {name}": str(kinds) for name, kinds in held.get("instances", {}).items()}
    lines |= {f"smdistributed {name}": "" for name in held.get("smdistributed", ())}
    lines |= {f"source of {name}": text for name, text in held.get("sources", {}).items()}
    for repository, one in held.get("images", {}).items():
        lines[repository] = f"{one['framework']} {' '.join(one['uses'])}"
        lines |= {f"{repository}:{start}": kinds for start, kinds in one["tags"].items()}
        lines |= {f"{repository} in {region}": of for region, of in held["registries"][one["registries"]].items()}
    return lines


def changes(earlier: dict[str, str], now: dict[str, str]) -> Iterator[str]:
    """What came, went and became other, a line each."""
    for name in sorted(earlier.keys() | now.keys()):
        if name not in earlier:
            yield f"+ {name} {now[name]}"
        elif name not in now:
            yield f"- {name} {earlier[name]}"
        elif earlier[name] != now[name]:
            yield f"~ {name} {earlier[name]} -> {now[name]}"


def text(held: dict[str, Any]) -> str:
    """The file: a line for each instance, each map of accounts and each repository, so that a change is a line."""
    parts = []
    for name, value in held.items():
        if name in {"instances", "images"}:
            lines = ",\n".join(f"{json.dumps(key)}:{_dense(one)}" for key, one in value.items())
            parts.append(f'"{name}":{{\n{lines}}}')
        elif name == "registries":
            parts.append(f'"{name}":[\n' + ",\n".join(_dense(one) for one in value) + "]")
        else:
            parts.append(f'"{name}":{_dense(value)}')
    return "{" + ",\n".join(parts) + "}\n"


def _dense(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def main() -> int:
    """0, or 1 where `--check` finds that the snapshot is not what the SDKs say."""
    pythons = [one for one in sys.argv[1:] if one != "--check"] or [sys.executable]
    earlier = json.loads(SNAPSHOT.read_text("utf-8")) if SNAPSHOT.is_file() else {}
    now = snapshot(pythons, earlier)
    told = list(changes(flat(earlier), flat(now)))
    print("\n".join(told) or "Nothing changed.")
    if "--check" in sys.argv:
        return int(bool(told))
    if told:
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        SNAPSHOT.write_text(text({"taken": today} | now), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
