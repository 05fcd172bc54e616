"""Payment providers: the client over HTTP, and the embedded provider that a shop can be tried with."""

from saunter.adapters.payments.http import HttpPayments, webhook_outcome

__all__ = ["HttpPayments", "webhook_outcome"]
