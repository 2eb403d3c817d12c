"""Rules: conditions, what they make of an entry, and the outputs a story belongs to. Pure.

    folding     text as words are compared     quantity    numbers, dates, ages
    pattern     one value                      query       the one-line form
    condition   both forms read                facts       what conditions look at
    logic       what conditions imply          template    texts with places to fill in
    ruling      rules on an entry              outputs     which outputs a story is in
    prospect    what conditions can come to     edit        what an edit can touch

A condition is read once (`compile_condition`) and is plain data from then on, so that it can be sent to
worker processes; what it needs to run (RE2 programs) is made where it runs.
"""

from feedhub.rules.condition import Asked, ConditionError, Reading, compile_condition, read_condition
from feedhub.rules.edit import concern, touching
from feedhub.rules.facts import FIELDS, Facts, holds, reason, story_facts
from feedhub.rules.folding import fold
from feedhub.rules.logic import age_bounds, contradiction, fields_of
from feedhub.rules.outputs import Labels, OutputIndex, belongs, why_dropped
from feedhub.rules.prospect import Prospect, can_hold, follows
from feedhub.rules.ruling import NO_TERMS, Verdict, apply, verdicts
from feedhub.rules.template import check_template

__all__ = [
    "FIELDS",
    "NO_TERMS",
    "Asked",
    "ConditionError",
    "Facts",
    "Labels",
    "OutputIndex",
    "Prospect",
    "Reading",
    "Verdict",
    "age_bounds",
    "apply",
    "belongs",
    "can_hold",
    "check_template",
    "compile_condition",
    "concern",
    "contradiction",
    "fields_of",
    "fold",
    "follows",
    "holds",
    "read_condition",
    "reason",
    "story_facts",
    "touching",
    "verdicts",
    "why_dropped",
]
