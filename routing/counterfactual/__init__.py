"""What would have to be different: the smallest change of the facts found that makes a rule decide.

Every answer has been tried: the rulebook was run again on the changed facts and
the rule carried the day; and no single change can be left out. What is not
found is said not to be found; a pattern, for example, is not turned into a text.
"""

from routing.counterfactual.search import Answer, Change, asks_for, what_would_decide, what_would_reach

__all__ = ["Answer", "Change", "asks_for", "what_would_decide", "what_would_reach"]
