"""National numbers, by their own check digits; where a country has none, by the word beside them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from adam.curate.secrets.hits import Hit
from adam.curate.secrets.numbers import luhn


def _mod11(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(d) * w for d, w in zip(digits, weights, strict=False)) % 11


def _ssn(s: str) -> bool:
    return (
        s[:3] not in {"000", "666"}
        and s[0] != "9"
        and s[3:5] != "00"
        and s[5:] != "0000"
        and s not in {"078051120", "219099999", "123456789", "987654321"}
    )


def _nino(s: str) -> bool:
    return s[:2] not in {"BG", "GB", "NK", "KN", "TN", "NT", "ZZ"}


def _belgian(s: str) -> bool:
    head, check = int(s[:9]), int(s[9:])
    month = int(s[2:4]) % 20
    return (
        0 <= month <= 12 and int(s[4:6]) <= 31 and check in {97 - head % 97, 97 - (2_000_000_000 + head) % 97}
    )


def _bsn(s: str) -> bool:
    s = s.zfill(9)
    return s != "000000000" and (sum(int(s[i]) * (9 - i) for i in range(8)) - int(s[8])) % 11 == 0


def _nir(s: str) -> bool:
    body = s[:13].replace("2A", "19").replace("2B", "18")
    return body.isdigit() and s[13:].isdigit() and s[0] in "123478" and 97 - int(body) % 97 == int(s[13:])


def _dni(s: str) -> bool:
    digits = {"X": "0", "Y": "1", "Z": "2"}.get(s[0], s[0]) + s[1:-1]
    return digits.isdigit() and "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits) % 23] == s[-1]


_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            1,
            0,
            5,
            7,
            9,
            13,
            15,
            17,
            19,
            21,
            1,
            0,
            5,
            7,
            9,
            13,
            15,
            17,
            19,
            21,
            2,
            4,
            18,
            20,
            11,
            3,
            6,
            8,
            12,
            14,
            16,
            10,
            22,
            25,
            24,
            23,
        ),
        strict=True,
    )
)


def _fiscale(s: str) -> bool:
    total = sum(
        _ODD[c] if i % 2 == 0 else (int(c) if c.isdigit() else ord(c) - 65) for i, c in enumerate(s[:15])
    )
    return chr(65 + total % 26) == s[15]


def _steuer(s: str) -> bool:
    if s[0] == "0" or max(s[:10].count(d) for d in set(s[:10])) not in {2, 3}:
        return False
    product = 10
    for digit in s[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(s[10])


def _ahv(s: str) -> bool:
    return (10 - sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(s[:12])) % 10) % 10 == int(s[12])


def _pesel(s: str) -> bool:
    return (
        10 - sum(int(d) * w for d, w in zip(s, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3), strict=False)) % 10
    ) % 10 == int(s[10]) and int(s[2:4]) % 20 in range(1, 13)


def _swede(s: str) -> bool:
    s = s[-10:]
    return int(s[2:4]) <= 12 and 1 <= int(s[4:6]) % 60 <= 31 and luhn(s)


def _finn(s: str) -> bool:
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(s[:6] + s[7:10]) % 31] == s[10] and 1 <= int(s[2:4]) <= 12


def _norse(s: str) -> bool:
    first = (11 - _mod11(s, (3, 7, 6, 1, 8, 9, 4, 5, 2))) % 11
    second = (11 - _mod11(s, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2))) % 11
    return first == int(s[9]) and second == int(s[10])


def _dane(s: str) -> bool:
    return 1 <= int(s[:2]) <= 31 and 1 <= int(s[2:4]) <= 12


def _nif(s: str) -> bool:
    check = 11 - sum(int(d) * w for d, w in zip(s, range(9, 1, -1), strict=False)) % 11
    return (0 if check >= 10 else check) == int(s[8])


def _cpf(s: str) -> bool:
    if len(set(s)) == 1:
        return False
    for n in (9, 10):
        check = sum(int(d) * w for d, w in zip(s, range(n + 1, 1, -1), strict=False)) * 10 % 11 % 10
        if check != int(s[n]):
            return False
    return True


_D = ((0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 4, 0, 6, 7, 8, 9, 5), (2, 3, 4, 0, 1, 7, 8, 9, 5, 6), (3, 4, 0, 1, 2, 8, 9, 5, 6, 7), (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
      (5, 9, 8, 7, 6, 0, 4, 3, 2, 1), (6, 5, 9, 8, 7, 1, 0, 4, 3, 2), (7, 6, 5, 9, 8, 2, 1, 0, 4, 3), (8, 7, 6, 5, 9, 3, 2, 1, 0, 4), (9, 8, 7, 6, 5, 4, 3, 2, 1, 0))  # fmt: skip
_P = ((0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 5, 7, 6, 2, 8, 3, 0, 9, 4), (5, 8, 0, 3, 7, 9, 6, 1, 4, 2), (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
      (9, 4, 5, 3, 1, 2, 6, 8, 7, 0), (4, 2, 8, 6, 5, 7, 3, 9, 0, 1), (2, 7, 9, 3, 8, 0, 6, 4, 1, 5), (7, 0, 4, 6, 9, 1, 3, 2, 5, 8))  # fmt: skip


def _verhoeff(s: str) -> bool:
    c = 0
    for i, digit in enumerate(reversed(s)):
        c = _D[c][_P[i % 8][int(digit)]]
    return c == 0


def _nhs(s: str) -> bool:
    check = 11 - sum(int(d) * w for d, w in zip(s, range(10, 1, -1), strict=False)) % 11
    return (0 if check == 11 else check) == int(s[9])


def _kvnr(s: str) -> bool:
    digits = f"{ord(s[0]) - 64:02d}{s[1:9]}"
    total = sum(sum(map(int, str(int(d) * (1 + i % 2)))) for i, d in enumerate(digits))
    return total % 10 == int(s[9])


def _pps(s: str) -> bool:
    total = sum(int(d) * w for d, w in zip(s, range(8, 1, -1), strict=False)) + (
        9 * (ord(s[8]) - 64) if len(s) > 8 and s[8] != "W" else 0
    )
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == s[7]


def _egn(s: str) -> bool:
    return _mod11(s, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 10 == int(s[9])


def _cnp(s: str) -> bool:
    check = _mod11(s, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9))
    return (1 if check == 10 else check) == int(s[12])


def _czech(s: str) -> bool:
    return int(s) % 11 == 0 and int(s[2:4]) % 50 in {*range(1, 13), *range(21, 33)}


def _true(_: str) -> bool:
    return True


# name, pattern, check on the packed text, the words without which it doesn't count ("" : none needed)
_RULES: tuple[tuple[str, str, Callable[[str], bool], str], ...] = (
    ("us_ssn", r"(?<![\d-])\d{3}([- .])\d{2}\1\d{4}(?![\d-])", _ssn, ""),
    ("us_ssn", r"(?<!\d)\d{9}(?!\d)", _ssn, r"\bssn\b|social security|sozialversicherungsnummer \(us"),
    ("uk_nino", r"(?<![A-Za-z0-9])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-D](?![A-Za-z0-9])", _nino, ""),
    ("be_national_number", r"(?<!\d)\d{2}[. ]?\d{2}[. ]?\d{2}[- ]?\d{3}[. -]?\d{2}(?!\d)", _belgian, r""),
    ("nl_bsn", r"(?<!\d)\d{4}[. ]?\d{2}[. ]?\d{3}(?!\d)|(?<!\d)\d{3}[. ]\d{3}[. ]\d{3}(?!\d)", _bsn, r"\bbsn\b|burgerservice|sofi-?nummer|citizen service"),
    ("fr_nir", r"(?<!\d)[123478][ .-]?\d{2}[ .-]?\d{2}[ .-]?(?:\d{2}|2[AB])[ .-]?\d{3}[ .-]?\d{3}[ .-]?\d{2}(?!\d)", _nir, ""),
    ("es_dni", r"(?<![A-Za-z0-9])(?:\d{8}|\d{2}\.\d{3}\.\d{3})[- ]?[A-HJ-NP-TV-Z](?![A-Za-z0-9])", _dni, ""),
    ("es_nie", r"(?<![A-Za-z0-9])[XYZ][- ]?\d{7}[- ]?[A-HJ-NP-TV-Z](?![A-Za-z0-9])", _dni, ""),
    ("it_codice_fiscale", r"(?<![A-Za-z0-9])[A-Z]{6}[ ]?[0-9LMNP-V]{2}[ ]?[A-EHLMPRST][ ]?[0-9LMNP-V]{2}[ ]?[A-Z][0-9LMNP-V]{3}[ ]?[A-Z](?![A-Za-z0-9])", _fiscale, ""),
    ("de_steuer_id", r"(?<!\d)\d{2}[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}(?!\d)", _steuer, r"steuer|\btax\b|\bidnr\b|\btin\b|finanzamt|identifikation"),
    ("de_steuer_id", r"(?<!\d)\d{2} \d{3} \d{3} \d{3}(?!\d)", _steuer, ""),
    ("ch_ahv", r"(?<!\d)756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}(?!\d)", _ahv, ""),
    ("pl_pesel", r"(?<!\d)\d{11}(?!\d)", _pesel, r"pesel"),
    ("se_personnummer", r"(?<!\d)(?:19|20)?\d{6}[-+]\d{4}(?!\d)", _swede, ""),
    ("se_personnummer", r"(?<!\d)(?:19|20)?\d{10}(?!\d)", _swede, r"personnummer|swedish"),
    ("fi_hetu", r"(?<![A-Za-z0-9])\d{6}[-+A-FU-Y]\d{3}[0-9A-Y](?![A-Za-z0-9])", _finn, ""),
    ("no_fodselsnummer", r"(?<!\d)\d{6}[ ]?\d{5}(?!\d)", _norse, r"f(?:ø|o)dselsnummer|norw|norsk|personnummer"),
    ("dk_cpr", r"(?<!\d)\d{6}-\d{4}(?!\d)|(?<!\d)\d{10}(?!\d)", _dane, r"\bcpr\b|danish|dansk|personnummer"),
    ("pt_nif", r"(?<!\d)\d{3}[ ]?\d{3}[ ]?\d{3}(?!\d)", _nif, r"\bnif\b|contribuinte|portug"),
    ("ie_pps", r"(?<![A-Za-z0-9])\d{7}[A-W][A-IW]?(?![A-Za-z0-9])", _pps, r"\bpps\b|ppsn|irish|ireland|personal public"),
    ("at_svnr", r"(?<!\d)\d{4}[ ]?\d{6}(?!\d)", _true, r"\bsvnr\b|sv-?nummer|sozialversicherung|versicherungsnummer|e-card"),
    ("de_sv_nummer", r"(?<![A-Za-z0-9])\d{2}[ ]?\d{6}[ ]?[A-Z][ ]?\d{3}(?![A-Za-z0-9])", _true, r"sozialversicherung|rentenversicherung|sv-?nummer|versicherungsnummer|social (?:security|insurance)"),
    ("de_krankenversicherung", r"(?<![A-Za-z0-9])[A-Z]\d{9}(?![A-Za-z0-9])", _kvnr, r"krankenvers|krankenkasse|versicher|kvnr|gesundheitskarte|health insurance"),
    ("br_cpf", r"(?<!\d)\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)", _cpf, ""),
    ("br_cpf", r"(?<!\d)\d{11}(?!\d)", _cpf, r"\bcpf\b"),
    ("ca_sin", r"(?<!\d)\d{3}[- ]?\d{3}[- ]?\d{3}(?!\d)", luhn, r"\bsin\b|social insurance"),
    ("in_aadhaar", r"(?<!\d)[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}(?!\d)", _verhoeff, r"aadh?aar|uidai"),
    ("in_pan", r"(?<![A-Za-z0-9])[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z](?![A-Za-z0-9])", _true, r"\bpan\b|income tax|permanent account"),
    ("uk_nhs", r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)", _nhs, r"\bnhs\b|patient"),
    ("au_tfn", r"(?<!\d)\d{3}[ ]?\d{3}[ ]?\d{3}(?!\d)", _true, r"\btfn\b|tax file"),
    ("bg_egn", r"(?<!\d)\d{10}(?!\d)", _egn, r"\begn\b|егн"),
    ("ro_cnp", r"(?<!\d)[1-8]\d{12}(?!\d)", _cnp, r"\bcnp\b|cod numeric"),
    ("cz_birth_number", r"(?<!\d)\d{6}/\d{4}(?!\d)", _czech, ""),
    ("de_personalausweis", r"(?<![A-Za-z0-9])[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}\d?(?![A-Za-z0-9])", lambda s: sum(c.isdigit() for c in s) >= 3, r"ausweis|personal-?nr|identity card|id card"),
    ("passport", r"(?<![A-Za-z0-9])(?=(?:[A-Z]{0,3}[ -]?\d|\d)[A-Z0-9 ]{4,})[A-Z]{0,3}[ -]?\d[A-Z0-9]{5,8}(?![A-Za-z0-9])|(?<![A-Za-z0-9])[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}(?![A-Za-z0-9])|(?<![A-Za-z0-9])\d{2}[A-Z]{2}\d{5}(?![A-Za-z0-9])", lambda s: sum(c.isdigit() for c in s) >= 4 or (len(s) == 9 and sum(c.isdigit() for c in s) >= 2), r"passport|reisepass|passeport|pasaporte|paspoort|passaporto|\bpass-?n(?:r|ummer)|\bpass\b"),
    ("driving_licence", r"(?<![A-Za-z0-9])(?=[A-Z0-9-]*\d)[A-Z0-9](?:[ -]?[A-Z0-9]){6,17}(?![A-Za-z0-9])", lambda s: sum(c.isdigit() for c in s) >= 4, r"driv(?:er'?s?|ing|ers'?) licen[cs]e|führerschein|permis de conduire"),
    ("national_id", r"(?<![A-Za-z0-9])(?=[A-Z0-9.-]*\d)[A-Z0-9](?:[ .-]?[A-Z0-9]){6,17}(?![A-Za-z0-9])", lambda s: sum(c.isdigit() for c in s) >= 6, r"national (?:id|identity|insurance|identification)(?: card)? (?:number|no)|(?:id|identity) card (?:number|no)|personalausweisnummer|social security number|tax(?:payer)? (?:id|identification)|rijksregister\w*|numéro de sécurité|\bcurp\b|\brfc\b"),
)  # fmt: skip
_COMPILED = tuple(
    (name, re.compile(pattern), check, re.compile(words, re.I) if words else None)
    for name, pattern, check, words in _RULES
)
_DIGITS = re.compile(r"(?:\d[ .\-/+]?){6}|[A-Z0-9][A-Z0-9 -]?\d[A-Z0-9 -]{4}|\d{6}[-+A-FU-Y]\d")
_NOT_ID = re.compile(
    r"(?i)\b(?:isbn|order|invoice|tracking|ticket|case|ref(?:erence)?|part|model|sku|serial|version|build|rechnung\w*|bestell\w*|artikel\w*|commit|uuid|timestamp|port|ip|doi|patent|article|item|bug|issue|pr|flight|train)\s*(?:id|no|number|nr|nummer|#|code)?\s*[.:#]?\s*$"
)


def national_ids(text: str) -> Iterator[Hit]:
    if not _DIGITS.search(text):
        return
    for name, rule, check, words in _COMPILED:
        if words is not None and not words.search(text):
            continue
        for m in rule.finditer(text):
            packed = re.sub(r"[ .\-/]", "", m[0]) if name not in {"fi_hetu"} else m[0]
            if (
                check(packed)
                and not _NOT_ID.search(text[max(0, m.start() - 24) : m.start()])
                and len(set(packed)) > 2
            ):
                yield Hit(
                    name if name in {"passport", "driving_licence"} else "national_id", m.start(), m.end()
                )
