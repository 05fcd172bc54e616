"""The pretend world: stories played in a plan, as readings and the truth. No sensor sees the answer."""

from saunter.simulation.cases import Case, parse_cases
from saunter.simulation.convenience import convenience_texts
from saunter.simulation.crowd import (
    ODD,
    SHOPPERS_BEHAVIOURS,
    SUITES,
    Scenario,
    parse_scenario,
    simulate_scenario,
    suite,
    suite_plan_texts,
)
from saunter.simulation.crowd.guest import Guest, GuestState
from saunter.simulation.grammar import parse_story, read_story
from saunter.simulation.load import load_story
from saunter.simulation.patrons import PretendShop, Ware
from saunter.simulation.reenacting import case_story, plan_with_labels
from saunter.simulation.reviewer import Habits, Responder, SimulatedReviewers
from saunter.simulation.shops import demo_text, generated_shop, shop_names, shop_texts
from saunter.simulation.story import Story
from saunter.simulation.table import PRESETS
from saunter.simulation.world import simulate, story_problems

__all__ = [
    "ODD",
    "PRESETS",
    "SHOPPERS_BEHAVIOURS",
    "SUITES",
    "Case",
    "Guest",
    "GuestState",
    "Habits",
    "PretendShop",
    "Responder",
    "Scenario",
    "SimulatedReviewers",
    "Story",
    "Ware",
    "case_story",
    "convenience_texts",
    "demo_text",
    "generated_shop",
    "load_story",
    "parse_cases",
    "parse_scenario",
    "parse_story",
    "plan_with_labels",
    "read_story",
    "shop_names",
    "shop_texts",
    "simulate",
    "simulate_scenario",
    "story_problems",
    "suite",
    "suite_plan_texts",
]
