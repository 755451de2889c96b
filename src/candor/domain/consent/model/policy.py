"""The catalogue as the gate needs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from candor.domain.catalogue.model import InForce, LegalBasis, Regime, days_of
from candor.kernel.units import mask_of

# How much each legal basis asks for; when the law is unknown, the most counts.
_STRICTNESS: Final = {
    LegalBasis.LEGAL_OBLIGATION: 0,
    LegalBasis.CONTRACT: 1,
    LegalBasis.LEGITIMATE_INTEREST: 2,
    LegalBasis.OPT_OUT: 3,
    LegalBasis.CONSENT: 4,
}


class Policy:
    """The catalogue as the gate needs it: for each purpose its bit and basis in each regime."""

    def __init__(self, in_force: InForce) -> None:
        """Work out the rules of a catalogue in force."""
        self.bits: dict[str, int] = dict(in_force.numbers.purposes)
        self._basis: dict[tuple[int, str | None], LegalBasis] = {}
        self.lasts_days: dict[int, int | None] = {}
        consent_bits: list[int] = []
        for purpose in in_force.document.purposes:
            bit = self.bits[purpose.code]
            self.lasts_days[bit] = days_of(purpose.consent_lasts)
            for regime, basis in purpose.basis.items():
                self._basis[bit, regime.value] = basis
            if LegalBasis.CONSENT in purpose.basis.values():
                consent_bits.append(bit)
            if purpose.basis.keys() >= set(Regime):
                strictest = max(purpose.basis.values(), key=_STRICTNESS.__getitem__)
                self._basis[bit, None] = strictest
            else:
                # No basis in some regime: where the law is unknown, that one may apply.
                self._without_basis_somewhere(bit, purpose.basis)
        self.consent_mask = mask_of(consent_bits)
        self.declared = frozenset(
            self.bits[purpose.code] for purpose in in_force.document.purposes
        )

    def _without_basis_somewhere(self, bit: int, known: Mapping[Regime, LegalBasis]) -> None:
        strictest = max(known.values(), key=_STRICTNESS.__getitem__, default=None)
        if strictest is LegalBasis.CONSENT:
            self._basis[bit, None] = strictest

    def basis(self, bit: int, regime: str | None) -> LegalBasis | None:
        """Return the legal basis of a purpose in a regime; None: there is none, so it is denied."""
        return self._basis.get((bit, regime))


@dataclass(frozen=True, slots=True)
class Rules:
    """The catalogue in force, and the policy that was worked out from it."""

    in_force: InForce
    policy: Policy
