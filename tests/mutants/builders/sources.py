"""Defects of a builder's own code (`source` in defects.yml), as the module of a class derived from the real builder."""

from __future__ import annotations

from typing import Any

Words = dict[str, Any]

HEAD = """from __future__ import annotations

import sys
import time

import boto3

from {sdk}.{module} import {name} as Real
from {sdk}.base import SCRIPTS


class {name}(Real):
"""
_BODIES = {
    "return none": """
    def create_step(self, inputs=None, outputs=None, dependencies=None, enable_caching=True):
        super().create_step(inputs, outputs, dependencies, enable_caching)
""",
    "return arguments": """
    def create_step(self, inputs=None, outputs=None, dependencies=None, enable_caching=True):
        return {"Arguments": str(super().create_step(inputs, outputs, dependencies, enable_caching))}
""",
    "raise": """
    def create_step(self, inputs=None, outputs=None, dependencies=None, enable_caching=True):
        raise KeyError("training_instance_type")
""",
    "raise without inputs": """
    def get_required_dependencies(self):
        return []

    def create_step(self, inputs=None, outputs=None, dependencies=None, enable_caching=True):
        if not inputs:
            raise KeyError("inputs")
        return super().create_step(inputs, outputs, dependencies, enable_caching)
""",
    "exit": """
    def create_step(self, inputs=None, outputs=None, dependencies=None, enable_caching=True):
        sys.exit(1)
""",
    "hang": """
    def create_step(self, inputs=None, outputs=None, dependencies=None, enable_caching=True):
        while True:
            time.sleep(1)
""",
    "ignore input": """
    def create_step(self, inputs=None, outputs=None, dependencies=None, enable_caching=True):
        fixed = {name: "s3://example-models/fixed/" + name for name in inputs or {}}
        return super().create_step(fixed, outputs, dependencies, enable_caching)
""",
    "ignore dependencies": """
    def create_step(self, inputs=None, outputs=None, dependencies=None, enable_caching=True):
        return super().create_step(inputs, outputs, None, enable_caching)
""",
    "ignore caching": """
    def create_step(self, inputs=None, outputs=None, dependencies=None, enable_caching=True):
        return super().create_step(inputs, outputs, dependencies, False)
""",
    "draw": """
    def hyperparameters(self):
        return {**super().hyperparameters(), "started": time.time_ns()}
""",
    "keep inputs": """
    kept = {}

    def channels(self, inputs):
        made = super().channels(inputs)
        first = next(iter(inputs.values()))
        again = super().channels({name: first for name in self.REQUIRED})
        more = again[self.REQUIRED[0]] if isinstance(again, dict) else again[0]
        type(self).kept = {**self.kept, "train" + str(len(self.kept)): more}
        return self.joined(made, self.kept)

    def joined(self, made, kept):
        if isinstance(made, dict):
            return {**made, **dict(list(kept.items())[:-1])}
        copies = [one.model_copy(update={"channel_name": name}) for name, one in list(kept.items())[:-1]]
        return [*made, *copies]
""",
    "add method": """
    def get_owner(self):
        return "team"
""",
}


def written(sdk: str, module: str, name: str, change: Words) -> str:
    """The module's text. Raises KeyError for what is not known."""
    do = change["do"]
    head = HEAD.format(sdk=sdk, module=module, name=name)
    if do == "empty class":
        return f"class {name}:\n    pass\n"
    if do == "return step of":
        return head + _other(sdk, change["builder"])
    if do == "call aws":
        return head + _calls(change["service"])
    if do == "ignore config":
        return head + _ignores(change["value"])
    if do == "view says":
        return head + _says(change)
    if do == "view raises":
        return head + f"    def {change['view']}(self):\n        raise AttributeError('metrics')\n"
    if do == "view agrees":
        return head + _agrees()
    if do in ("add file", "remove file"):
        return head + _files(change)
    return head + _BODIES[do].lstrip("\n")


def _other(sdk: str, builder: str) -> str:
    return f"""    def create_step(self, inputs=None, outputs=None, dependencies=None, enable_caching=True):
        import {sdk}.{builder} as other

        made = next(one for one in vars(other).values() if isinstance(one, type) and one.__module__ == other.__name__
                    and hasattr(one, "create_step"))
        given = {{name: "s3://mlops-gates-inputs/" + name for name in made.REQUIRED}}
        return made(sagemaker_session=self.session, role=self.role).create_step({{**given, **(inputs or {{}})}}, outputs,
                                                                               dependencies, enable_caching)
"""


def _calls(service: str) -> str:
    call = {
        "sts": 'boto3.client("sts").get_caller_identity()',
        "sagemaker": 'boto3.client("sagemaker").create_model_package_group(ModelPackageGroupName="churn")',
    }[service]
    return f"""    def create_step(self, inputs=None, outputs=None, dependencies=None, enable_caching=True):
        {call}
        return super().create_step(inputs, outputs, dependencies, enable_caching)
"""


def _ignores(value: Any) -> str:
    return f"""    def create_step(self, inputs=None, outputs=None, dependencies=None, enable_caching=True):
        told, self.config.instance_count = self.config.instance_count, {value!r}
        try:
            return super().create_step(inputs, outputs, dependencies, enable_caching)
        finally:
            self.config.instance_count = told
"""


def _says(change: Words) -> str:
    text = f"    def {change['view']}(self, *asked):\n        return {change['value']!r}\n"
    if config := change.get("config"):
        text += "\n    def __init__(self, *args, **kwargs):\n        super().__init__(*args, **kwargs)\n"
        text += "".join(f"        self.config.{key} = {value!r}\n" for key, value in config.items())
    return text


def _agrees() -> str:
    return """    def get_hyperparameters(self):
        return self.hyperparameters()

    def get_training_inputs(self):
        return [{"ChannelName": name, "ContentType": "text/csv"} for name in self.REQUIRED]

    def get_resource_optimization_config(self):
        return {"InstanceType": self.config.instance_type, "InstanceCount": self.config.instance_count,
                "VolumeSizeInGB": self.config.volume_size}

    def is_distributed_training(self):
        return self.config.instance_count > 1
"""


def _files(change: Words) -> str:
    """The folder of scripts is copied, and a file added to the copy or taken out of it."""
    if change["do"] == "add file":
        work = f"(folder / {change['file']!r}).write_text({change['text'] + chr(10)!r})"
    else:
        work = "[one.unlink() for one in folder.glob('*.py')]"
    return f"""    def create_step(self, inputs=None, outputs=None, dependencies=None, enable_caching=True):
        import importlib
        import pathlib
        import shutil
        import tempfile

        folder = pathlib.Path(tempfile.mkdtemp()) / "scripts"
        shutil.copytree(SCRIPTS, folder)
        {work}
        modules = [importlib.import_module(one.__module__) for one in type(self).__mro__[1:-1]]
        for module in modules:
            if hasattr(module, "SCRIPTS"):
                module.SCRIPTS = str(folder)
        try:
            return super().create_step(inputs, outputs, dependencies, enable_caching)
        finally:
            for module in modules:
                if hasattr(module, "SCRIPTS"):
                    module.SCRIPTS = SCRIPTS
"""
