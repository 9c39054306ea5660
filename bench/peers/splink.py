"""Splink on DuckDB: Fellegi-Sunter over name, domain, country and city, trained by EM on these very rows."""

from __future__ import annotations

from typing import Any

from bench.peers.files import Answers, Ready, Row, host

PACKAGES = ("splink", "duckdb", "pandas")

_PAIRS_AT_MOST = 5_000_000  # that EM and u look at


def run(accounts: list[Row], contacts: list[Row], ready: Ready) -> Answers:
    """Answer with the pair of highest probability among those that blocking brings together."""
    import splink.comparison_library as compared
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    database = DuckDBAPI()
    tables = [
        database.register(
            _table(accounts, "account_id", "name", "website"), dataset_display_name="a_accounts"
        ),
        database.register(_table(contacts, "qid", "company", "email"), dataset_display_name="b_contacts"),
    ]
    name = compared.JaroWinklerAtThresholds("name", [0.95, 0.88, 0.8]).configure(
        term_frequency_adjustments=True
    )
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            name,
            compared.ExactMatch("domain").configure(term_frequency_adjustments=True),
            compared.ExactMatch("country"),
            compared.ExactMatch("city"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("domain"),
            block_on("name"),
            block_on("substr(name, 1, 6)"),
            block_on("first", "country"),
        ],
    )
    linker: Any = Linker(tables, settings, log_level=None)
    training = linker.training
    training.estimate_probability_two_random_records_match([block_on("domain"), block_on("name")], recall=0.6)
    training.estimate_u_using_random_sampling(max_pairs=_PAIRS_AT_MOST, seed=7)
    training.estimate_parameters_using_expectation_maximisation(block_on("domain"))
    training.estimate_parameters_using_expectation_maximisation(block_on("substr(name, 1, 6)"))
    ready()
    pairs = linker.inference.predict().as_pandas_dataframe()
    best = pairs.sort_values("match_weight").drop_duplicates("unique_id_r", keep="last")
    return {
        str(contact): (str(account), float(score))
        for contact, account, score in zip(
            best["unique_id_r"], best["unique_id_l"], best["match_weight"], strict=True
        )
    }


def _table(rows: list[Row], identity: str, name: str, address: str) -> Any:
    import pandas

    def text(value: str) -> str | None:
        return " ".join(value.lower().replace(".", "").replace(",", " ").split()) or None

    return pandas.DataFrame(
        {
            "unique_id": [row[identity] for row in rows],
            "name": [text(row[name]) for row in rows],
            "first": [(text(row[name]) or "").partition(" ")[0] or None for row in rows],
            "domain": [host(row[address]) or None for row in rows],
            "country": [row["country"] or None for row in rows],
            "city": [text(row["city"]) for row in rows],
        }
    )
