"""The shop as data: floor, fixtures, plates, gates, catalogue, planogram, policies (DESIGN 7)."""

from saunter.plan.check import check_plan
from saunter.plan.compare import plan_differences
from saunter.plan.describe import describe_plan
from saunter.plan.files import CATALOGUE_FILE, PLAN_FILES, PLANOGRAM_FILE, STORE_FILE
from saunter.plan.parse import parse_plan
from saunter.plan.sight import CameraView, camera_views
from saunter.plan.types import (
    Camera,
    Facing,
    Fixture,
    Gate,
    Plan,
    Plate,
    Policies,
    Product,
    Promotion,
    Shelf,
    Tax,
    Weight,
)
from saunter.plan.write import plan_texts

__all__ = [
    "CATALOGUE_FILE",
    "PLANOGRAM_FILE",
    "PLAN_FILES",
    "STORE_FILE",
    "Camera",
    "CameraView",
    "Facing",
    "Fixture",
    "Gate",
    "Plan",
    "Plate",
    "Policies",
    "Product",
    "Promotion",
    "Shelf",
    "Tax",
    "Weight",
    "camera_views",
    "check_plan",
    "describe_plan",
    "parse_plan",
    "plan_differences",
    "plan_texts",
]
