"""What verdicts and audits teach: how far the belief's sureness can be trusted, and what can be certified."""

from saunter.learning.certifying import AuditTally, Certificate, anytime_upper, certificate, clopper_pearson_upper, tally
from saunter.learning.fitting import Prior, fitted
from saunter.learning.labels import Label, Labels, labels_in, labels_of_audit, labels_of_verdict

__all__ = [
    "AuditTally",
    "Certificate",
    "Label",
    "Labels",
    "Prior",
    "anytime_upper",
    "certificate",
    "clopper_pearson_upper",
    "fitted",
    "labels_in",
    "labels_of_audit",
    "labels_of_verdict",
    "tally",
]
