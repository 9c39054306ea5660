"""Accounts and contacts of any number, from a token distribution of our own: no real organisation is in it.

The recipe, all of it from one seeded `random.Random`:

* Words are made of 2 to 4 syllables. Half of the distinguishing words are made
  on the spot and stand on one account, as half of the words in company
  registers do; the others come from a vocabulary of 150,000 by Zipf's law.
* A name is one or two such words with up to two trade words (group, systems,
  medical, ... also by Zipf's law, so that the commonest stands on some 6 % of
  the names), now and then a place, and a legal form of the account's country.
* 85 % have a website of their own, spelled from the name; 5 % are a branch of
  the account before them: its words, another place, its domain, its parent id.
* A contact is one of an account drawn uniformly (85 %) or of a company made in
  the same way that is no account. 45 % write from the account's own domain,
  35 % from consumer mail, 20 % from a domain that no account has. One in
  eight leaves out the company. Names are written otherwise: the legal form
  left out or another, one typo (40 %) or two (12 %), a word left out, added,
  cut short or joined with the next, words in another order, all capitals.
"""

from __future__ import annotations

import csv
import random
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path


def _listed(words: str) -> list[str]:
    return words.split()


_ONSETS = _listed("b br c ch d dr f fl g gr h j k kl l m n p pr qu r s sch st t tr v w z")
_NUCLEI = _listed("a e i o u ai au ei ia io oe ou")
_CODAS = ["", "", "", "l", "m", "n", "nd", "r", "rt", "s", "st", "x", "ck"]
_TRADES = _listed(
    "group systems international energy services technologies capital medical software holdings "
    "industries solutions partners bank foods logistics pharma engineering insurance media consulting "
    "electric steel networks properties resources motors chemical hotels mining aerospace textiles "
    "robotics optics marine laboratories brewing packaging analytics biotech plastics printing security "
    "telecom ventures tools furniture paper university hospital foundation transport gas water rubber "
    "glass cement timber jewellery"
)
_PLACES = _listed(
    "north south east west london berlin texas pacific nordic atlantic paris madrid delhi tokyo asia "
    "europe africa bavaria ohio ontario valencia porto leeds geneva vienna oslo seoul lima kyoto utah"
)
_COUNTRIES = {
    "US": (("Inc", "LLC", "Corp", "Co"), "com", "+1", ("Austin", "Denver", "Boston", "Columbus")),
    "GB": (("Ltd", "PLC", "Limited", "LLP"), "co.uk", "+44", ("London", "Leeds", "Bristol", "Glasgow")),
    "DE": (("GmbH", "AG", "GmbH & Co KG", "KG"), "de", "+49", ("Berlin", "Hamburg", "Köln", "München")),
    "FR": (("SA", "SARL", "SAS"), "fr", "+33", ("Paris", "Lyon", "Lille")),
    "IN": (("Pvt Ltd", "Limited"), "in", "+91", ("Mumbai", "Pune", "Delhi")),
    "NL": (("BV", "NV"), "nl", "+31", ("Utrecht", "Rotterdam")),
    "ES": (("SA", "SL"), "es", "+34", ("Madrid", "Valencia")),
    "JP": (("KK", "Co Ltd"), "co.jp", "+81", ("Osaka", "Tokyo")),
}
_CONSUMER_MAIL = ("gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "web.de", "orange.fr")
_VOCABULARY = 150_000

ACCOUNT_COLUMNS = ("account_id", "name", "website", "domains", "country", "city", "phone", "parent_id")
CONTACT_COLUMNS = (
    "contact_id",
    "company",
    "email",
    "website",
    "country",
    "city",
    "phone",
    "expected",
)


@dataclass(frozen=True, slots=True)
class Made:
    """A made company: its words and what stands in its row."""

    words: tuple[str, ...]
    form: str
    domain: str
    country: str
    city: str
    phone: str
    parent: str

    @property
    def name(self) -> str:
        """The name as it is registered."""
        return " ".join((*(word.capitalize() for word in self.words), self.form))


class Maker:
    """Makes companies and contacts; the same seed makes the same."""

    def __init__(self, seed: int = 20_260) -> None:
        self._chance = random.Random(seed)
        self._words = [self._word() for _ in range(_VOCABULARY)]
        self._zipf = list(accumulate(1 / (rank + 50) for rank in range(_VOCABULARY)))
        self._trades = list(accumulate(1 / (rank + 2) for rank in range(len(_TRADES))))
        self._countries = list(_COUNTRIES)
        self._shares = list(accumulate((40, 15, 15, 9, 8, 5, 5, 3)))

    def accounts(self, count: int) -> Iterator[Made]:
        """Yield so many accounts; the id of each is its number."""
        before: Made | None = None
        for number in range(count):
            if before is not None and self._chance.random() < 0.05:
                yield self._branch(before, number - 1)
            else:
                before = self._company()
                yield before

    def contacts(self, accounts: list[Made], count: int) -> Iterator[tuple[str, ...]]:
        """Yield so many rows in `CONTACT_COLUMNS`, of accounts drawn from all that are given."""
        for number in range(count):
            known = self._chance.random() < 0.85
            place = self._chance.randrange(len(accounts))
            company = accounts[place] if known else self._company()
            yield self._contact(f"c{number}", company, f"a{place}" if known else "")

    def _word(self) -> str:
        chance = self._chance
        syllables = chance.choices((2, 3, 4), (60, 32, 8))[0]
        return "".join(
            chance.choice(_ONSETS) + chance.choice(_NUCLEI) + chance.choice(_CODAS) for _ in range(syllables)
        )[:18]

    def _drawn(self, words: list[str], weights: list[float]) -> str:
        return words[bisect(weights, self._chance.random() * weights[-1])]

    def _telling(self) -> str:
        return self._word() if self._chance.random() < 0.35 else self._drawn(self._words, self._zipf)

    def _company(self) -> Made:
        chance = self._chance
        words = [self._telling() for _ in range(chance.choices((1, 2), (55, 45))[0])]
        trades = chance.choices((0, 1, 2), (22, 56, 22))[0]
        words += dict.fromkeys(self._drawn(_TRADES, self._trades) for _ in range(trades))
        if chance.random() < 0.12:
            words.insert(chance.choice((0, len(words))), chance.choice(_PLACES))
        country = self._countries[bisect(self._shares, chance.random() * self._shares[-1])]
        forms, tld, dial, cities = _COUNTRIES[country]
        label = "".join(words[: chance.choice((1, 2, 2, 3))])[:40]
        return Made(
            words=tuple(words),
            form=chance.choice(forms),
            domain=f"{label}.{tld if chance.random() < 0.6 else 'com'}" if chance.random() < 0.85 else "",
            country=country,
            city=chance.choice(cities) if chance.random() < 0.6 else "",
            phone=f"{dial}{chance.randrange(10**8, 10**9)}" if chance.random() < 0.3 else "",
            parent="",
        )

    def _branch(self, of: Made, number: int) -> Made:
        return Made(
            words=(*of.words, self._chance.choice(_PLACES)),
            form=of.form,
            domain=of.domain,
            country=of.country,
            city="",
            phone="",
            parent=f"a{number}",
        )

    def _contact(self, name: str, company: Made, expected: str) -> tuple[str, ...]:
        chance = self._chance
        sort = chance.random()
        if sort < 0.45 and company.domain:
            host = company.domain
        elif sort < 0.8:
            host = chance.choice(_CONSUMER_MAIL)
        else:
            host = f"{self._word()}{chance.choice(('.com', '.net', '.eu'))}"
        silent = host not in _CONSUMER_MAIL and chance.random() < 0.125
        country = company.country if chance.random() < 0.7 else ""
        email = f"person{chance.randrange(10**6)}@{host}"
        return name, "" if silent else self._typed(company), email, "", country, company.city, "", expected

    def _typed(self, company: Made) -> str:
        chance = self._chance
        words = list(company.words)
        if len(words) > 1 and chance.random() < 0.12:
            words.pop(chance.randrange(1, len(words)))
        if chance.random() < 0.06:
            words.append(self._drawn(_TRADES, self._trades))
        if len(words) > 1 and chance.random() < 0.06:
            words[0:2] = [words[0] + words[1]]
        if len(words) > 1 and chance.random() < 0.05:
            words.reverse()
        if chance.random() < 0.05:
            words[-1] = words[-1][:5]
        for odds in (0.40, 0.12):
            if chance.random() < odds:
                at = chance.randrange(len(words))
                words[at] = self._mistyped(words[at])
        shown = " ".join(words) if chance.random() < 0.3 else " ".join(word.capitalize() for word in words)
        if chance.random() < 0.45:
            shown += f" {company.form if chance.random() < 0.7 else chance.choice(('Inc', 'Ltd', 'GmbH'))}"
        return shown.upper() if chance.random() < 0.05 else shown

    def _mistyped(self, word: str) -> str:
        chance = self._chance
        at = chance.randrange(len(word))
        kind = chance.randrange(4)
        if kind == 0:
            return word[:at] + word[at + 1 :] or word
        if kind == 1:
            return word[:at] + chance.choice("aeiourstln") + word[at:]
        if kind == 2 and at + 1 < len(word):
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        return word[:at] + chance.choice("aeiourstln") + word[at + 1 :]


def account_row(number: int, made: Made) -> tuple[str, ...]:
    """Return the row of an account in `ACCOUNT_COLUMNS`."""
    site = f"https://www.{made.domain}/" if made.domain else ""
    return f"a{number}", made.name, site, "", made.country, made.city, made.phone, made.parent


def write(folder: Path, accounts: int, contacts: int) -> tuple[Path, Path]:
    """Write both files to ``folder`` unless they are there; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    held, asked = folder / f"accounts-{accounts}.csv", folder / f"contacts-{accounts}-{contacts}.csv"
    if held.exists() and asked.exists():
        return held, asked
    maker = Maker()
    made = list(maker.accounts(accounts))
    for path, columns, rows in (
        (held, ACCOUNT_COLUMNS, (account_row(number, each) for number, each in enumerate(made))),
        (asked, CONTACT_COLUMNS, maker.contacts(made, contacts)),
    ):
        part = path.with_suffix(".part")
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
        part.rename(path)
    return held, asked


def with_colleagues(asked: Path, each: int) -> Path:
    """Write beside a file of contacts one of as many, of which ``each`` at a time are colleagues; its path.

    Colleagues say the same of their company and have addresses of their own. The file is in random order.
    """
    if each == 1:
        return asked
    with asked.open(encoding="utf-8", newline="") as file:
        columns, *rows = csv.reader(file)
    name, email = columns.index("contact_id"), columns.index("email")
    chosen = rows[: len(rows) // each] * each
    random.Random(each).shuffle(chosen)
    for number, row in enumerate(chosen):
        chosen[number] = [*row]
        chosen[number][name] = f"c{number}"
        chosen[number][email] = f"person{number}@{row[email].partition('@')[2]}"
    path = asked.with_stem(f"{asked.stem}-{each}")
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *chosen])
    return path
