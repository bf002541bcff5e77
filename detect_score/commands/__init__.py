"""One module a subcommand: `add_options(parser)` and `run(options) -> exit code`."""
