"""The NanoStore: plate weights, tracked people, planogram and truth of a real checkout-free shop (docs/nanostore.md)."""

from saunter.adapters.datasets.nanostore.days import day_of, plan_of_day
from saunter.adapters.datasets.nanostore.export import Exported, write_export
from saunter.adapters.datasets.nanostore.geometry import find_store
from saunter.adapters.datasets.nanostore.importer import Imported, import_nanostore

__all__ = ["Exported", "Imported", "day_of", "find_store", "import_nanostore", "plan_of_day", "write_export"]
