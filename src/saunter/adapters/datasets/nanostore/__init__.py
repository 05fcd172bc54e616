"""The NanoStore: plate weights, tracked people, planogram and truth of a real checkout-free shop (docs/nanostore.md)."""

from saunter.adapters.datasets.nanostore.importer import Imported, import_nanostore

__all__ = ["Imported", "import_nanostore"]
