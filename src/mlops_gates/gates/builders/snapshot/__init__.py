"""What SageMaker's own images, instances and algorithms are like, out of a dated snapshot."""
