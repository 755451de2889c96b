"""The tree of the log and nothing else of what a worker does, as a process of its own.

Run by `bench.p18`: `python -m bench.growing`. A whole worker also watches the log for alarms, which
is no part of what is measured.
"""

import asyncio

from candor.app import compose, registry_of
from candor.domain.audit.jobs import prove_for_ever
from candor.infra.settings import Settings


async def grow() -> None:
    """Take entries in and sign heads, as the worker does, until ended."""
    settings = Settings.load()
    async with compose(settings, str(settings.database_url), pool=2).running() as candor:
        await prove_for_ever(registry_of(candor))


if __name__ == "__main__":
    asyncio.run(grow())
