"""ING's Entity Matching Model on names: words, pairs of letters, sorted neighbours, and its supervised model.

The model is trained on every other contact that has an account, and scores all
of them: more than a stranger's data would give it.
"""

from __future__ import annotations

from typing import Any

from bench.peers.files import Answers, Ready, Row

PACKAGES = ("emm", "pandas", "xgboost")


def run(accounts: list[Row], contacts: list[Row], ready: Ready) -> Answers:
    """Answer with the candidate that the model scores highest."""
    import pandas
    from emm import PandasEntityMatching

    held = pandas.DataFrame({"id": range(len(accounts)), "name": [row["name"] for row in accounts]})
    place = {row["account_id"]: number for number, row in enumerate(accounts)}
    named = [row for row in contacts if row["company"].strip()]
    labelled = [row for row in named if row["expected"] in place][::2]
    train = pandas.DataFrame(
        {"id": [place[row["expected"]] for row in labelled], "name": [row["company"] for row in labelled]}
    )
    model: Any = PandasEntityMatching(
        {
            "name_only": True,
            "entity_id_col": "id",
            "name_col": "name",
            "preprocessor": "preprocess_merge_abbr",
            "indexers": [
                {"type": "cosine_similarity", "tokenizer": "words", "ngram": 1, "num_candidates": 10,
                 "cos_sim_lower_bound": 0.2},
                {"type": "cosine_similarity", "tokenizer": "characters", "ngram": 2, "num_candidates": 5,
                 "cos_sim_lower_bound": 0.2},
                {"type": "sni", "window_length": 3},
            ],
            "with_legal_entity_forms_match": True,
        }
    )  # fmt: skip
    model.fit(held)
    model.fit_classifier(train_positive_names_to_match=train, create_negative_sample_fraction=0.5)
    ready()
    asked = pandas.DataFrame({"id": range(len(named)), "name": [row["company"] for row in named]})
    found = model.transform(asked)
    found = found[found["gt_entity_id"].notna()].sort_values("nm_score").drop_duplicates("uid", keep="last")
    return {
        named[int(contact)]["qid"]: (accounts[int(account)]["account_id"], float(score))
        for contact, account, score in zip(
            found["uid"], found["gt_entity_id"], found["nm_score"], strict=True
        )
    }
