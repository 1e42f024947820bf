"""What is in a model.tar.gz, read as a stream; nothing is written, imported or unpickled."""
