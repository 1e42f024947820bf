"""Real step builders, each with SDK v2 and with SDK v3; what each promises stands in the list of planted defects.

Their folder is the code folder of their targets: `v2.xgboost:XGBoostTraining` is imported from here.
"""

from __future__ import annotations

TARGETS = {
    "pytorch": "pytorch:PyTorchTraining",
    "xgboost": "xgboost:XGBoostTraining",
    "tensorflow": "tensorflow:TensorFlowTraining",
    "sklearn": "sklearn:SKLearnTraining",
    "spot": "spot:SpotTraining",
    "distributed": "distributed:DistributedTraining",
    "tuning": "tuning:XGBoostTuning",
    "model": "model:PyTorchModelBuilder",
    "serial": "serial:SerialModelBuilder",
    "direct": "direct:DirectModelBuilder",
    "realtime": "realtime:RealtimeEndpoint",
    "serverless": "serverless:ServerlessEndpoint",
    "async": "asynchronous:AsyncEndpoint",
    "package": "package:ModelPackageBuilder",
    "processing": "processing:PrepareProcessing",
    "transform": "transform:ScoreTransform",
    "automl": "automl:ChurnAutoML",
    "pipeline": "pipeline:make_pipeline",
}
"""Per builder its target within `v2` and within `v3`."""
