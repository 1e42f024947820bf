"""The service model of botocore, and one walk over a request beside it."""
