"""Fifty builders with the SDK alone: import, build, one definition each. Run by an interpreter that has the SDK.

Usage: builders_plain.py FOLDER_OF_BUILDERS v2|v3
"""

import importlib
import os
import sys

os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="us-east-1",
    SAGEMAKER_VALIDATE_ROLE="false",
)
folder, sdk = sys.argv[1:]
sys.path.insert(0, folder)
fifty = importlib.import_module(f"fifty_{sdk}")

if sdk == "v2":
    from sagemaker.workflow.pipeline import Pipeline
    from sagemaker.workflow.pipeline_context import PipelineSession
else:
    from sagemaker.core.workflow.pipeline_context import PipelineSession
    from sagemaker.mlops.workflow.pipeline import Pipeline

session = PipelineSession(default_bucket="example-models")
done = 0
for builder in fifty.builders(session, "arn:aws:iam::111122223333:role/example-execution"):
    names = (*builder.get_required_dependencies(), *builder.get_optional_dependencies())
    inputs = {name: f"s3://example-models/{name}" + ("/model.tar.gz" if "model" in name else "") for name in names}
    step = builder.create_step(inputs=inputs)
    done += "Steps" in Pipeline(name="churn", steps=[step], sagemaker_session=session).definition()
print(done)
