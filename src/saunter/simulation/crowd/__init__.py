"""Crowds: shops full of shoppers who come, browse, take, and do odd things, as long as a scenario goes on."""

from saunter.simulation.crowd.running import simulate_scenario
from saunter.simulation.crowd.scenario import SUITES, Scenario, suite, suite_plan_texts

__all__ = ["SUITES", "Scenario", "simulate_scenario", "suite", "suite_plan_texts"]
