"""A contract type for import-linter: a slice shows only its facade.

The built-in `protected` contract cannot say "whoever is in the same slice may", so this one
looks at each import that crosses the border of a slice: is what it names visible?
"""

from typing import cast

import grimp
from importlinter import Contract, ContractCheck, fields, output
from typing_extensions import override


class SliceFacade(Contract):
    """From outside a slice only the listed modules of it may be imported.

    Options: `container` (the package whose children are slices), `visible` (names of modules),
    `exempt` (packages that may look inside, for wiring).
    """

    container = fields.StringField()
    visible = fields.SetField(subfield=fields.StringField())
    exempt = fields.SetField(subfield=fields.StringField(), required=False)

    @override
    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        """Find the imports that reach past a facade."""
        prefix = f"{self.container}."
        visible = cast("set[str]", self.visible)
        exempt = cast("set[str]", self.exempt or set[str]())
        broken: list[tuple[str, str, str]] = []
        for imported in sorted(m for m in graph.modules if m.startswith(prefix)):
            slice_name, _, inner = imported.removeprefix(prefix).partition(".")
            if inner.partition(".")[0] in visible:
                continue
            home = prefix + slice_name
            for importer in sorted(graph.find_modules_that_directly_import(imported)):
                inside = _within(importer, home)
                if not inside and not any(_within(importer, one) for one in exempt):
                    broken.append((importer, imported, _lines(graph, importer, imported)))
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    @override
    def render_broken_contract(self, check: ContractCheck) -> None:
        """Say which import reaches past which facade."""
        for importer, imported, lines in cast(
            "list[tuple[str, str, str]]", check.metadata["broken"]
        ):
            output.print_error(f"{importer} may not import {imported} (l. {lines})", bold=False)


def _within(module: str, package: str) -> bool:
    """Tell whether a module is a package or lies in it."""
    return module == package or module.startswith(f"{package}.")


def _lines(graph: grimp.ImportGraph, importer: str, imported: str) -> str:
    """Return the lines of the import, for people to click on."""
    details = graph.get_import_details(importer=importer, imported=imported)
    return ", ".join(str(detail["line_number"]) for detail in details)
