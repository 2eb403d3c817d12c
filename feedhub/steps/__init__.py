"""Steps: transforms of entries, chained in the YAML by name. Built in, from a package, or from a module.

    step        finding and making one      text        titles and words
    markup      by CSS selector             fulltext    the page behind the link
    language    which it is; Chinese scripts

A step is made once from its options and called with entries; it knows neither the store nor the clock.
"""

from feedhub.steps.step import BUILT_IN, GROUP, StepError, make, run

__all__ = ["BUILT_IN", "GROUP", "StepError", "make", "run"]
