"""Systems that read pages: our own, homr, any command, any folder of results; all compared in one table."""
