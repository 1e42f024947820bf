"""The CI files that `init` writes, one per host. `@config@` stands for the path of the config."""
