"""Crowds: shops full of shoppers who come, browse, take, and do odd things, as long as a scenario goes on."""

from saunter.simulation.crowd.reading import parse_scenario
from saunter.simulation.crowd.running import simulate_scenario
from saunter.simulation.crowd.scenario import ODD, SHOPPERS_BEHAVIOURS, SUITES, Scenario, suite, suite_plan_texts

__all__ = ["ODD", "SHOPPERS_BEHAVIOURS", "SUITES", "Scenario", "parse_scenario", "simulate_scenario", "suite", "suite_plan_texts"]
