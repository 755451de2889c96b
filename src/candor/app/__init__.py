"""The composition root: nothing else wires things together.

A module for each thing that is made: the services of a process, what guards it, the letters it
writes, the work of a worker, the surfaces of a server.
"""

from candor.app.entitling import broom_of, office_of
from candor.app.guarding import doors_of, measures_of, registry_of, watch_of
from candor.app.process import Candor, compose, ledger_of, workshop
from candor.app.surfaces import served, services_of, web
from candor.app.work import change_epoch, loops, move_index, worker

__all__ = [
    "Candor",
    "broom_of",
    "change_epoch",
    "compose",
    "doors_of",
    "ledger_of",
    "loops",
    "measures_of",
    "move_index",
    "office_of",
    "registry_of",
    "served",
    "services_of",
    "watch_of",
    "web",
    "worker",
    "workshop",
]
