"""The frozen nouns that flow between rooms and are logged (DESIGN 4). Nothing here acts."""

from saunter.records.aftercare import (
    AgeCheckAsked,
    AgeCheckClosed,
    AgeChecked,
    Correction,
    CorrectionLine,
    DisputeChanged,
    DisputeRaised,
)
from saunter.records.decisions import (
    Alarm,
    Answer,
    Approach,
    Attribution,
    Awaited,
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
from saunter.records.entry import (
    PURPOSES,
    CardPresented,
    CodeReply,
    ConsentChanged,
    Denial,
    EntryDecided,
    GateCommand,
    KeyIssued,
    KeyPresented,
    PersonErased,
    Purpose,
)
from saunter.records.envelope import Envelope, Record
from saunter.records.money import CommandStamp, PaymentAction, PaymentChanged, PaymentCommand, PaymentOutcome
from saunter.records.observations import Observation, PlateHealth, ShelfStep
from saunter.records.readings import (
    JOINTS,
    SIDES,
    GatePass,
    Joint,
    PeopleFrame,
    Person,
    Place,
    Reading,
    Side,
    Tick,
    WeightBlock,
)
from saunter.records.review import Choice, Look, Question, QuestionClosed, Verdict
from saunter.records.tracks import Continuation, HandAtFloor, TrackLeft, TrackNamed, TracksMet, WhoIsWho
from saunter.records.trading import AlarmSeen, BillConfirmed, StoreChanged, StoreCommand, StoreMode, StoreState
from saunter.records.truth import TrueAction, TrueLine, TrueReceipt, Truth

#: What people, phones, terminals, providers and pages tell a running shop; each is logged before it is processed.
Told = (
    Verdict | KeyIssued | KeyPresented | CardPresented | ConsentChanged | PersonErased | PaymentOutcome | DisputeRaised
    | AgeChecked | StoreCommand | BillConfirmed | AlarmSeen
)  # fmt: skip
#: What a running shop says beside what the belief concludes.
Traded = (
    EntryDecided | GateCommand | CommandStamp | PaymentCommand | PaymentChanged | DisputeChanged | Correction | AgeCheckAsked
    | AgeCheckClosed | StoreChanged
)  # fmt: skip
AnyRecord = Reading | Told | Observation | WhoIsWho | Conclusion | Traded | Question | QuestionClosed | Truth

__all__ = [
    "JOINTS",
    "PURPOSES",
    "SIDES",
    "AgeCheckAsked",
    "AgeCheckClosed",
    "AgeChecked",
    "Alarm",
    "AlarmSeen",
    "Answer",
    "AnyRecord",
    "Approach",
    "Attribution",
    "Awaited",
    "BillConfirmed",
    "Candidate",
    "CardPresented",
    "Cart",
    "CartLine",
    "Change",
    "Choice",
    "CodeReply",
    "CommandStamp",
    "Conclusion",
    "ConsentChanged",
    "Continuation",
    "Correction",
    "CorrectionLine",
    "Decision",
    "Denial",
    "DisputeChanged",
    "DisputeRaised",
    "Doubt",
    "EntryDecided",
    "Envelope",
    "GateCommand",
    "GatePass",
    "HandAtFloor",
    "Interaction",
    "Joint",
    "KeyIssued",
    "KeyPresented",
    "Look",
    "Observation",
    "PaymentAction",
    "PaymentChanged",
    "PaymentCommand",
    "PaymentOutcome",
    "PeopleFrame",
    "Person",
    "PersonErased",
    "Place",
    "PlateHealth",
    "Purpose",
    "Question",
    "QuestionClosed",
    "Reading",
    "Receipt",
    "ReceiptLine",
    "Record",
    "Settlement",
    "Share",
    "ShelfStep",
    "Side",
    "Span",
    "Stamp",
    "StoreChanged",
    "StoreCommand",
    "StoreMode",
    "StoreState",
    "Tick",
    "Told",
    "TrackLeft",
    "TrackNamed",
    "TracksMet",
    "Traded",
    "TrueAction",
    "TrueLine",
    "TrueReceipt",
    "Truth",
    "Verdict",
    "VisitChanged",
    "WeightBlock",
    "WhoIsWho",
]
