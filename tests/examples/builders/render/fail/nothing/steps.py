class ChurnTrainingBuilder:
    """To be filled in."""


class ReturnsNothing:
    def create_step(self, inputs=None, dependencies=None, enable_caching=False):
        self.inputs = inputs


class Raises:
    def create_step(self):
        raise KeyError("instance_type")
