"""E-mail and web addresses to the domain that is registered, and what kind of host it is.

The public suffix list is tldextract's packaged snapshot with its private
section: `acme.wixsite.com` is a site of its own, `wixsite.com` is nobody's.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import lru_cache

import idna
import tldextract

from matching.data import lines
from matching.text import fold
from matching.types import ContactDomain, DomainKind

_EXTRACT = tldextract.TLDExtract(
    suffix_list_urls=(),
    cache_dir=None,
    include_psl_private_domains=True,
    # Newer than the snapshot: the Reserve Bank of India moved banks to bank.in, insurers to fin.in (2025).
    extra_suffixes=("bank.in", "fin.in"),
)
_RULES = frozenset(_EXTRACT.tlds)
_ENDINGS = frozenset(rule for rule in _RULES if f"*.{rule}" not in _RULES)
"""Public suffixes of which one label more is always registered, unless that is a public suffix too."""
_MAJOR = frozenset(lines("freemail_major.txt"))
_FREE = frozenset(lines("freemail.txt")) | _MAJOR
_DISPOSABLE = frozenset(lines("disposable.txt"))
_SHARED = frozenset(lines("shared_hosts.txt"))
# Consumer brands that give addresses under many national suffixes (yahoo.com.ar, hotmail.es, gmx.at).
_FREE_LABELS = frozenset(("yahoo", "hotmail", "outlook", "gmail", "googlemail", "ymail", "gmx", "rocketmail"))

_NOT_PUBLIC = frozenset(
    ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private", "invalid",
     "onion", "arpa")
)  # fmt: skip

_ORDINARY_SITE = re.compile(
    r"(?:https?://)?(?:www\.)?([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.([a-z.]+))/?", re.ASCII
)
_PLAIN_SITE = re.compile(r"(?:https?://)?([a-z0-9-]+(?:\.[a-z0-9-]+)+)/?", re.IGNORECASE | re.ASCII)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)+")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_ADDRESS = re.compile(r"https?:|www\.", re.IGNORECASE)
_LOCAL = re.compile(r"[^\s@\"(),:;<>\[\\\]]{1,64}")
_QUOTED_LOCAL = re.compile(r"\"(?:[^\"\\\r\n]|\\.){0,62}\"")


@lru_cache(maxsize=4096)
def ascii_host(host: str) -> str | None:
    """Return a host name in lower-case A-labels, None when it is not one.

    UTS 46 mapping comes before everything else, so that full-width, soft
    hyphens and zero-width characters cannot hide a name.
    """
    value = host.strip()
    if not value.isascii():
        value = "".join(char for char in value if unicodedata.category(char) != "Cf")
    value = value.rstrip(".").lower()
    if not value or len(value) > 253:
        return None
    if not value.isascii():
        try:
            value = idna.encode(value, uts46=True, std3_rules=False, transitional=False).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return None
    elif "xn--" in value and not _valid_a_labels(value):
        return None
    if value.startswith("www.") and _registered(value[4:]):  # www.gov.ie is all there is
        value = value[4:]
    return value if _HOST.fullmatch(value) and not value.replace(".", "").isdigit() else None


def _valid_a_labels(host: str) -> bool:
    try:
        return bool(idna.decode(host, uts46=True))
    except (idna.IDNAError, UnicodeError):
        return False


@lru_cache(maxsize=4096)
def _registered(host: str) -> str | None:
    """Return the registered part of a host, empty when there is none, None for an ending not on the list."""
    name, dot, ending = host.partition(".")
    if name and "xn--" not in host and ending in _ENDINGS and host not in _RULES:  # as most
        return host
    found = _EXTRACT(host)
    return found.top_domain_under_public_suffix if found.suffix or not dot else None


@lru_cache(maxsize=4096)
def registrable(host: str) -> str:
    """Return the registrable part of an A-label host, empty for a bare public suffix or a single label.

    An ending that the list does not have counts as a suffix by itself (the
    list's own default rule: new ones come every year), unless it is one that
    only means something inside a network (RFC 6761, RFC 6762, RFC 8375).
    """
    registered = _registered(host)
    if registered is not None:
        return registered
    labels = host.split(".")
    return "" if labels[-1] in _NOT_PUBLIC else ".".join(labels[-2:])


def label(domain: str) -> str:
    """Return the name part of a registrable domain in Unicode, folded: acme-robotics of acme-robotics.com."""
    first = domain.partition(".")[0]
    return _in_unicode(first) if first.startswith("xn--") else fold(first)


@lru_cache(maxsize=4096)
def _in_unicode(a_label: str) -> str:
    try:
        return fold(idna.decode(a_label))
    except (idna.IDNAError, UnicodeError):
        return a_label


def joined(label: str) -> str:
    """Return a name part without hyphens: what acme-robotics.com and acmerobotics.de share."""
    return label.replace("-", "")


def suffix(domain: str) -> str:
    """Return what stands after the name part: co.uk for acme.co.uk."""
    return domain.partition(".")[2]


_COUNTRY_OF_TLD = {"uk": "GB", "eu": "", "su": "RU", "ac": "", "io": "", "ai": "", "co": "", "tv": "",
                   "me": "",
                   "cc": "", "fm": "", "ly": "", "ws": "", "to": "", "gg": "", "sh": "", "im": "", "is": "",
                   "cd": "", "dj": "", "nu": "", "la": "", "vc": "", "gl": "", "gs": "", "ms": "", "tk": "",
                   "ml": "", "ga": "", "cf": "", "gq": "", "pw": "", "st": "", "re": "", "so": "", "ag": "",
                   "bz": "", "mn": "", "asia": "", "id": "ID", "gov": "US", "mil": "US", "edu": "US",
                   "cat": "ES", "swiss": "CH"}  # fmt: skip


def country_of(domain: str) -> str | None:
    """Return the country a domain's ending speaks for, None for general endings and those sold to all."""
    last = domain.rpartition(".")[2]
    if last in _COUNTRY_OF_TLD:
        return _COUNTRY_OF_TLD[last] or None
    return last.upper() if len(last) == 2 else None


@lru_cache(maxsize=4096)
def is_suspect(host: str) -> bool:
    """Tell whether an A-label host mixes scripts or is spelled wholly in letters that pass for Latin ones."""
    if "xn--" not in host:
        return False
    return any(_confusable(part) for part in host.split(".") if part.startswith("xn--"))


# Cyrillic, Greek and Armenian letters that look like Latin ones (a subset of Unicode's confusables.txt).
_LOOKALIKES = frozenset("асеорхуіјѕһԁԛԝѵӏкмтвнпгαοερτυικνχγηωօոսհցզԍѡɑᴀɡɩ")


def _confusable(a_label: str) -> bool:
    try:
        text = idna.decode(a_label)
    except (idna.IDNAError, UnicodeError):
        return True
    letters = [char for char in text if char.isalpha()]
    scripts = {unicodedata.name(char, "?").partition(" ")[0] for char in letters}
    scripts = {
        "CJK" if script in ("HIRAGANA", "KATAKANA", "BOPOMOFO", "HANGUL") else script for script in scripts
    }
    if len(scripts - {"LATIN", "CJK"}) > 1 or (len(scripts) > 1 and scripts != {"LATIN", "CJK"}):
        return True
    return "LATIN" not in scripts and bool(letters) and all(char in _LOOKALIKES for char in letters)


def kind_of(host: str, domain: str, origin: str) -> DomainKind:
    """Classify an A-label host with its registrable domain."""
    if not domain:
        return DomainKind.SHARED_HOST if _is_private_suffix(host) else DomainKind.NONE
    if is_suspect(host):
        return DomainKind.SUSPECT
    names = _with_parents(host, domain)
    if origin == "email":
        if any(name in _DISPOSABLE for name in names):
            return DomainKind.DISPOSABLE
        if any(name in _FREE for name in names) or label(domain) in _FREE_LABELS:
            return DomainKind.FREEMAIL
    elif any(name in _SHARED for name in names):
        return DomainKind.SHARED_HOST
    return DomainKind.COMPANY


def _with_parents(host: str, domain: str) -> tuple[str, ...]:
    names = [host]
    while host != domain and "." in host:
        host = host.partition(".")[2]
        names.append(host)
    return tuple(names)


def _is_private_suffix(host: str) -> bool:
    found = _EXTRACT(host)
    return bool(found.suffix) and found.is_private


def is_major_freemail(domain: str) -> bool:
    """Tell whether a domain is consumer mail whoever owns it (an account may own any other listed one)."""
    return domain in _MAJOR or label(domain) in _FREE_LABELS


def email_domain(email: str) -> tuple[str, ContactDomain] | None:
    """Return a normalised address and its domain, None when it is not one plain mailbox.

    The domain is read after the last ``@`` of an address whose local part is
    valid, so that no part of the local can pass for the domain. Lists,
    display names and address literals are refused.
    """
    value = email.strip() if email.isascii() else _shown(email)
    local, at, host = value.rpartition("@")
    if not at or not (_LOCAL.fullmatch(local) or _QUOTED_LOCAL.fullmatch(local)):
        return None
    name = ascii_host(host) if host and host[0] not in ".-" and ".." not in host else None
    if name is None or "_" in name:
        return None
    domain = registrable(name)
    found = ContactDomain(host=name, registrable=domain, kind=kind_of(name, domain, "email"), origin="email")
    if found.kind is DomainKind.NONE:
        return None
    return f"{local.lower()}@{name}", found


def _shown(text: str) -> str:
    """Return a text in compatible forms, without what cannot be seen."""
    value = unicodedata.normalize("NFKC", text).strip()
    return "".join(char for char in value if unicodedata.category(char) != "Cf")


def web_domain(website: str) -> ContactDomain | None:
    """Return the domain of a website field, None when it is none or could be read in two ways.

    A back-slash or a user part makes browsers and parsers disagree about the host: refused.
    """
    plain = _PLAIN_SITE.fullmatch(website)
    host = ascii_host(plain[1]) if plain and len(website) <= 2048 else _host_of_site(website)
    if host is None:
        return None
    domain = registrable(host)
    kind = kind_of(host, domain, "website")
    if kind is DomainKind.NONE:
        return None
    return ContactDomain(host=host, registrable=domain, kind=kind, origin="website")


def _host_of_site(website: str) -> str | None:
    value = unicodedata.normalize("NFKC", website).strip()
    if not value or len(value) > 2048 or any(char in value for char in "\\ \t\r\n"):
        return None
    if _SCHEME.match(value) and not re.match(r"[^/?#]*:\d{1,5}(?:[/?#]|$)", value):
        scheme, _, rest = value.partition(":")
        if scheme.lower() not in ("http", "https"):
            return None
        value = rest.lstrip("/")
    value = value.removeprefix("//")
    authority = re.split(r"[/?#]", value, maxsplit=1)[0]
    if "@" in value.partition("/")[0] or "@" in authority:
        return None
    return ascii_host(re.sub(r":\d{0,5}$", "", authority))


def company_domain(company: str) -> ContactDomain | None:
    """Return the domain of a company field that holds an e-mail or web address, None where it holds a name.

    Its ending is a public suffix. Without "www." or a scheme only a whole registrable domain is an
    address: acme.com, not Chem.I.Net.
    """
    value = company.strip()
    if "." not in value or " " in value:
        return None
    if "@" in value:
        mailbox = email_domain(value)
        return None if mailbox is None else replace(mailbox[1], origin="company")
    found = web_domain(value)
    if found is None or not _registered(found.host):
        return None
    if found.host != found.registrable and not is_address(value):
        return None
    kind = (
        found.kind
        if found.kind is not DomainKind.COMPANY
        else kind_of(found.host, found.registrable, "email")
    )
    return replace(found, kind=kind, origin="company")


def is_address(company: str) -> bool:
    """Tell whether a company field holds an address for sure, that can be no name as well (Booking.com)."""
    return "@" in company or _ADDRESS.match(company) is not None


def account_domain(value: str) -> str | None:
    """Return the registrable domain of an account's website or domain field, None when it is none.

    Hosts that many share (site builders, social networks) and suspect spellings are none.
    """
    if host := ordinary_site(value):
        return host
    found = web_domain(value)
    if found is None or found.kind is not DomainKind.COMPANY:
        return None
    return found.registrable


def ordinary_site(value: str) -> str | None:
    """Return the registrable domain of a website that is, as most, a name, an ending, and nothing else."""
    ordinary = _ORDINARY_SITE.fullmatch(value.lower())
    if not ordinary or ordinary[2] not in _ENDINGS:
        return None
    host = ordinary[1]
    return host if host not in _RULES and host not in _SHARED and "xn--" not in host else None
