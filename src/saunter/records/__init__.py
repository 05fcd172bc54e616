"""The frozen nouns that flow between rooms and are logged (DESIGN 4). Nothing here acts."""

from saunter.records.decisions import (
    Alarm,
    Answer,
    Approach,
    Attribution,
    Candidate,
    Cart,
    CartLine,
    Change,
    Conclusion,
    Decision,
    Doubt,
    Interaction,
    Receipt,
    ReceiptLine,
    Settlement,
    Share,
    Span,
    Stamp,
    VisitChanged,
)
from saunter.records.envelope import Envelope, Record
from saunter.records.observations import Observation, PlateHealth, ShelfStep
from saunter.records.readings import JOINTS, GatePass, Joint, PeopleFrame, Person, Reading, Tick, WeightBlock
from saunter.records.review import Choice, Question, Verdict
from saunter.records.tracks import Continuation, TrackLeft, TrackNamed, TracksMet, WhoIsWho
from saunter.records.truth import TrueAction, TrueLine, TrueReceipt, Truth

AnyRecord = Reading | Verdict | Observation | WhoIsWho | Conclusion | Question | Truth

__all__ = [
    "JOINTS",
    "Alarm",
    "Answer",
    "AnyRecord",
    "Approach",
    "Attribution",
    "Candidate",
    "Cart",
    "CartLine",
    "Change",
    "Choice",
    "Conclusion",
    "Continuation",
    "Decision",
    "Doubt",
    "Envelope",
    "GatePass",
    "Interaction",
    "Joint",
    "Observation",
    "PeopleFrame",
    "Person",
    "PlateHealth",
    "Question",
    "Reading",
    "Receipt",
    "ReceiptLine",
    "Record",
    "Settlement",
    "Share",
    "ShelfStep",
    "Span",
    "Stamp",
    "Tick",
    "TrackLeft",
    "TrackNamed",
    "TracksMet",
    "TrueAction",
    "TrueLine",
    "TrueReceipt",
    "Truth",
    "Verdict",
    "VisitChanged",
    "WeightBlock",
    "WhoIsWho",
]
