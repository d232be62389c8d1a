"""Looser sentences: the value before its noun, logins, keys, security answers, bare recovery phrases."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adam.curate.secrets.doors import CODE_NOT
from adam.curate.secrets.folding import Rule
from adam.curate.secrets.hits import Hit
from adam.curate.secrets.nouns import matches_around
from adam.curate.secrets.phrasing import FUNCTION_WORDS, NOT_CODE_BEFORE, UNIT, WORD
from adam.curate.secrets.plausible import (
    TECHNICAL,
    WORD_STOPS,
    code_expression,
    placeholder,
    random_looking,
    strong_password,
    word_password,
)
from adam.curate.secrets.values import proper_name, quoted_secret

_REVERSE = Rule(
    r"""(?x)
    (?:(?:\b(?:use|used|using|uses|enter|type|try|tried|trying|put|typing|typed|entering|remember|save|store|note|merke?|nimm|nehme|nutze|benutze|verwende|verwendet|gib|probier)\s+(?:in\s+)?)?
       ["'`“„]?(?P<value>[^\s"'`“”„]{4,64}?)["'`”“]?,?
       \s+(?:is|was|as|for|ist|war|als|works\s+as|serves\s+as|=)\s+(?:still\s+|now\s+|noch\s+|immer\s+)?(?:(?:the|my|our|your|his|her|their|a|mein\w{0,2}|unser\w{0,2}|das|die|der|dein\w{0,2}|what\s+(?:i|we|he|she)\s+use\s+(?:as|for))\s+)?(?:[\w'’-]+\s+){0,3}?
       (?P<noun>passwords?(?!\s+(?:hash|field|manager|hint|policy|input|column|reset|algorithm|generator|param))|passcode|passphrase|pass|pw|pwd|passwort|kennwort|pin(?:\ code)?|(?:[\w-]+\s)?(?:code|combination|combo)|wi-?fi\ (?:password|key)|token|api\ key|\w*code|\w*kombination|otp|tan|puk|secret|login)\b)
    """
)
_REVERSE_HEAD = Rule(
    r"\b(?:pass|pw|kennwort|pin\b|otp|tan\b|puk|secret|login|api key|wi-?fi)|code\b|combination|combo|kombination|token"
)
# "hunter2, that's my password", "'seven lazy llamas' is the passphrase"
_THATS = Rule(
    r"(?<!\S)[\"'`“„(]?(?P<value>[^\s\"'`“”„]{4,40}?)[\"'`”)]?\s*(?:[,;:.]|\s[–—-])+\s*(?:and |und )?(?:that'?s|that is|this is|which is|das ist|that was|those are|is)\s+(?:still |now )?(?:my|the|our|his|her|your|mein\w*|das|der|die|unser\w*)\s+(?:[\w'’-]+\s+){0,3}?(?P<noun>password|passcode|passphrase|passwort|kennwort|pin|code|\w*code|combination|token|api key|pw|kombination)\b"
    r"|[\"“„'](?P<phrase>[^\"”'\n]{6,80})[\"”'],?\s+(?:is|was|ist|as|als|–|—|-|that'?s|are|sind)\s+(?:still |now |noch )?(?:my|the|our|his|her|mein\w*|das|die|unser\w*)\s+(?:[\w'’-]+\s+){0,3}?(?:password|passcode|passphrase|passwort|kennwort|passsatz|recovery|seed)"
)
_LOGIN = Rule(
    r"""(?x)
    \b(?:credentials?|creds|log-?\s?ins?|log(?:ged)?\s(?:in|on)|sign(?:ed)?\s(?:in|on)|account|zugangsdaten|anmeldedaten|logindaten|anmeldung|anmelden|eingeloggt|einloggen|user(?:name)?|benutzer(?:name)?|kennung|nutzer(?:name)?|admin|root)\b
    [^.\n]{0,40}?["'`]?\b(?P<user>[\w.@+-]{2,64})["'`]?\s*(?:/|:|\||,|;|\s+(?:and|und|with|mit|then)\s+|\s+)\s*(?:(?:pw|pwd|password|pass|pin|passwort|kennwort|code)\b\s*(?:is|ist|=|:)?\s*)?["'`]?(?P<value>(?=\S*\d)[^\s"'`“”]{4,64})
    """
)
_FIRST_PET = Rule(
    r"\b(?:first pet|maiden name|first school|first car|first teacher|born in|were you born|grew up|childhood (?:friend|nickname|hero)|favou?rite teacher|elementary school|primary school|erstes haustier|ersten haustiers|mädchenname|geburtsort|erste schule)\b[^?\n]{0,40}\?[\s\"'“a:-]{0,6}(?:it was |it's |answer: |antwort: )?(?P<value>[^\W\d_][\w'-]{2,30})(?=[\"'”]?\s*(?:[.!,;\n]|$))"
)
_BIRTH = re.compile(
    r"(?i)\b(?:(?:mother|father|mum|mom|dad|grandm\w+|grandf\w+|spouse|wife|husband|best friend|pet|dog|cat|teacher|school|street|city|town|car|hund|katze|mutter|vater|oma|opa)(?:'s|’s)?\s+(?:first |middle |maiden |last |birth ?|vor)?(?:name|place|model|city|town)|(?:my|the|mein\w*|our)\s+(?:[\w-]+\s+)?(?:pet|dog|cat|school|teacher|street|hometown|birthplace|car|honeymoon|hund|katze|schule|lehrer\w*|straße|geburtsort))|\b(?:first|favou?rite|childhood|erste[srnm]?|liebling\w*)\s+(?:pet|school|teacher|car|concert|street|book|movie|film|food|job|boss|friend|haustier|schule|lehrer\w*|auto|konzert|straße|band|team|toy|crush|kiss|love|city)\w*|\banswers?\b(?=[^.\n]{0,30}?(?:\bis\b|\bwas\b|\bare\b|[:=→]))|\bantwort\w*\b(?=[^.\n]{0,30}?(?:\bist\b|[:=→]))|\bborn in|\bgrew up|\bgeboren|\baufgewachsen|\bnickname|\bspitzname"
)
TALKED = (
    "pass", "kennwort", "pw", "pin", "code", "login", "comb", "komb", "otp", "tan", "puk", "secret", "key", "token", "schlüssel", "wifi", "wi-fi", "wlan", "hotspot",
    "ssid", "network", "netzwerk", "router", "crypt", "lock", "seal", "protected", "open", "sperr",
)  # fmt: skip


def value_first(text: str, lower: str) -> Iterator[Hit]:
    named = any(sign in lower for sign in TALKED)
    for m in matches_around(_REVERSE, _REVERSE_HEAD, text, 130, 30) if named else ():
        value, noun = m["value"].rstrip(".,;:"), m["noun"].lower()
        numeric = bool(re.fullmatch(r"[*#]?\d[\d-]{2,9}[*#]?", value))
        worded = "code" in noun or "combi" in noun or noun in {"pin", "otp", "tan", "puk", "pin code"}
        if (
            NOT_CODE_BEFORE.search(noun.removesuffix("code").strip() + " ")
            and worded
            and noun not in {"pin", "pin code", "code"}
        ):
            continue
        before = text[max(0, m.start("value") - 16) : m.start("value")]
        if re.search(
            r"(?i)\b(?:error|status|port|http|version|line|room|page|id|exit|returns?|than|like)\s*$", before
        ):
            continue
        if numeric and worded and not (len(value) == 3 and "code" in noun and " " not in noun):
            yield Hit("pin", m.start("value"), m.start("value") + len(value))
        elif not numeric and noun in {"token", "api key", "secret"} and random_looking(value, 10):
            yield Hit("api_key", m.start("value"), m.start("value") + len(value))
        elif (
            (
                not numeric
                and strong_password(value)
                and any(c.isdigit() for c in value)
                and any(c.isalpha() for c in value)
                and not re.match(r"[\d(]", value)
            )
            or (
                re.match(r"(?i)(?:us|put|typ|ent|tr|nimm|nutz|benutz|verwend)", m[0])
                and word_password(value)
                and not worded
                and noun not in {"secret", "token", "login", "api key"}
                and re.search(r"\s(?:as|als)\s", m[0])
            )
            or (
                m[0].lstrip()[:1] in "\"'`“„"
                and len(value) >= 4
                and value.lower() not in WORD_STOPS
                and not worded
                and not placeholder(value)
                and not TECHNICAL.match(value)
            )
        ):
            yield Hit("password", m.start("value"), m.start("value") + len(value))
    for m in _THATS.finditer(text) if named else ():
        if m["phrase"]:
            if quoted_secret("password", m["phrase"]):
                yield Hit("password", m.start("phrase"), m.end("phrase"))
            continue
        value, noun = m["value"], m["noun"].lower()
        digits = bool(re.fullmatch(r"[*#]?\d[\d-]{2,9}[*#]?", value))
        if (
            digits
            and ("code" in noun or noun in {"pin", "combination", "kombination"})
            and not CODE_NOT.search(m[0])
        ):
            yield Hit("pin", m.start("value"), m.end("value"))
        elif (
            not digits
            and strong_password(value)
            and any(c.isdigit() for c in value)
            and any(c.isalpha() for c in value)
        ):
            yield Hit("password", m.start("value"), m.end("value"))
    for m in _LOGIN.finditer(text):
        value = m["value"].rstrip(".,;:)")
        if (
            strong_password(value)
            and any(c.isalpha() for c in value)
            and (any(c.isdigit() for c in value) and re.search(r"[^\w.-]|[a-z][A-Z0-9]|[A-Z][a-z]+\d", value))
            and not re.search(r"[@/(\[={<]|://", value)
            and len(value) >= 6
        ):
            yield Hit("password", m.start("value"), m.start("value") + len(value))
    for m in _FIRST_PET.finditer(text) if "?" in text else ():
        if proper_name(m["value"]):
            yield Hit("security_answer", m.start("value"), m.end("value"))
    if any(w in lower for w in ("question", "answer", "hint", "frage", "antwort", "ask")) and re.search(
        r"(?i)(?:security|secret|recovery|verification|challenge|reset|bank'?s?)\s+(?:question|answer|hint)|sicherheitsfrage|geheimfrage|sicherheitsantwort|(?:bank|hotline|support|they|account)\s+(?:always\s+)?asks?\s+(?:me\s+)?for",
        text,
    ):
        for m in _BIRTH.finditer(text):
            tail = re.match(
                r"[^.\n?]{0,50}?(?:\b(?:is|was|were|called|named|name|ist|war|hieß|heißt|in|on)\b|:|=|->|→|\?|,)\s*(?:called |named |in |on |a |an |the |it'?s )?[\"'`“]?",
                text[m.end() : m.end() + 80],
            )
            if tail:
                at = m.end() + tail.end()
                word = WORD.match(text, at)
                if word and (proper_name(word[0]) or word_password(word[0].rstrip(".,;!?"))):
                    yield Hit("security_answer", at, at + len(word[0].rstrip(".,;!?")))


_SAY = Rule(
    r"\b(?:say|type|enter|give|answer|use|put|reply|respond|sag\w*|tipp\w*|gib|antworte)\s+(?:in\s+|with\s+)?[\"'`“]?(?P<value>[^\s\"'`“”,.]{4,40})[\"'`”]?\s+(?:when|if|once|whenever|as|wenn|sobald|als|for)\b[^.!?\n]{0,40}?\b(?:password|passcode|passphrase|passwort|kennwort|pw|pin|code)\b"
    r"|\b(?:asks?|asked|prompt\w*|fragt|gefragt)\b[^.!?\n]{0,20}?\b(?:password|passcode|passphrase|passwort|kennwort|pw)\b,?\s+(?:just\s+)?(?:say|type|enter|give|answer|use|put|it'?s|sag\w*|tipp\w*|gib)\s+[\"'`“]?(?P<said>[^\s\"'`“”,.]{4,40})"
    r"|\bit'?s\s+[\"'`“]?(?P<its>[^\s\"'`“”,.]{4,40})[\"'`”]?,\s+(?:my|the|our)\s+(?:[\w-]+\s+)?(?:password|passcode|passphrase|pin|code)\b"
)
_WIFI_KEY = Rule(
    r"\b(?:wi-?fi|wlan|ssid|network|netzwerk|router|hotspot|fritz\w*)\b[^.\n]{0,60}?\b(?:key|pass|pw|code|schlüssel)\b\s*(?:is|ist|:|=|-|lautet)?\s*[\"'`]?(?P<value>[^\s\"'`]{6,63})"
)
_KEY_FOR = Rule(
    r"(?<![\w-])(?:(?:my|our|the|their|his|her|your|a|new|old|this|that|mein|unser|der|dieser|diesen)\s+)(?:[\w.-]+\s+)?(?:key|token|schlüssel)\b(?:\s+(?:for|to|of|für|zu[rm]?|von)\s+(?:[\w.'’-]+\s+){0,4}?[\w.'’-]+)?\s*(?:is|was|ist|lautet|:|=|,|-|–|—)\s*[\"'`]?(?P<value>[\w+/=.~-]{12,})"
)
_AS = Rule(
    r"\b(?:as|als|for|für|my|the|mein|das)\s+(?:my |the |a |mein |das |unser )?(?:[\w-]+ )?(?:password|passwort|kennwort|passcode|passphrase|login)\s*,?\s*(?:for \w+ |für \w+ )?(?:i|we|he|she|nehme|nutze|benutze|verwende|hab\w*|nehmen|nutzen|ich)\s+(?:ich |wir |always |just |simply |usually |immer |einfach )?(?:use|have|put|took|picked|chose|used|set|went with|habe|nehme|nutze|verwende|genommen)?\s*(?:immer |einfach |always )?[\"'`“„]?(?P<value>[^\s\"'`“”,]{4,40})"
    r"|\b(?:set|made|chose|picked|choose|pick|took|make)\s+(?:my |the |our |a |mein )?(?:[\w-]+ ){0,2}(?:password|passcode|passphrase|passwort|kennwort|pin|code)\s+(?:for \w+ )?(?:as|to be|to|be)?\s*[\"'`“„](?P<made>[^\"'`“”]{4,60})[\"'`”]"
    r"|\b(?:protected|locked|secured|encrypted|unlocks|gesichert|verschlüsselt|geschützt)\s+(?:by|with|using|mit|durch)\s+(?:the password\s+|dem passwort\s+)?(?P<strong>(?=[^\s]*\d)(?=[^\s]*[a-z])[^\s\"'`,.;]{6,40})"
    r"|\b(?:encrypt\w*|decrypt\w*|unlock\w*|unseal\w*|protected|locked|opens?|verschlüssel\w*|entschlüssel\w*|entsperr\w*)\b[^.!?\n]{0,50}?\b(?:with|using|via|by|mit)\s+(?:the (?:phrase|words|password|passphrase) )?[\"'`“„](?P<quoted>[^\"'`“”\n]{6,60})[\"'`”]"
)
_WIFI = Rule(
    r"\b(?:wi-?fi|wlan|hotspot)\b(?:\s+(?:in|at|for|im|am)\s+(?:[\w'’-]+\s+){0,3}?[\w'’-]+)?\s*(?:is|ist|:|=|-|->|→)\s*[\"'`]?(?P<value>[^\s\"'`]{8,63})"
)


def in_looser_sentences(text: str) -> Iterator[Hit]:
    """Passwords and keys in looser sentences; their values must prove more."""
    for m in _SAY.finditer(text):
        group = next(g for g in ("value", "said", "its") if m[g])
        value = m[group]
        if (
            (strong_password(value) or word_password(value))
            and not TECHNICAL.match(value)
            and not value.isdigit()
            and not UNIT.match(text, m.end(group))
        ):
            yield Hit("password", m.start(group), m.end(group))
    for m in _AS.finditer(text):
        group = next(g for g in ("value", "made", "quoted", "strong") if m[g])
        value = m[group]
        if group == "strong" and not strong_password(value):
            continue
        if strong_password(value) or (
            word_password(value) if group == "value" else quoted_secret("password", value)
        ):
            yield Hit("password", m.start(group), m.end(group))
    for m in _WIFI.finditer(text):
        value = m["value"].rstrip(".,;:!?)")
        if (
            strong_password(value)
            and any(c.isdigit() for c in value)
            and any(c.isalpha() for c in value)
            and not UNIT.match(text, m.end("value"))
            and not re.search(r"(?i)\d\.?\d*\s*g(?:hz)?$|802\.|mbps|gbit", value)
        ):
            yield Hit("password", m.start("value"), m.start("value") + len(value))
    for rule, kind in ((_WIFI_KEY, "password"), (_KEY_FOR, "api_key")):
        for m in rule.finditer(text):
            value = m["value"].rstrip(".,;:!?)")
            fine = (
                strong_password(value) and any(c.isdigit() for c in value)
                if kind == "password"
                else random_looking(value, 12)
            )
            if (
                fine
                and not re.search(
                    r"(?i)\b(?:hash|sha\d*|md5|commit|checksum|public|primary|foreign|digest|partition|sort|cache|idempotency|next)\b",
                    m[0],
                )
                and not code_expression(value)
            ):
                yield Hit(kind, m.start("value"), m.start("value") + len(value))


WALLET = (
    "wallet", "seed", "recover", "mnemonic", "phrase", "metamask", "ledger", "trezor", "bitcoin", "crypto", "backup",
    "restore", "wiederherst", "krypto", "words",
)  # fmt: skip
_PLAIN_RUN = re.compile(
    r"(?i)(?<![\w'’-])(?:\d{1,2}[.):]?\s?)?(?:[a-z]{3,8}(?:[ \t]+|[ \t]*[,;|/\n-][ \t]*)(?:(?:and |und )?\d{1,2}[.):=]?\s?)?){11,23}[a-z]{3,8}(?![\w'’-])"
)


def bare_recovery_phrases(text: str) -> Iterator[Hit]:
    """A bare recovery phrase: exactly 12, 15, 18, 21 or 24 words and something about wallets or recovery near."""
    for m in _PLAIN_RUN.finditer(text):
        words = re.findall(r"[A-Za-z]{3,8}", m[0])
        functional = sum(w.lower() in FUNCTION_WORDS for w in words)
        if len(words) in {12, 15, 18, 21, 24} and functional <= len(words) // 6:
            yield Hit("seed_phrase", m.start(), m.end())
