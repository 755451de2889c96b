"""A dictionary that answers what a store must answer."""

from collections.abc import Iterable

from bench.gdprbench.work import Answer, Asked, Deed, Record


class Model:
    """Records by number: Data and DEC."""

    def __init__(self, records: Iterable[Record]) -> None:
        """Keep the records as they are in the beginning."""
        self.kept = {one: (one.data(), one.decisions) for one in records}

    def answer(self, asked: Asked) -> Answer:
        """Do the same, and return what a store must answer."""
        record = asked.record
        match asked.deed:
            case Deed.UPDATE_KEY | Deed.INSERT:
                is_there = record in self.kept
                if is_there or asked.deed is Deed.INSERT:
                    self.kept[record] = (record.data(asked.edition), record.decisions)
                return is_there
            case Deed.MARK_PUR | Deed.MARK_USR:
                return self._mark(self._met(asked), asked.edition % 2)
            case Deed.DELETE_KEY:
                return self.kept.pop(record, None) is not None
            case Deed.VERIFY:
                return record not in self.kept
            case _:
                return self._read(asked)

    def _read(self, asked: Asked) -> Answer:
        """Return what is read; what a log says is the store's own."""
        match asked.deed:
            case Deed.LOGS:
                return None
            case Deed.META_PUR | Deed.META_USR:
                return sorted((one.purpose, self.kept[one][1]) for one in self._met(asked))
            case _:
                return sorted(self.kept[one][0] for one in self._met(asked))

    def _met(self, asked: Asked) -> list[Record]:
        """Return the records that an operation is about."""
        record = asked.record
        if asked.deed.endswith("purpose"):
            return [one for one in self.kept if one.purpose == record.purpose]
        if asked.deed.endswith("user"):
            return [one for one in self.kept if one.user == record.user]
        return [record] if record in self.kept else []

    def _mark(self, records: list[Record], decisions: int) -> int:
        for one in records:
            self.kept[one] = (self.kept[one][0], decisions)
        return len(records)
