"""E-mail addresses and phone numbers of people."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adam.curate.secrets.folding import Rule
from adam.curate.secrets.hits import Hit

_EMAIL = re.compile(
    r"(?<![\w.+/-])[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.)+(?!(?:py|js|ts|tsx|jsx|css|scss|html|png|jpg|svg|json|md|txt|git|local|lan|internal|service|socket|timer|target|mount|slice|conf|so|dll|exe|yml|yaml|toml|lock|sh)\b)[^\W\d_]{2,24}(?![\w@-])"
)
_PLACEHOLDER_DOMAIN = re.compile(
    r"(?i)(?:^|\.)(?:example|test|invalid|localhost|localdomain)$|(?:^|\.)example\.(?:com|org|net|edu|co\.uk|de)$|^(?:domain|company|yourcompany|yourdomain|mycompany|mydomain|acme|corp|mail|email|host|server|site|somewhere|foo|bar|foobar|test|sample|website|organization|org|business|provider|contoso|fabrikam|beispiel|musterfirma|muster|domaine|empresa)\.(?:com|org|net|io|tld|de|local|fr|es)$|^users\.noreply\.github\.com$"
)
_PLACEHOLDER_LOCAL = re.compile(
    r"(?i)^(?:no-?reply|do-?not-?reply|donotreply|mailer-daemon|postmaster|git|hg|svn|user(?:name)?|you|your[._-]?\w*|name|firstname|lastname|first\.last|firstname\.lastname|foo|bar|someone|somebody|me|email|sales|support|info|help|contact|security|abuse|press|webmaster|hostmaster|root|admin|bot|dependabot\S*)$"
)
_SPELT = re.compile(
    r"(?i)(?<![\w.])(?P<local>[\w+-]{2,40}(?:(?:\.|\s?[\[({]\s?(?:dot|punkt)\s?[\])}]\s?|\s(?:dot|punkt)\s)[\w+-]{1,40}){0,3})\s*(?:[\[({<]\s*(?:at|@|ät|æt)\s*[\])}>]|\s(?:at|\(at\)|ät)\s|\s@\s|_at_|-at-)\s*(?P<host>[\w-]{2,40}(?:(?:\s*[\[({<]\s*(?:dot|\.|punkt)\s*[\])}>]\s*|\s(?:dot|punkt|point)\s|\.|_dot_|-dot-|\s\.\s)[\w-]{2,20}){1,3})"
)
_AT = Rule(r"(?<=[\s\[({<_-])(?:@|[aäæ]t)(?=[\s\])}>_-])")  # no spelt address is without one
_TLD = re.compile(
    r"(?i)(?:com|org|net|de|io|uk|fr|be|nl|es|it|ch|at|eu|me|dev|co|info|edu|ca|us|pl|se|no|dk|fi|pt|ie|gov|biz|app|cc|tv|lu|cz|gr|br|in|jp|au|nz|xyz|online|email)$"
)


def emails(text: str) -> Iterator[Hit]:
    if "@" in text:
        for m in _EMAIL.finditer(text):
            local, _, host = m[0].rpartition("@")
            local = local.lstrip("'`*=/|{")
            start = m.end() - len(host) - 1 - len(local)
            if (
                local
                and not _PLACEHOLDER_DOMAIN.search(host)
                and not _PLACEHOLDER_LOCAL.match(local)
                and (
                    "://" not in text[max(0, start - 20) : start].rsplit(" ", 1)[-1]
                    or "mailto:" in text[max(0, start - 10) : start]
                )
            ):
                yield Hit("email", start, m.end())
    at = 0 if _AT.found(text) else len(text)
    while spelt := _SPELT.search(text, at):
        at = spelt.start("local") + 1
        host = re.sub(
            r"(?i)\s*[\[({<]?\s*(?:\bdot\b|\bpunkt\b|\bpoint\b|(?<=_)dot(?=_)|(?<=-)dot(?=-))\s*[\])}>]?\s*|\s*[\[({<]?\.[\])}>]?\s*",
            ".",
            spelt["host"],
        )
        written = spelt[0][len(spelt["local"]) :]
        marked = re.search(
            r"[\[({<]\s*(?:at|@|ät|dot|punkt)|\s(?:dot|punkt|point)\s|_at_|-at-|\s@\s", written, re.IGNORECASE
        )
        told = (
            _TOLD.search(text[max(0, spelt.start() - 40) : spelt.start()])
            and spelt["local"].lower() not in _NO_NAME
        )
        if (
            (marked or told)
            and _TLD.search(host)
            and not _PLACEHOLDER_DOMAIN.search(host)
            and not _PLACEHOLDER_LOCAL.match(spelt["local"])
        ):
            yield Hit("email", spelt.start(), spelt.end())
            at = spelt.end()
        else:
            at = spelt.start("local") + len(
                re.split(r"[^\w+-]", spelt["local"])[0]
            )  # the next word may begin it


_TOLD = re.compile(
    r"(?i)\b(?:e-?mail|mail|write|address|reach|contact|schreib\w*|adresse|send)\b[^.!?\n]{0,30}$|^$"
)
_NO_NAME = frozenset(
    "me us him her them it you look looking am is are be was were available hosted found live online out here working get sign stay meet see page site docs that this".split()
)
_TALK = Rule(
    r"\b(?:call(?:ed)?|phone|ring|tel|telephone|telefon\w*|mobile?|mobil\w*|cell|handy\w*|whats ?app|signal|sms|text(?:ed)?|reach|fax|number|nummer|anruf\w*|ruf\w*|erreich\w*|dial|contact|appeler|téléphone|portable|gsm|bel|bellen|telefoonnummer|numéro|teléfono|móvil|cellulare|numero|landline|extension|ext|durchwahl|voicemail|festnetz|hotline|landlord|plumber|doctor|mum|mom|dad|☎|📞|📱)\b"
)
_NOT_PHONE = re.compile(
    r"(?i)\b(?:isbn|issn|doi|order|invoice|tracking|ticket|case|ref(?:erence)?|part|model|sku|serial|version|build|ip|port|id|rechnung\w*|bestell\w*|artikel\w*|kunden\w*|commit|timestamp|account|konto\w*|ean|upc|gtin|vat|ust|iban|blz|sort code|imei|patent|rfc|section|§|article|bug|issue|population|coordinates?|lat\w*|lon\w*|π|pi)\s*(?:(?:id|no|number|nr|nummer|#|code|is|ist|was)\s*)*[.:#=]*\s*$"
)
# seven digits, as near to each other as any of the rules below lets them be
_RUN = re.compile(r"(?:\d[ \t\u00a0.\-–/()]{0,5}){7}")
_INTERNATIONAL = re.compile(
    r"(?<![\w+.])(?:\+|00|\(\+)[ ]?(?P<cc>[1-9]\d{0,2})\)?(?P<rest>(?:[ \t\u00a0.\-–/]{0,3}\(?\d{1,12}\)?){1,8})(?![\w])"
)
_NANP = re.compile(
    r"(?<![\w.+-])(?:1[ .-])?(?:\((?P<a>[2-9]\d{2})\)[ .-]?|(?P<b>[2-9]\d{2})(?P<sep>[ .-]))(?P<x>[2-9]\d{2})[ .-]?(?P<l>\d{4})(?![\w-]|\.\d)"
)
_NATIONAL = re.compile(r"(?<![\w.,+:/-])\(?0[1-9](?:[ \t\u00a0.\-–/()]{0,2}\d){6,11}(?![\w]|[.,:/-]\d)")
_BARE = re.compile(r"(?<![\w.,+:/-])[2-9]\d{2}[ .-]?\d{2,3}[ .-]?\d{2,4}(?:[ .-]?\d{2,3})?(?![\w]|[.,:/-]\d)")
_COUNTRIES = frozenset(
    "1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 237 238 239 240 241 242 243 244 245 246 248 249 250 251 252 253 254 255 256 257 258 260 261 262 263 264 265 266 267 268 269 290 291 297 298 299 350 351 352 353 354 355 356 357 358 359 370 371 372 373 374 375 376 377 378 380 381 382 383 385 386 387 389 420 421 423 500 501 502 503 504 505 506 507 508 509 590 591 592 593 594 595 596 597 598 599 670 672 673 674 675 676 677 678 679 680 681 682 683 685 686 687 688 689 690 691 692 850 852 853 855 856 880 886 960 961 962 963 964 965 966 967 968 970 971 972 973 974 975 976 977 992 993 994 995 996 998".split()
)
_SERVICE = re.compile(r"^(?:1?8(?:00|88|77|66|55|44|33)|0?800|0?900|0?180\d?)")


def _monotone(digits: str) -> bool:
    return digits in "01234567890123456789" or digits in "98765432109876543210" or len(set(digits)) <= 2


def phones(text: str) -> Iterator[Hit]:
    if not _RUN.search(text):
        return
    talk = _TALK.found(text)
    for m in _INTERNATIONAL.finditer(text):
        digits = re.sub(r"\D", "", m[0]).removeprefix("00")
        country = next((digits[:n] for n in (3, 2, 1) if digits[:n] in _COUNTRIES), "")
        if (
            not country
            or not 8 <= len(digits) <= 15
            or _monotone(digits[len(country) :])
            or _barred(text, m.start())
        ):
            continue
        if m[0].startswith("00") and not (talk or re.search(r"[ /.-]", m[0].strip())):
            continue
        if not _SERVICE.match(digits[len(country) :]):
            yield Hit("phone", m.start(), m.end())
    for m in _NANP.finditer(text):
        digits = re.sub(r"\D", "", m[0])
        if (
            not _barred(text, m.start())
            and not _SERVICE.match(digits)
            and (talk or m["sep"] != "." or m["a"])
        ):
            yield Hit("phone", m.start(), m.end())
    for m in _NATIONAL.finditer(text):
        digits = re.sub(r"\D", "", m[0])
        groups = re.findall(r"\d+", m[0])
        if (
            not 9 <= len(digits) <= 12
            or _monotone(digits)
            or _barred(text, m.start())
            or _SERVICE.match(digits)
            or _dated(m[0])
        ):
            continue
        if talk or (len(groups) >= 2 and len(groups[0]) >= 2 and (len(groups[0]) > 2 or len(groups) >= 3)):
            yield Hit("phone", m.start(), m.end())
    if talk:
        for m in _BARE.finditer(text):
            digits = re.sub(r"\D", "", m[0])
            near = text[max(0, m.start() - 60) : m.end() + 30]
            if (
                9 <= len(digits) <= 10
                and digits[0] in "346789"
                and not _monotone(digits)
                and _TALK.found(near)
                and not _barred(text, m.start())
                and not _SERVICE.match(digits)
            ):
                yield Hit("phone", m.start(), m.end())


def _barred(text: str, start: int) -> bool:
    return bool(_NOT_PHONE.search(text[max(0, start - 30) : start]))


def _dated(written: str) -> bool:
    return bool(re.match(r"0[1-9][./-](?:0[1-9]|1[0-2])[./-](?:19|20)\d\d", written))
