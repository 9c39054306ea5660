"""What a set of answers is worth: recall at precision, promised against kept, what goes to review."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from bench.accuracy.data import Query
from bench.accuracy.scorer import is_headline, scorer
from matching.decide import Judged
from matching.types import MatchOutcome, MatchResult


class Answer(NamedTuple):
    """The best account for a contact, the probability that it is right, and what was concluded."""

    account_id: str
    score: float
    outcome: MatchOutcome


Answers = dict[str, Answer]
"""By query id; a query without any candidate has none."""

BANDS = (0.2, 0.5, 0.8, 0.9, 0.95, 0.97, 0.99, 1.01)


def answer(result: MatchResult | Judged) -> Answer | None:
    """Return what a match result answers, None without candidates."""
    if not result.candidates:
        return None
    best = result.candidates[0]
    if result.outcome is MatchOutcome.MATCHED:
        best = next(item for item in result.candidates if item.account_id == result.account_id)
    return Answer(best.account_id, best.score, result.outcome)


def report(queries: list[Query], answers: Answers, matched: float) -> list[str]:
    """Return the lines of the report; ``matched`` is the policy's threshold."""
    score = scorer()
    rows = [query.row for query in queries if is_headline(query.row)]
    weights = score.weights(rows, "traffic")
    curve = score.curve(rows, answers, weights, False)
    lines = []
    for precision in (0.99, 0.97, 0.95):
        recall, threshold = score.at(curve, precision)
        lines.append(f"recall at precision {precision:.2f}: {recall:.4f} (score >= {threshold or 0:.4f})")
    for threshold in sorted({0.9, 0.95, 0.99, matched}):
        lines.append(_at_threshold(rows, answers, weights, curve, threshold))
    return [*lines, *_reliability(rows, answers, weights), *_outcomes(queries, answers)]


def _reliability(rows: list[dict[str, str]], answers: Answers, weights: dict[str, float]) -> list[str]:
    """Return, for bands of the score, how many answers there are, what they promise and what they keep."""
    lines = ["score            answers  share  promised  kept"]
    whole = sum(weights.values())
    for low, high in pairwise(BANDS):
        inside = [row for row in rows if row["qid"] in answers and low <= answers[row["qid"]].score < high]
        weight = sum(weights[row["qid"]] for row in inside)
        if not weight:
            continue
        promised = sum(weights[row["qid"]] * answers[row["qid"]].score for row in inside) / weight
        right = [row for row in inside if answers[row["qid"]].account_id == row["expected"]]
        kept = sum(weights[row["qid"]] for row in right) / weight
        lines.append(
            f"{low:.2f} to {min(high, 1):.2f}   {len(inside):8}  {weight / whole:.3f}"
            f"  {promised:8.3f}  {kept:.3f}"
        )
    return lines


def _outcomes(queries: list[Query], answers: Answers) -> list[str]:
    """Return what became of conflict and of ambiguous rows: review is right there, a right match no harm."""
    lines = []
    for name, wanted in (("conflict", True), ("ambiguous", False)):
        rows = [
            query.row
            for query in queries
            if not is_headline(query.row) and (query.row["track"] == "conflict") is wanted
        ]
        found = [(row, answers.get(row["qid"])) for row in rows]
        matched = [(row, each) for row, each in found if each and each.outcome is MatchOutcome.MATCHED]
        wrong = sum(each.account_id != row["expected"] for row, each in matched)
        review = sum(each is not None and each.outcome is MatchOutcome.REVIEW for _, each in found)
        lines.append(
            f"{name}: {len(rows)} rows, {review} in review, {len(matched)} matched ({wrong} of them wrong), "
            f"{len(rows) - review - len(matched)} unmatched"
        )
    return lines


def _at_threshold(
    rows: list[dict[str, str]],
    answers: Answers,
    weights: dict[str, float],
    curve: list[tuple[float, float, float]],
    threshold: float,
) -> str:
    reached = [(precision, recall) for score, precision, recall in curve if score >= threshold]
    precision, recall = reached[-1] if reached else (1.0, 0.0)
    above = [row["qid"] for row in rows if row["qid"] in answers and answers[row["qid"]].score >= threshold]
    weight = sum(weights[qid] for qid in above)
    promised = sum(weights[qid] * answers[qid].score for qid in above) / weight if weight else 1.0
    return (
        f"at score {threshold:.3f}: precision {precision:.4f}, promised {promised:.4f}, recall {recall:.4f}"
    )
