"""In the child, or in a user's own tests: from `module:attribute` to the requests that a step builder makes, offline.

Standard library and the user's SDK (`sagemaker` 2 or 3), Python 3.8+; nothing else of ours is imported.
"""
