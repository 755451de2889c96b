"""`python -m candor.cli`, for the processes that `candor run` starts."""

from candor.cli import main

main()
