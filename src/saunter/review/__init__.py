"""Questions before people, and what they answer: the queue, its deadlines, second opinions, and random audits."""

from saunter.review.auditing import drawn
from saunter.review.engine import ReviewEngine
from saunter.review.queue import Figures, Pressed, pressed

__all__ = ["Figures", "Pressed", "ReviewEngine", "drawn", "pressed"]
