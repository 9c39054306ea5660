"""What a set of answers is worth: recall at precision, promised against kept, what goes to review."""

from __future__ import annotations

from bench.accuracy.data import Query
from bench.accuracy.scorer import is_headline, scorer

Answers = dict[str, tuple[str, float]]
"""Query id to the best account and the probability that it is right."""


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
    doubtful = [query.qid for query in queries if not is_headline(query.row)]
    kept = sum(answers.get(qid, ("", 0.0))[1] < matched for qid in doubtful)
    lines.append(
        f"conflict and ambiguous rows not matched: {kept} of {len(doubtful)} = {kept / len(doubtful):.1%}"
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
    above = [row["qid"] for row in rows if answers.get(row["qid"], ("", 0.0))[1] >= threshold]
    weight = sum(weights[qid] for qid in above)
    promised = sum(weights[qid] * answers[qid][1] for qid in above) / weight if weight else 1.0
    return (
        f"at score {threshold:.3f}: precision {precision:.4f}, promised {promised:.4f}, recall {recall:.4f}"
    )
