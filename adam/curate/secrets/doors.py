"""Codes of doors, locks, alarms and phones, and one-time codes: digits in a sentence that speaks of one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adam.curate.secrets.folding import Rule
from adam.curate.secrets.hits import Hit
from adam.curate.secrets.phrasing import TURNS, UNIT

_OPENING = Rule(
    r"""(?x)
    (?:\b(?:opens?|unlocks?|unlocked|disarms?|arms?|deactivates?|disables?|open|log(?:s|ged)?\s?(?:in|on)|sign(?:s|ed)?\s?in|gets?\s+(?:you|me|us)\s+in(?:to)?|öffnet|öffnen|entsperrt|entsperren|entschärf\w+|deaktivier\w+|geht\s+auf|aufgeht|reinkomm\w*|rein|auf|scharf|access)\b[^.\n?]{0,50}?\b(?:with|using|by\s+(?:typing|entering|pressing)|mit(?:tels)?|über|durch|via)\s+(?:(?:the\s+)?(?:code|pin|combination|number|digits|dem\s+code|der\s+pin|der\s+zahl|code)\s+)?["'`]?(?P<a>[*\#]?\d[\d*\#\-\ ]{2,14}[*\#]?)
      |\b(?:punch|type|key|enter|tap|dial|press|put|tipp\w*|gib|geben|drück\w*|eingeben|wähl\w*)\b(?:\s+(?:in|ein))?\s+["'`]?(?P<b>[*\#]?\d[\d*\#\-\ ]{2,14}[*\#]?)["'`]?(?:\s+(?:in|ein))?(?:\s+(?:followed\s+by\s+\w+|and\s+(?:then\s+)?\w+|und\s+\w+))?\s+(?:at|on|into|to|for|in|an|am|bei|auf|für|um|ins?|when|und|then)\b
      |["'`]?(?P<c>[*\#]?\d{3,10}[*\#]?)["'`]?\s+(?:opens|unlocks|disarms|gets\s+you\s+in(?:to)?|lets\s+you\s+in(?:to)?|öffnet|entsperrt|schaltet)\b)
    """
)
_ACCESS = Rule(
    r"\b(?:door|gate|garage|keypad|alarm|safe|vault|lock\w*|panel|elevator|lift|phone|tablet|ipad|screen|locker|padlock|entrance|front|building|house|office|haustür|tür|tor|hoftor|tresor|schlo(?:ss|ß)|schließfach|handy|alarmanlage|keller|eingang|safe|box|voicemail|mailbox|unlock\w*)\b"
)
_ONE_TIME = Rule(
    r"\b(?:g-)?(?P<a>\d{3}[ -]?\d{3,5}|\d{4,8}|[a-z0-9]{3}-[a-z0-9]{3})\b(?=[^.\n]{0,20}\b(?:is|ist|as|lautet)\b[^.\n]{0,40}?\b(?:code|otp|tan|verification|one-time|bestätigungs\w*|einmal\w*|passcode|login)\b)"
    r"|\b(?:code|otp|tan|passcode)\b[^.\n\d]{0,60}?\b(?:was|is|ist|:|of|said|says|reads|came|sent|got|received|texted|lautet|bekommen|erhalten)\b[^.\n\d]{0,30}?(?P<b>\b\d{3}[ -]?\d{3}\b|\b\d{5,8}\b)"
)
# a code said in a sentence about a door, a lock, an alarm
_CODE_THERE = Rule(
    r"(?<![\w-])(?:codes?|pins?|combination|combo|kombination|passcode|zahlenkombi\w*|number|nummer|zahl|ziffern)\b[\"'`]?(?:\s+(?:for|to|of|on|at|für|fürs|zum|zur|vom|von|am|an|im|der|des)\s+(?:[\w'’-]+\s+){0,5}?[\w'’-]+)?\s*(?:(?:is|ist|was|war|lautet|:|=|-|–|being|set to|auf|hat|of|,)\s*)?(?:still |now |noch |jetzt )?[\"'`*#(]{0,3}(?P<a>\d[\d ]{1,8}\d[*#]?)(?![\w%])"
    r"|\b(?:wants|takes|needs|expects|accepts|will|braucht|nimmt|set to|is set on|gestellt auf|eingestellt auf|enter|type|dial|punch in|press|use|key in|tippe?|gib|drücke?|wähle?)\s+(?:the\s+)?(?:code\s+|numbers?\s+|digits\s+)?[\"'`*#]?(?P<b>\d[\d-]{2,8}[*#]?)(?![\w%:])"
    r"|\b(?:lock ?box|key ?safe|key ?box|padlock|(?:bike|bicycle|door|luggage|suitcase|combination|locker) lock|keypad|alarm|front door|back door|gate|garage|safe|locker|door|haustür|tresor|schloss|alarmanlage|tor|schlüsselsafe|schließfach)(?:\s+(?:at|in|im|beim?|am)\s+(?:[\w'’-]+\s+){0,2}?[\w'’-]+)?\s*(?:is|ist|=|:|->|→|–)\s+[\"'`]?(?P<c>\d{4,8}#?|\d\d \d\d(?: \d\d)?)(?![\w%:,]|\.\d)"
)
CODE_NOT = re.compile(
    r"(?i)\b(?:error|status|exit|http|zip|postal|area|country|promo|discount|qr|source|port|bug|issue|line|page|room|flight|version|response|postleitzahl|plz|fehler\w*|€|\$|eur|usd|year|jahr|model|modell|mm|cm|kg|bits?|bytes?|ms|volts?|watts?|series|since|seit|order|bestell\w*|phone number|telephone|telefonnummer|seed|random|epochs?|batch|rows?)\b"
)
_TIME_OF_DAY = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d$")
_HOUSE = Rule(
    r"\b(?:doors?|gates?|garage|keypad|alarm\w*|safe|vault|lock(?:er|s|box)?|lock box|padlock|key ?safe|elevator|lift|entrance|lobby|gym|pool|phone|tablet|ipad|laptop|screen|voicemail|mailbox|conference|meeting|dial-?in|shed|storage|cabin|airbnb|haustür|\w*tür|tor|\w+tor|(?:garten|hof|garagen|einfahrts|roll|eingangs)tor|tresor|\w*schlo(?:ss|ß)|schließfach|handy|keller|eingang|schlüsselsafe|büro|ferienwohnung|koffer)\b"
)
_DOORS = r"(?:front |back |side |main |garden |cellar |building |garage )?(?:door|gate|garage|keypad|alarm|safe|locker|lock ?box|padlock|elevator|lift|lobby|entrance|haustür|tür|tor|alarmanlage|tresor|garagentor|schließfach)"
_CODE_FOR = Rule(
    rf"\b(?:for|für|zum|zur)\s+(?:the |my |our |die |den |das |unsere?n? |meine?n? )?{_DOORS}\s*,?\s*(?:it'?s|it is|that'?s|use|you need|enter|is|ist es|:|-|–)\s+[\"'`#*]?(?P<a>\d{{4,8}}[#*]?)(?![\w%:.,]\d|[\w%])"
    rf"|(?<![\w.:$€£#-])(?P<b>\d{{4,8}}[#*]?)\s+(?:for|at|on|für|an|am|zum|zur)\s+(?:the |my |our |die |der |den |dem |das )?{_DOORS}\b"
)
# a lock with buttons: "2 and 4 together, then 3", "4-7-1-1"
_TOGETHER = Rule(
    r"(?<![\w.])\d(?:\s*(?:,|\band\b|\bthen\b|\bund\b|\bdann\b|\btogether\b|\bzusammen\b|\bat once\b|\bgleichzeitig\b|&|\+|-)\s*)+\d(?:(?:\s*(?:,|\band\b|\bthen\b|\bund\b|\bdann\b|\btogether\b|\bzusammen\b|\bat once\b|\bgleichzeitig\b|&|\+|-)\s*)+\d){1,6}(?![\w.%]|\s*(?:am|pm|o'clock|uhr|th\b))"
)


def numbers_said(text: str) -> Iterator[Hit]:
    """Digits that open something, and one-time codes."""
    for m in _CODE_FOR.finditer(text):
        group = "a" if m["a"] else "b"
        around = text[max(0, m.start() - 40) : m.end() + 30]
        if (
            not CODE_NOT.search(around)
            and not UNIT.match(text, m.end(group))
            and not _TIME_OF_DAY.match(m[group])
        ):
            yield Hit("pin", m.start(group), m.end(group))
    for m in _OPENING.finditer(text) if _ACCESS.found(text) else ():
        group = next(g for g in ("a", "b", "c") if m[g])
        around = text[max(0, m.start() - 60) : m.end() + 60]
        value = m[group].rstrip(" -")
        if (
            _ACCESS.found(around)
            and sum(c.isdigit() for c in value) >= 3
            and not UNIT.match(text, m.start(group) + len(value))
            and not re.search(r"(?i)\bports?\b|error|http|status", around)
        ):
            yield Hit("pin", m.start(group), m.start(group) + len(value))
    for m in _ONE_TIME.finditer(text):
        group = "a" if m["a"] else "b"
        around = text[max(0, m.start() - 30) : m.end() + 40]
        if not re.search(
            r"(?i)\b(?:error|status|exit|zip|postal|area|country|http|hex|source|qr|promo|postleitzahl|colou?r|order|bestell\w*|sort|product|article|tracking)\b",
            around,
        ):
            yield Hit("one_time_code", m.start(group), m.end(group))


def door_codes(text: str) -> Iterator[Hit]:
    """Digits that a sentence about a door, a lock or an alarm gives as its code."""
    if not _HOUSE.found(text) or not any(c.isdigit() for c in text):
        return
    for m in TURNS.finditer(text):
        if m[0].count("\n") < 3 and sum(c.isdigit() for c in m[0]) >= 4:
            yield Hit("pin", m.start(), m.start() + len(m[0].rstrip(" ,.;-–\n")))
    for m in _TOGETHER.finditer(text):
        sentence = text[max(0, m.start() - 90) : m.end() + 60]
        if re.search(
            r"(?i)code|press|punch|push|enter|button|key|drück|taste", sentence
        ) and not CODE_NOT.search(sentence):
            yield Hit("pin", m.start(), m.end())
    for m in _CODE_THERE.finditer(text):
        group = next(g for g in ("a", "b", "c") if m[g])
        sentence = text[max(text.rfind(c, 0, m.start()) for c in ".!?\n") + 1 : m.end() + 60]
        value = m[group].rstrip()
        if (group == "b" and not _HOUSE.found(sentence)) or (
            group == "a" and not _HOUSE.found(text[max(0, m.start() - 120) : m.end() + 80])
        ):
            continue
        if (
            group != "a"
            and _TIME_OF_DAY.match(value)
            and not re.search(r"(?i)lock|safe|keypad|tablet|phone|tresor|schlo|voicemail", sentence)
        ):
            continue
        if group == "b" and re.search(r"(?i)\bset\b[^.]*$|for \d+$", m[0]) and "alarm" in sentence.lower():
            continue
        if CODE_NOT.search(sentence) or UNIT.match(text, m.end()) or sum(c.isdigit() for c in value) < 3:
            continue
        yield Hit("pin", m.start(group), m.start(group) + len(value))
