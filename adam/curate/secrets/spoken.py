"""Secrets as people say them: "my password is …", "the code for the gate is …", "Die PIN lautet …".

Each rule is a noun (what kind of secret), a link ("is", ":", "lautet") and a test on the value.
The test decides: an ordinary word after "my password is" is mostly a complaint about the password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from adam.curate.secrets.hits import Hit
from adam.curate.secrets.plausible import (
    TECHNICAL,
    WORD_STOPS,
    code_expression,
    placeholder,
    random_looking,
    strong_password,
    word_password,
)
from adam.curate.secrets.views import replaced

# ── nouns ─────────────────────────────────────────────────────────────────────────────────────────
_PASSWORD = (
    r"pass|p/w|psw|pss?wr?d|pas+wd|psk|host key|pass ?(?:words?|codes?|phrases?|wd)|p@ssw[o0]rd|pa55word|pwd?|pw|passwort|passwörter|kennwort|kennwörter|losungswort|codewort|geheimwort|schlüsselwort"
    r"|(?:[a-zäöü]+)?(?:passwort|kennwort|passphrase)|zugangsschlüssel|(?:wlan|wifi|wi-fi|wpa2?|netzwerk)[- ]?(?:schlüssel|key|passwort|code|pass)"
    r"|(?:wifi|wi-fi|wlan|ssid|wireless|wpa[23]?|wep|network(?: security)?|hotspot|router|encryption|bitlocker|decryption) (?:pass(?:word|phrase|code)?|key|pw)"
    r"|safe ?words?|code ?words?|secret words?|magic words?|pass-?phrase|admin pass|master pass|root pass"
    r"|mots? de passe|contraseñas?|clave(?: de acceso)?|palabra clave|wachtwoord(?:en)?|parola d'ordine|senha|hasło|lösenord|adgangskode|salasana|пароль"
)
_PLACES = (
    r"doors?|front door|back door|gates?|garage|alarm(?: system| panel)?|entry|entrance|access|building|lobby|house|home|apartment|flat|office|safe|vault|locker|lock ?box|key ?box|key ?safe|"
    r"(?:bike |bicycle |luggage |suitcase |pad|door |smart )?lock|padlock|shed|storage(?: unit)?|keypad|key|security(?: system| gate| panel)?|lift|elevator|pool|gym|parking|garden|barrier|cabin|cottage|airbnb|server room|lab|"
    r"gun safe|wall safe|hotel safe|medicine cabinet|mail ?box|panel|unlock(?:ing)?|screen(?: lock| time)?|lock ?screen|phone|tablet|ipad|iphone|laptop|computer|device|parental(?: controls?)?|kids?|children's|voice ?mail|answering machine|sim(?: card)?|"
    r"conference(?: call)?|meeting|zoom|dial-?in|bridge|participant|moderator|host|guest|"
    r"verification|confirmation|log-?in|sign-?in|one-?time|otp|two-?factor|2fa|mfa|totp|sms|auth(?:entication|enticator)?|activation|reset|recovery|backup|restore|emergency|transfer|withdrawal|pickup|release|disarm|master|duress|scratch|pairing|cvv|cvc|security"
)
_CODE = (
    rf"(?:{_PLACES})(?:'s)?[- ]?(?:codes?|combination|combo|pin|number|passcode)|(?:combination|combo)|(?-i:\bPINs?\b)|pin(?:[- ]?(?:codes?|numbers?|nummer|zahl))?|otp|puk2?|cvv2?|cvc2?"
    r"|(?:[a-zäöüß]*)?(?:geheimzahl|geheimnummer|zahlenkombination|zugangscode|zugangsnummer|zahlenschloss|zahlencode|einmalcode|einmalpasswort)|tan(?:-?nummer)?|(?:i|m|sms|push|photo)-?tan"
    r"|(?:tür|haustür|wohnungstür|eingangs?|tor|hoftor|garagen?(?:tor)?|alarm(?:anlagen?)?|sicherheits|safe|tresor|schließfach|schlüssel(?:safe|kasten|box)?|schloss|fahrradschloss|koffer|keller|handy|telefon|tablet|entsperr|freischalt|bestätigungs|aktivierungs|"
    r"geräte|bildschirm|mailbox|konferenz|zugangs|zutritts|prüf|büro|eltern|jugendschutz|sim|karten|ec-karten|bank|kredit(?:karten)?)[- ]?(?:codes?|kombination|nummer|zahl|pin|pins|ziffer)"
    r"|codes? (?:for|to|of|on|at) (?:(?:the|my|our|your|his|her|their|this|that|mum's|dad's|[\w]+['’]s?|\w+) ){0,4}?(?:"
    + _PLACES
    + r")"
    r"|codes? (?:für|zum|zur|von|vom|am|an|im|der|des|unserer?|meiner?) (?:\w+ ){0,2}?(?:tür|haustür|tor|hoftor|garage|garagentor|alarm(?:anlage)?|safe|tresor|schließfach|handy|tablet|telefon|schlüsselkasten|schlüsselsafe|keller|büro|eingang|fahrradschloss|koffer|kinder\w*|schloss|mailbox|ferienwohnung)"
    r"|(?:safe|tresor|schloss)-?kombination|kombination|code (?:pin|d'accès|du portail|de la porte|de l'alarme|secret)|código(?: de \w+)?|codice(?: \w+)?|pincode|toegangscode|deurcode"
)
_KEY = (
    r"(?:[\w-]+ )?(?:api|access|secret|auth(?:entication|orization)?|bearer|client|signing|encryption|deploy|service|session|refresh|personal access|bot|webhook|app|master|private|shared|account|storage|admin|subscription|integration|unseal|root|join)[ -]?(?:keys?|tokens?|secrets?|credentials?)"
    r"|tokens?|api-?(?:schlüssel|token|key)|zugriffstoken|zugangstoken|(?:client|shared)[ -]secret|keys? for (?:the |my |our )?[\w -]{1,30}?(?:api|service|account|server|bot|integration|webhook)|secret|credentials?"
)
_LICENCE = r"(?:licen[cs]e|product|serial|activation|registration|cd|steam|windows|office|software|unlock|lizenz|produkt|serien|aktivierungs|freischalt|windows-?lizenz)[- ]?(?:keys?|codes?|numbers?|schlüssel|nummer|code)"
_BACKUP = r"(?:backup|back-up|recovery|rescue|scratch|emergency|reset|2fa|wiederherstellungs|notfall|ersatz|sicherungs)[- ]?(?:codes?|keys?|tans?|schlüssel)"
_ANSWER = (
    r"maiden name|mädchenname\w*|(?:security|recovery|verification|challenge|secret) (?:question|answer)s?|answers? to (?:my|the|our|his|her) (?:security |secret |recovery |bank'?s? )?questions?"
    r"|sicherheitsfragen?|sicherheitsantwort(?:en)?|geheimfragen?|geheime frage|antwort auf (?:die|meine) (?:sicherheits|geheim)\w*"
)
_SEED = r"(?:seed|recovery|mnemonic|wallet|backup|secret|metamask|ledger|trezor|wiederherstellungs|seed-?)[- ]?(?:recovery )?(?:phrases?|words?|seeds?|sätze?|satz|wörter|wörtern|mnemonics?|phrase)|seed|mnemonics?|(?:\d\d|twelve|twenty[- ]four|zwölf)[- ]?(?:words?|wörter|wort)(?:[- ]phrase)?|(?:restore|wallet|recovery|secret) ?words"

_POSSESS = r"(?:\b(?:my|our|the|his|her|their|your|its|this|that|mein\w{0,2}|unser\w{0,2}|dein\w{0,2}|ihr\w{0,2}|sein\w{0,2}|das|die|der|dem|mon|mi|ma|mijn|het|la|el|le|o|admin|root|wifi|wlan|bank|email|e-mail|laptop|login|account)|['’]s)\s+(?:[\w'’.-]+\s+){0,4}$"
_QUAL = r"(?:[ \t]*\([^()\n]{1,40}\))?(?:[ \t,]+(?!(?:is|was|ist|war|are|lautet|lauten|heißt|heisst|=|if|when|and|but|oder|und|wenn|doesn|does|don|do|has|have|can|cannot|can't|should|must|needs?|shall|would)\b)[\"'‘“„]?[\w'’.@/&+-]+[\"'’”“]?(?: \([^()\n]{1,40}\))?){0,8}?"
_LINK = (
    r"\s*(?:[\"'`*_]{0,3}\s*(?::|=>?|→|->|—>|—|–|\s-\s|\|)\s*|(?:'s|’s)\s+|[\"'`*_]{0,2},?\s+(?:(?:(?:has been|have been|got|was|is|were|wurde|hab ich|habe ich|i|we|he|she)?\s*(?:just |now )?(?:changed|set|reset|updated|switched|rotated|geändert|gesetzt|gestellt)(?: it)?(?: back)?(?: now)? (?:(?:from|von) \S+ )?(?:to|auf|zu|as)|"
    r"(?:has|have|had|hat|hatte)(?:n'?t)? (?:always |long |never |immer |schon |just )?(?:been|gewesen|changed from)|is|was|are|were|ist|sind|war|waren|lautet|lauten|heißt|heisst|hieß|hies|equals|reads|goes|remains|becomes|stays|bleibt|si|iz|ia|us|iss|es|est|é|è|ser|should be|will be|would be|used to be|might be|must be|wird|wäre|sollte|set to|being|auf|to be|(?:i|we|ich|wir) (?:always |just |usually |immer )?(?:put|wrote|gave|use|used|entered|enter|say|said|chose|picked|answered|answer|nehme|nutze|habe|schreibe))\b)"
    r"(?:\s*(?::|=|—|–|-)\s)?\s*)"
)
_FILL = r"(?:(?:is|actually|still|now|currently|just|simply|always|again|also|probably|literally|basically|apparently|today|temporarily|officially|obviously|the word|the words|the number|the code|the string|the phrase|the name|as follows|following|this|that|it'?s|und zwar|noch immer|immer noch|noch|immer|jetzt|aktuell|momentan|derzeit|einfach|übrigens|nämlich|wieder|weiterhin|seit \w+|zurzeit|auch|das wort|folgende[rs]?|all lowercase|in caps|all caps|uppercase|lower case|spelled|in base64|base64|encoded|percent[- ]encoded|in hex)\b[,:]?\s*|[:=,-]\s+|\n\s*){0,4}"
_TAIL = re.compile(rf"{_QUAL}{_LINK}{_FILL}", re.IGNORECASE)
_NEXT = re.compile(r"(?=[\s:=,(\"'`—–-])[ \t]*(?::|=|-|—|–|,)?[\s\"'`(]*")
_QUOTED = re.compile(
    r"(?:\*\*|__)?(?P<q>[\"'`“„«‚‘”*_]{1,3})(?P<value>[^\"'`“”„«»‘’\n*]{3,100}?)(?:[\"'`”“»’‘]|\*{1,3}|_{2})"
)
_WORD = re.compile(r"[^\s\"'`“”„«»]+")

_DIGIT_WORDS = (
    r"zero|oh|nought|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|double|triple|hundred"
    r"|null|eins?|zwei|zwo|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|\w{3,6}zehn|(?:ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun)und(?:zwanzig|dreißig|vierzig|fünfzig|sechzig|siebzig|achtzig|neunzig)|zwanzig|dreißig|vierzig|fünfzig|sechzig|siebzig|achtzig|neunzig|doppel\w*"
    r"|zéro|un|deux|trois|quatre|cinq|sept|huit|neuf|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|star|hash|pound|stern|raute"
)
_SPELLED = re.compile(
    rf"(?:(?:{_DIGIT_WORDS})\b[\s,.\-–]*(?:(?:and|then|und|dann)\s+)?){{3,}}", re.IGNORECASE
)
_DIGITS = re.compile(
    r"[*#]?(?:[A-Za-z]{1,3}[- ]?)?\d(?:[\d*#]|[ \t.\-–/,:](?:then |and |right |left |links |rechts |dann )?(?=[\d#*])|[A-Z](?![a-z])){2,18}[*#]?[A-Z]?(?![\w%])"
)
_TURNS = re.compile(
    r"(?:(?:left|right|links|rechts|clockwise|counter-?clockwise|cw|ccw|l|r)[ \t]*(?:to |auf |bis )?\d{1,2}[\s,;.\-–]*(?:(?:then|and|und|dann|back)\s+)*(?:to )?){2,}|(?:\d{1,2}[ \t]*(?:left|right|links|rechts|cw|ccw)[\s,;.\-–]*(?:(?:then|and|und|dann)\s+)*){2,}",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"(?i)[\s-]*(?:-?\s*(?:digits?|characters?|chars?|letters?|long|symbols?|words?|bits?|bytes?|days?|weeks?|months?|years?|minutes?|mins?|hours?|seconds?|secs?|times?|attempts?|tries|percent|%|people|users?|volts?|v\b|ms\b|mm\b|cm\b|m\b|px|€|\$|£|eur|usd|items?|options|different|possible|million|billion|thousand"
    r"|stellen|stellig\w*|zeichen|ziffern|buchstaben|tage?n?|wochen?|monate?n?|jahre?n?|minuten|stunden|sekunden|mal|versuche?n?|prozent|uhr|o'clock|am\b|pm\b|or (?:more|higher|lower|above|below|less|longer)|to \d+ (?:digits|char)))"
)
_NOT_CODE_BEFORE = re.compile(
    r"(?i)(?:gpio|arduino|header|connector|board|esp\d*|rasp\w*|bcm|analog|digital|reset|led|data|ground|gnd|vcc|rx|tx|clock|input|output|i/o|adc|pwm|error|status|exit|return|response|http|zip|postal|post|area|country|dial|dialing|currency|airport|colou?r|hex|promo\w*|discount|coupon|voucher|"
    r"qr|bar|source|morse|dress|penal|building|tax|stop|hash|event|reason|rolling|bowling|hair|safety|drawing|push|lapel|map|sort|swift|bic|language|locale|status-?|fehler|rückgabe|postleit|länder|vorwahl|colour|pins?)[\s-]*$"
)

_SUFFIX = r"(?![\w-])"


def _nouns(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{pattern}){_SUFFIX}", re.IGNORECASE)


_NOUNS = tuple(
    (kind, _nouns(pattern))
    for kind, pattern in (
        ("seed_phrase", _SEED),
        ("backup_codes", _BACKUP),
        ("license_key", _LICENCE),
        ("security_answer", _ANSWER),
        ("password", _PASSWORD),
        ("code", _CODE),
        ("api_key", _KEY),
    )
)
# The words that a noun of each kind ends in: only around them is the noun itself looked for.
_HEADS = {
    "seed_phrase": r"phrase|seed|mnemonic|words|wörter|sätze|satz",
    "backup_codes": r"codes?\b|keys?\b|tans?\b|schlüssel",
    "license_key": r"keys?\b|codes?\b|numbers?\b|schlüssel|nummer",
    "security_answer": r"maiden|mädchen|question|answer|frage|antwort",
    "password": r"pass|p@ss|pa55|\bps\w|p/w|\bpw|wort|wört|word|key\b|schlüssel|wifi|wi-fi|psk|mots? de|contraseñ|clave|senha|hasło|lösenord|adgangskode|salasana|пароль|parola|wachtw",
    "code": r"codes?\b|code|pin|number\b|combin|combo|kombination|\bpuk|tan\b|\botp|cvv|cvc|geheim|zahl|nummer|ziffer|zahlenschloss|código|codice",
    "api_key": r"keys?\b|tokens?\b|secret|credential|schlüssel|token",
}
_SIGNS = {  # as plain text, which is looked for ten times as fast
    "seed_phrase": ("phrase", "seed", "mnemonic", "words", "wört", "satz", "sätz"),
    "backup_codes": ("code", "key", "tan", "schlüssel"),
    "license_key": ("key", "code", "number", "schlüssel", "nummer"),
    "security_answer": ("maiden", "mädchen", "question", "answer", "frage", "antwort"),
    "password": (
        "pass", "p@ss", "pa55", "ps", "p/w", "pw", "wort", "wört", "word", "key", "schlüssel", "wifi", "wi-fi", "mot",
        "contraseñ", "clave", "senha", "hasło", "lösenord", "adgangskode", "salasana", "пароль", "parola", "wachtw",
    ),
    "code": (
        "code", "pin", "number", "comb", "kombination", "puk", "tan", "otp", "cvv", "cvc", "geheim", "zahl", "nummer",
        "ziffer", "código", "codice",
    ),
    "api_key": ("key", "token", "secret", "credential", "schlüssel"),
}  # fmt: skip
_HEAD = {kind: re.compile(words, re.IGNORECASE) for kind, words in _HEADS.items()}
_STRONGISH = re.compile(r"[^\W\d_][^\s]*\d|\d[^\s]*[^\W\d_]")
_MIXED_DIGITS = re.compile(r"\d{3}|\d[^\d\n]{1,9}\d")


def _around(head: re.Pattern[str], text: str, before: int, after: int) -> list[tuple[int, int]]:
    """The stretches of text around each head, overlapping ones joined."""
    stretches: list[tuple[int, int]] = []
    for m in head.finditer(text):
        start, end = max(0, m.start() - before), min(len(text), m.end() + after)
        while start > 0 and text[start - 1].isalnum():
            start -= 1  # never in the middle of a word
        if stretches and start <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], end)
        else:
            stretches.append((start, end))
    return stretches


_REVERSE = re.compile(
    r"""(?ix)
    (?:(?:\b(?:use|used|using|uses|enter|type|try|tried|trying|put|typing|typed|entering|remember|save|store|note|merke?|nimm|nehme|nutze|benutze|verwende|verwendet|gib|probier)\s+(?:in\s+)?)?
       ["'`“„]?(?P<value>[^\s"'`“”„]{4,64}?)["'`”“]?,?
       \s+(?:is|was|as|for|ist|war|als|works\s+as|serves\s+as|=)\s+(?:still\s+|now\s+|noch\s+|immer\s+)?(?:(?:the|my|our|your|his|her|their|a|mein\w{0,2}|unser\w{0,2}|das|die|der|dein\w{0,2}|what\s+(?:i|we|he|she)\s+use\s+(?:as|for))\s+)?(?:[\w'’-]+\s+){0,3}?
       (?P<noun>passwords?(?!\s+(?:hash|field|manager|hint|policy|input|column|reset|algorithm|generator|param))|passcode|passphrase|pass|pw|pwd|passwort|kennwort|pin(?:\ code)?|(?:[\w-]+\s)?(?:code|combination|combo)|wi-?fi\ (?:password|key)|token|api\ key|\w*code|\w*kombination|otp|tan|puk|secret|login)\b)
    """
)
_OPENING = re.compile(
    r"""(?ix)
    (?:\b(?:opens?|unlocks?|unlocked|disarms?|arms?|deactivates?|disables?|open|log(?:s|ged)?\s?(?:in|on)|sign(?:s|ed)?\s?in|gets?\s+(?:you|me|us)\s+in(?:to)?|öffnet|öffnen|entsperrt|entsperren|entschärf\w+|deaktivier\w+|geht\s+auf|aufgeht|reinkomm\w*|rein|auf|scharf|access)\b[^.\n?]{0,50}?\b(?:with|using|by\s+(?:typing|entering|pressing)|mit(?:tels)?|über|durch|via)\s+(?:(?:the\s+)?(?:code|pin|combination|number|digits|dem\s+code|der\s+pin|der\s+zahl|code)\s+)?["'`]?(?P<a>[*\#]?\d[\d*\#\-\ ]{2,14}[*\#]?)
      |\b(?:punch|type|key|enter|tap|dial|press|put|tipp\w*|gib|geben|drück\w*|eingeben|wähl\w*)\b(?:\s+(?:in|ein))?\s+["'`]?(?P<b>[*\#]?\d[\d*\#\-\ ]{2,14}[*\#]?)["'`]?(?:\s+(?:in|ein))?(?:\s+(?:followed\s+by\s+\w+|and\s+(?:then\s+)?\w+|und\s+\w+))?\s+(?:at|on|into|to|for|in|an|am|bei|auf|für|um|ins?|when|und|then)\b
      |["'`]?(?P<c>[*\#]?\d{3,10}[*\#]?)["'`]?\s+(?:opens|unlocks|disarms|gets\s+you\s+in(?:to)?|lets\s+you\s+in(?:to)?|öffnet|entsperrt|schaltet)\b)
    """
)
_ACCESS = re.compile(
    r"(?i)\b(?:door|gate|garage|keypad|alarm|safe|vault|lock\w*|panel|elevator|lift|phone|tablet|ipad|screen|locker|padlock|entrance|front|building|house|office|haustür|tür|tor|hoftor|tresor|schlo(?:ss|ß)|schließfach|handy|alarmanlage|keller|eingang|safe|box|voicemail|mailbox|unlock\w*)\b"
)
_ONE_TIME = re.compile(
    r"(?i)\b(?:G-)?(?P<a>\d{3}[ -]?\d{3,5}|\d{4,8}|[A-Z0-9]{3}-[A-Z0-9]{3})\b(?=[^.\n]{0,20}\b(?:is|ist|as|lautet)\b[^.\n]{0,40}?\b(?:code|otp|tan|verification|one-time|bestätigungs\w*|einmal\w*|passcode|login)\b)"
    r"|\b(?:code|otp|tan|passcode)\b[^.\n\d]{0,60}?\b(?:was|is|ist|:|of|said|says|reads|came|sent|got|received|texted|lautet|bekommen|erhalten)\b[^.\n\d]{0,30}?(?P<b>\b\d{3}[ -]?\d{3}\b|\b\d{5,8}\b)"
)
_LOGIN = re.compile(
    r"""(?ix)
    \b(?:credentials?|creds|log-?\s?ins?|log(?:ged)?\s(?:in|on)|sign(?:ed)?\s(?:in|on)|account|zugangsdaten|anmeldedaten|logindaten|anmeldung|anmelden|eingeloggt|einloggen|user(?:name)?|benutzer(?:name)?|kennung|nutzer(?:name)?|admin|root)\b
    [^.\n]{0,40}?["'`]?\b(?P<user>[\w.@+-]{2,64})["'`]?\s*(?:/|:|\||,|;|\s+(?:and|und|with|mit|then)\s+|\s+)\s*(?:(?:pw|pwd|password|pass|pin|passwort|kennwort|code)\b\s*(?:is|ist|=|:)?\s*)?["'`]?(?P<value>[^\s"'`“”]{4,64})
    """
)
# "I changed the password to …", "The password? It's …", "…, still hunter2", "the pin to my phone, 192837"
_SET_TO = re.compile(r"(?i)[^.!?\n]{0,40}?\b(?:to|auf|zu)\s+(?:be\s+)?")
_SETTING = re.compile(
    r"(?i)\b(?:set|sets|setting|chang\w+|reset|updat\w+|switch\w+|rotat\w+|made|geändert|ändere|gesetzt|gestellt|stell\w*|habe?)\b[^.!?\n]{0,40}$"
)
_ASKED = re.compile(
    r"(?i)\s*[^.!?\n]{0,40}\?\s*(?:it'?s|it is|that'?s|that would be|das ist|es ist|sure,?|of course,?)?\s*:?\s*"
)
_STILL = re.compile(
    r"(?i)[^.!?\n]{0,50}?(?:,|;|–|—)\s*(?:(?:it'?s|is|and|still|again|which is|that'?s|namely|i\.e\.|e\.g\.|now|so|just|use|noch immer|immer noch|nämlich|also|und zwar)\s+){0,3}"
)
_SAY = re.compile(
    r"(?i)\b(?:say|type|enter|give|answer|use|put|reply|respond|sag\w*|tipp\w*|gib|antworte)\s+(?:in\s+|with\s+)?[\"'`“]?(?P<value>[^\s\"'`“”,.]{4,40})[\"'`”]?\s+(?:when|if|once|whenever|as|wenn|sobald|als|for)\b[^.!?\n]{0,40}?\b(?:password|passcode|passphrase|passwort|kennwort|pw|pin|code)\b"
    r"|\b(?:asks?|asked|prompt\w*|fragt|gefragt)\b[^.!?\n]{0,20}?\b(?:password|passcode|passphrase|passwort|kennwort|pw)\b,?\s+(?:just\s+)?(?:say|type|enter|give|answer|use|put|it'?s|sag\w*|tipp\w*|gib)\s+[\"'`“]?(?P<said>[^\s\"'`“”,.]{4,40})"
    r"|\bit'?s\s+[\"'`“]?(?P<its>[^\s\"'`“”,.]{4,40})[\"'`”]?,\s+(?:my|the|our)\s+(?:[\w-]+\s+)?(?:password|passcode|passphrase|pin|code)\b"
)
# a code said in a sentence about a door, a lock, an alarm
_CODE_THERE = re.compile(
    r"(?i)(?<![\w-])(?:codes?|pins?|combination|combo|kombination|passcode|zahlenkombi\w*|number|nummer|zahl|ziffern)\b[\"'`]?(?:\s+(?:for|to|of|on|at|für|fürs|zum|zur|vom|von|am|an|im|der|des)\s+(?:[\w'’-]+\s+){0,5}?[\w'’-]+)?\s*(?:(?:is|ist|was|war|lautet|:|=|-|–|being|set to|auf|hat|of|,)\s*)?(?:still |now |noch |jetzt )?[\"'`*#(]{0,3}(?P<a>\d[\d ]{1,8}\d[*#]?)(?![\w%])"
    r"|\b(?:wants|takes|needs|expects|accepts|will|braucht|nimmt|set to|is set on|gestellt auf|eingestellt auf|enter|type|dial|punch in|press|use|key in|tippe?|gib|drücke?|wähle?)\s+(?:the\s+)?(?:code\s+|numbers?\s+|digits\s+)?[\"'`*#]?(?P<b>\d[\d-]{2,8}[*#]?)(?![\w%:])"
    r"|\b(?:lock ?box|key ?safe|key ?box|padlock|(?:bike|bicycle|door|luggage|suitcase|combination|locker) lock|keypad|alarm|front door|back door|gate|garage|safe|locker|door|haustür|tresor|schloss|alarmanlage|tor|schlüsselsafe)\s*(?:is|ist|=|:|->|→|–)\s+[\"'`]?(?P<c>\d{4,8}#?)(?![\w%:,]|\.\d)"
)
_CODE_NOT = re.compile(
    r"(?i)\b(?:error|status|exit|http|zip|postal|area|country|promo|discount|qr|source|port|bug|issue|line|page|room|flight|version|response|postleitzahl|plz|fehler\w*|€|\$|eur|usd|year|jahr|model|modell|mm|cm|kg|bits?|bytes?|ms|volts?|watts?|series|since|seit|order|bestell\w*|phone number|telephone|telefonnummer|seed|random|epochs?|batch|rows?)\b"
)
_TIME_OF_DAY = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d$")
_HOUSE = re.compile(
    r"(?i)\b(?:doors?|gates?|garage|keypad|alarm\w*|safe|vault|lock(?:er|s|box)?|lock box|padlock|key ?safe|elevator|lift|entrance|lobby|gym|pool|phone|tablet|ipad|laptop|screen|voicemail|mailbox|conference|meeting|dial-?in|shed|storage|cabin|airbnb|haustür|\w*tür|tor|\w+tor|(?:garten|hof|garagen|einfahrts|roll|eingangs)tor|tresor|\w*schlo(?:ss|ß)|schließfach|handy|keller|eingang|schlüsselsafe|büro|ferienwohnung|koffer)\b"
)
_SENTENCE = re.compile(r"[^.!?\n]*")
_WIFI_KEY = re.compile(
    r"(?i)\b(?:wi-?fi|wlan|ssid|network|netzwerk|router|hotspot|fritz\w*)\b[^.\n]{0,60}?\b(?:key|pass|pw|code|schlüssel)\b\s*(?:is|ist|:|=|-|lautet)?\s*[\"'`]?(?P<value>[^\s\"'`]{6,63})"
)
_KEY_FOR = re.compile(
    r"(?i)(?<![\w-])(?:(?:my|our|the|their|his|her|your|a|new|old|this|that|mein|unser|der|dieser|diesen)\s+)(?:[\w.-]+\s+)?(?:key|token|schlüssel)\b(?:\s+(?:for|to|of|für|zu[rm]?|von)\s+(?:[\w.'’-]+\s+){0,4}?[\w.'’-]+)?\s*(?:is|was|ist|lautet|:|=|,|-|–|—)\s*[\"'`]?(?P<value>[\w+/=.~-]{12,})"
)
_AS = re.compile(
    r"(?i)\b(?:as|als|for|für|my|the|mein|das)\s+(?:my |the |a |mein |das |unser )?(?:[\w-]+ )?(?:password|passwort|kennwort|passcode|passphrase|login)\s*,?\s*(?:for \w+ |für \w+ )?(?:i|we|he|she|nehme|nutze|benutze|verwende|hab\w*|nehmen|nutzen|ich)\s+(?:ich |wir |always |just |simply |usually |immer |einfach )?(?:use|have|put|took|picked|chose|used|set|went with|habe|nehme|nutze|verwende|genommen)?\s*(?:immer |einfach |always )?[\"'`“„]?(?P<value>[^\s\"'`“”,]{4,40})"
    r"|\b(?:set|made|chose|picked|choose|pick|took|make)\s+(?:my |the |our |a |mein )?(?:[\w-]+ ){0,2}(?:password|passcode|passphrase|passwort|kennwort|pin|code)\s+(?:for \w+ )?(?:as|to be|to|be)?\s*[\"'`“„](?P<made>[^\"'`“”]{4,60})[\"'`”]"
    r"|\b(?:protected|locked|secured|encrypted|unlocks|gesichert|verschlüsselt|geschützt)\s+(?:by|with|using|mit|durch)\s+(?:the password\s+|dem passwort\s+)?(?P<strong>(?=[^\s]*\d)(?=[^\s]*[A-Za-z])[^\s\"'`,.;]{6,40})"
    r"|\b(?:encrypt\w*|decrypt\w*|unlock\w*|unseal\w*|protected|locked|opens?|verschlüssel\w*|entschlüssel\w*|entsperr\w*)\b[^.!?\n]{0,50}?\b(?:with|using|via|by|mit)\s+(?:the (?:phrase|words|password|passphrase) )?[\"'`“„](?P<quoted>[^\"'`“”\n]{6,60})[\"'`”]"
)
_WIFI = re.compile(
    r"(?i)\b(?:wi-?fi|wlan|hotspot)\b(?:\s+(?:in|at|for|im|am)\s+(?:[\w'’-]+\s+){0,3}?[\w'’-]+)?\s*(?:is|ist|:|=|-|->|→)\s*[\"'`]?(?P<value>[^\s\"'`]{8,63})"
)
_BIRTH = re.compile(
    r"(?i)\b(?:(?:mother|father|mum|mom|dad|grandm\w+|grandf\w+|spouse|wife|husband|best friend|pet|dog|cat|teacher|school|street|city|town|car|hund|katze|mutter|vater|oma|opa)(?:'s|’s)?\s+(?:first |middle |maiden |last |birth ?|vor)?(?:name|place|model|city|town)|(?:my|the|mein\w*|our)\s+(?:[\w-]+\s+)?(?:pet|dog|cat|school|teacher|street|hometown|birthplace|car|honeymoon|hund|katze|schule|lehrer\w*|straße|geburtsort))|\b(?:first|favou?rite|childhood|erste[srnm]?|liebling\w*)\s+(?:pet|school|teacher|car|concert|street|book|movie|film|food|job|boss|friend|haustier|schule|lehrer\w*|auto|konzert|straße|band|team|toy|crush|kiss|love|city)\w*|\banswers?\b(?=[^.\n]{0,30}?(?:\bis\b|\bwas\b|\bare\b|[:=→]))|\bantwort\w*\b(?=[^.\n]{0,30}?(?:\bist\b|[:=→]))|\bborn in|\bgrew up|\bgeboren|\baufgewachsen|\bnickname|\bspitzname"
)


@lru_cache(maxsize=4096)
def _misspelt(word: str) -> str:
    """The noun that `word` was meant to be, two slips away at most; "" when it is a word of its own."""
    lower = word.lower()
    if lower in _REAL_WORDS or not 6 <= len(lower) <= 12:
        return ""
    for meant in ("password", "passwort", "passcode", "passphrase", "kennwort"):
        if lower == meant or lower == meant + "s" or abs(len(lower) - len(meant)) > 2:
            continue
        if _distance(lower, meant) <= (2 if lower[0] == meant[0] else 1):
            return meant
    return ""


_REAL_WORDS = frozenset(
    "passport passports password passwords passwort passcode passcodes passphrase passphrases passion passions passage passages passed passes passing passive passenger passable pastor postcode postcodes passover pastord "
    "kennwort kernwort kennt kennwörter kennworts crossword keyword passworts passwörter postwar backward forward pushword passwordless".split()
)


def _distance(a: str, b: str) -> int:
    """Edit distance where swapping two neighbours is one slip."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


_PWORD = re.compile(r"\b(?:my)?[pPkKoO0@][\w@$]{4,11}\b")


def spoken(text: str) -> Iterator[Hit]:
    """Hits for secrets given in a sentence; "my passwrod" is read as it was meant."""
    slips = [(m.start(), m.end(), meant) for m in _PWORD.finditer(text) if (meant := _misspelt(m[0]))]
    if slips:
        view = replaced(text, slips)
        yield from (view.original(hit) for hit in _spoken(view.text))
    else:
        yield from _spoken(text)


def _spoken(text: str) -> Iterator[Hit]:
    lower = text.lower()
    for kind, noun in _NOUNS:
        if not any(sign in lower for sign in _SIGNS[kind]):
            continue
        for start, end in _around(_HEAD[kind], text, 70, 90 if kind in {"code", "api_key"} else 40):
            for m in noun.finditer(text, start, end):
                hit = _after(kind, text, m.start(), m.end())
                if hit:
                    yield hit
    yield from _reversed(text, lower)
    if _MIXED_DIGITS.search(text):
        yield from _codes(text)
        yield from _numbers_said(text)
    if any(sign in lower for sign in _TALKED):
        yield from _elsewhere(text)
    if any(sign in lower for sign in _WALLET):
        yield from _words(text)


def _after(kind: str, text: str, start: int, end: int) -> Hit | None:
    """The value that a noun at start…end is given, when it is one."""
    window = text[end : end + 260]
    before = text[max(0, start - 60) : start]
    tail = _TAIL.match(window)
    if tail:
        hit = _value(kind, text, end + tail.end(), before, tail[0])
        if hit:
            return hit
    if kind in {"password", "code", "api_key"}:
        rules = [_ASKED, _STILL]
        if _SETTING.search(before):
            rules.append(_SET_TO)
        for rule in rules:
            tail = rule.match(window)
            hit = tail and _value(kind, text, end + tail.end(), before, tail[0])
            if hit and (rule is _SET_TO or any(c.isdigit() for c in text[hit.start : hit.end])):
                return hit
    if kind in {
        "password",
        "code",
        "api_key",
        "license_key",
        "backup_codes",
    }:  # "pw hunter2", "PIN 4711", "password `x`"
        quoted = _QUOTED.match(text, end + 1) if kind == "password" and window[:1] == " " else None
        if quoted and _quoted_value(kind, quoted["value"]):
            return Hit(kind, quoted.start("value"), quoted.end("value"))
        beside = _NEXT.match(window)
        at = end + (beside.end() if beside else 0)
        word = _WORD.match(text, at)
        if word and beside and beside.end():
            value = word[0].rstrip(".,;:!?)")
            if _noun_alone_before(kind, before) and _adjacent(kind, value, text, at):
                return Hit(kind if kind != "code" else "pin", at, at + len(value))
    return None


def _noun_alone_before(kind: str, before: str) -> bool:
    return not _NOT_CODE_BEFORE.search(before) and not re.search(
        r"(?i)\b(?:a|an|ein|eine|no|any|each|every|per)\s+(?:\w+\s+)?$", before
    )


def _adjacent(kind: str, value: str, text: str, at: int) -> bool:
    if _UNIT.match(text, at + len(value)) or placeholder(value):
        return False
    if kind == "code":
        return bool(re.fullmatch(r"[*#]?\d{4,8}[*#]?|\d{1,2}(?:-\d{1,2}){2,4}", value))
    if kind in {"api_key", "license_key", "backup_codes"}:
        return random_looking(value, 12)
    if re.fullmatch(r"\d{4,10}", value):
        return bool(re.search(r"(?i)(?:pass ?code|pin|host key|geheimzahl)\W*$", text[max(0, at - 16) : at]))
    mixed = strong_password(value) and any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    if mixed and len(value) >= 5:
        return not value[0].isdigit() or bool(re.search(r"[A-Z]", value) and re.search(r"[a-z]", value))
    listed = re.search(
        r"(?i)\b(?:network|ssid|user(?:name)?|login|wlan|wi-?fi|account|netzwerk|benutzer\w*|e-?mail)\b[^.\n]{2,50}[,;/|]\s*(?:the\s+|das\s+)?[\w-]+\s+$",
        text[max(0, at - 100) : at],
    )
    if (
        listed
        and word_password(value)
        and re.match(r"\s*(?:[.!,;)\n]|$)", text[at + len(value) : at + len(value) + 6])
    ):
        return True
    end = re.match(r"\s*(?:[.!\n]|$)", text[at + len(value) : at + len(value) + 6])
    lead = re.search(
        r"(?i)\b(?:with|using|via|mit)\s+(?:the\s+|my\s+|our\s+|dem\s+)?[\w-]+\s+$|\bsay\s+$",
        text[max(0, at - 40) : at],
    )
    return bool(end and lead and word_password(value))


def _value(kind: str, text: str, at: int, before: str, link: str) -> Hit | None:
    if kind == "seed_phrase":
        return _seed(text, at)
    if kind == "code":
        return _code(text, at, before)
    quoted = _QUOTED.match(text, at)
    if quoted:
        value = quoted["value"]
        phrase = (
            re.search(r"(?i)phrase|satz|wörter|words", text[max(0, at - 120) : at]) and " " in value.strip()
        )
        if kind == "security_answer" or phrase or _quoted_value(kind, value):
            return Hit(kind, quoted.start("value"), quoted.end("value"))
        return None
    word = _WORD.match(text, at)
    if not word:
        return None
    value = word[0].rstrip(".,;:!?)*_") if not word[0].endswith("!!") else word[0]
    stop = at + len(value)
    if kind == "security_answer":
        fine = _name(value) or (
            word_password(value) and re.match(r"[.,;!\n]|\s*$|\s+(?:for|and|but)\b", text[stop : stop + 8])
        )
        return Hit(kind, at, stop) if fine else None
    if kind in {"api_key", "license_key", "backup_codes"}:
        run = re.match(r"[\w+/=.~:-]+(?:[ \t,;]+[\w-]*\d[\w-]*)*", text[at : at + 200])
        whole = run[0].rstrip(".,;:") if run else value
        packed = re.sub(r"[\s,;]", "", whole)
        if kind == "backup_codes":
            ok = sum(c.isdigit() for c in packed) >= 4 and len(packed) >= 6
        else:
            least = 8 if kind == "license_key" else 10
            named = re.search(
                r"(?i)\b(?:api|secret|access|auth\w*)[ -]?(?:key|token|schlüssel)\b[^.\n]{0,60}$",
                text[max(0, at - 90) : at],
            )
            mixed = (
                strong_password(value) and any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
            )
            ok = random_looking(packed if kind == "license_key" else value, least) or (
                packed.isdigit() and len(packed) >= 12
            )
            ok = ok or (bool(named) and mixed and len(value) >= 8)
            whole = whole if kind == "license_key" else value
        ok = ok and not re.search(
            r"(?i)\b(?:hash|sha\d*|md5|commit|checksum|public|primary|foreign|digest|next|max|page)\b[\w\s]*$",
            before,
        )
        return Hit(kind, at, at + len(whole)) if ok else None
    return _password(text, at, value, before, link)


_OWN_PHRASE = re.compile(
    r"(?i)(?:\b(?:my|our|mein\w*|unser\w*)|['’]s) (?:[\w-]+ ){0,3}(?:passphrase|pass phrase|passsatz|phrase)\b"
)
_ABOUT_IT = re.compile(r"(?i)\b(?:one|same|stored|written|set|used|thing|something|only|not|what|it)\b")


def _password(text: str, at: int, value: str, before: str, link: str) -> Hit | None:
    stop = at + len(value)
    if re.search(r"(?i)\bpass\b[^.]{0,100}$", text[max(0, at - 100) : at]) and not (
        re.search(r"\d", value) and re.search(r"[A-Za-z]", value)
    ):
        return None
    if value.isdigit() and (_UNIT.match(text, stop) or len(value) < 4):
        return None
    if _UNIT.match(text, stop) and re.match(r"[\d.,–-]+\+?$", value):
        return None
    owned = (
        bool(re.search(_POSSESS, before, re.IGNORECASE))
        or not before.strip()
        or before.rstrip()[-1:] in ".!?,;:-–—•*(\n>"
    )
    hypothetical = re.search(
        r"(?i)\b(?:if|when|whether|unless|wenn|falls|ob|suppose|because|since|weil|why|how|warum)\b[^.!?,;\n]*$",
        before,
    )
    if strong_password(value) and not _prose(value) and not code_expression(value):
        return Hit("password", at, _to_end(text, at, stop))
    if ":" in link and re.search(r"(?i)phrase|satz", text[max(0, at - 60) : at]):
        said = re.match(r"[^\W\d_]{2,}(?:[ \t-]+[^\W\d_]{2,}){3,8}(?=[.!\n]|\s*$)", text[at : at + 120])
        if said and sum(w.lower() in WORD_STOPS for w in said[0].split()) <= len(said[0].split()) // 2:
            return Hit("password", at, at + len(said[0]))
    phrase = re.match(r"[^\W_]{2,}(?:[ \t-]+[^\W_]{2,}){2,7}", text[at : at + 120])
    if phrase and re.search(
        r"(?i)phrase|satz|words?$|wörter|mnemonic|code ?word|password|passwort|kennwort",
        text[max(0, at - 160) : at],
    ):
        words = re.split(r"[ \t-]+", phrase[0])
        run = [w for w in words if w.lower() not in WORD_STOPS]
        if (
            (len(run) == len(words) >= 3 or (len(words) >= 4 and len(words) - len(run) <= 1))
            and not any(w.lower() in _FUNCTION for w in words)
            and (len(words) >= 4 or not words[-1].lower().endswith(("ed", "ly")))
        ):
            return Hit("password", at, at + len(phrase[0]))
    rest = text[stop : stop + 14]
    pair = re.match(r"([a-zäöüß]{3,}) ([a-zäöüß]{3,})(?=[.!;)\n]|\s*$)", text[at : at + 60])
    if pair and not hypothetical and word_password(pair[1]) and word_password(pair[2]):
        return Hit("password", at, at + len(pair[0]))
    sentence = re.match(r"[^\W\d_]+(?: [^\W\d_]+){3,11}(?=[.!;\n]|\s*$)", text[at : at + 120])
    if sentence and _OWN_PHRASE.search(text[max(0, at - 100) : at]):
        plain = [w for w in sentence[0].lower().split() if w not in WORD_STOPS]
        if len(plain) >= 3 and not _ABOUT_IT.search(sentence[0]):
            return Hit("password", at, at + len(sentence[0]))
    two = re.match(r"[A-ZÄÖÜ][\w'’-]+(?:[ ][A-ZÄÖÜ][\w'’-]+){1,4}(?=[.!,;)\n]|\s*$)", text[at : at + 60])
    if (
        two
        and not hypothetical
        and value.lower() not in WORD_STOPS
        and not re.search(r"\b(?:My|The|Please|Can|How|What|I)\b", two[0])
    ):
        return Hit("password", at, at + len(two[0]))
    closed = re.match(
        r"[.!,;)\n]|\s*$|\s+(?:for|and|but|on|at|if|in case|so|please|by|with|für|und|aber|falls|bitte|beim|im|am|now|today|btw|lol|haha|–|—|-|\(|all|everywhere|again|capital|lower|no)\b|\s+[–—(-]",
        rest,
    )
    if (
        word_password(value)
        and closed
        and not hypothetical
        and (owned or ":" not in link or not value[0].islower())
    ):
        return Hit("password", at, stop)
    return None


def _to_end(text: str, at: int, stop: int) -> int:
    """A value whose last character is a punctuation mark keeps it when another mark follows."""
    return stop + 1 if text[stop : stop + 1] in {"!", "?"} else stop


def _prose(value: str) -> bool:
    return (
        bool(re.fullmatch(r"[A-Za-z]+[/-][A-Za-z]+(?:[/-][A-Za-z]+)*", value))
        and len(value) < 16
        and "/" in value
    )


def _quoted_value(kind: str, value: str) -> bool:
    if placeholder(value) or not value.strip():
        return False
    words = value.split()
    if kind in {"api_key", "license_key", "backup_codes"}:
        return random_looking(re.sub(r"\s", "", value), 8)
    if len(words) == 1:
        return strong_password(value) or (
            len(value) >= 4
            and value.lower() not in WORD_STOPS
            and not re.search(r"(?i)invalid|require|password", value)
        )
    stops = sum(w.lower().strip(",.") in WORD_STOPS for w in words)
    return 2 <= len(words) <= 10 and stops <= len(words) // 3 and not value.endswith(("?", "."))


def _name(value: str) -> bool:
    """A proper name, or a word that could only be an answer."""
    value = value.strip(".,;:!?\"'")
    return (
        len(value) >= 3
        and value[0].isupper()
        and value[1:2].islower()
        and value.lower() not in WORD_STOPS
        and value not in {"What", "Where", "Who", "Which", "When", "How", "Your", "Monday"}
    )


def _code(text: str, at: int, before: str) -> Hit | None:
    if _NOT_CODE_BEFORE.search(before):
        return None
    opening = re.match(r"[\"'`“„(*_\s]{0,3}", text[at : at + 4])
    at += opening.end() if opening else 0
    for rule in (_TURNS, _SPELLED, _DIGITS):
        m = rule.match(text, at)
        if not m or _UNIT.match(text, m.end()):
            continue
        value = m[0].rstrip(" ,.-–\n")
        if rule is _DIGITS:
            digits = sum(c.isdigit() for c in value)
            if (
                digits < 3
                or digits > 14
                or re.fullmatch(r"\d+\.\d+", value)
                or re.match(
                    r"\s*(?:or|to|bis|oder|-)\s+\d+\s+(?:digits|characters|stellen|ziffern)",
                    text[at + len(value) :],
                )
            ):
                continue
        return Hit("pin", at, at + len(value))
    mixed = re.match(
        r"(?=[\w#*-]*\d)(?=[\w#*-]*[A-Za-z])[A-Za-z0-9][\w#*-]{2,15}(?![\w.])", text[at : at + 20]
    )
    if (
        mixed
        and not _UNIT.match(text, at + mixed.end())
        and strong_password(mixed[0] if len(mixed[0]) > 3 else mixed[0] + "#")
        and not re.match(r"\d+-(?:digit|char|bit|stellig)", mixed[0])
    ):
        return Hit("pin", at, at + mixed.end())
    return None


def _seed(text: str, at: int) -> Hit | None:
    """Ten plain words or more in a row, numbered, in commas or only spaced."""
    m = re.match(
        r"[\s\"'`*:,\[(-]{0,6}(?:[\"']?(?:(?:#|word |wort )?\d{1,2}[.):=]?\s*(?:is |ist )?)?[a-zäöü]{3,9}[\"']?(?:\s*[,;|/]\s*|\s*[.:]\s+|[ \t]*\n\s*|\s+[-–>]+\s+|[ \t]+|[-_])){9,26}[a-zäöü\d.) ]{3,12}",
        text[at : at + 400],
        re.IGNORECASE,
    )
    if not m:
        return None
    words = re.findall(r"[^\W\d_]{3,9}", m[0])
    functional = sum(w.lower() in _FUNCTION for w in words)
    return (
        Hit("seed_phrase", at, at + m.end()) if len(words) >= 10 and functional <= len(words) // 6 else None
    )


_FUNCTION = frozenset(
    "the and for with from into its are was were has have had his her our your their who which whose but not nor yet than then that this these those there here how why because should would could shall may might been being does did don und der die das mit von für ist nicht auch auf".split()
)


_FIRST_PET = re.compile(
    r"(?i)\b(?:first pet|maiden name|first school|first car|first teacher|born in|were you born|grew up|childhood (?:friend|nickname|hero)|favou?rite teacher|elementary school|primary school|erstes haustier|ersten haustiers|mädchenname|geburtsort|erste schule)\b[^?\n]{0,40}\?[\s\"'“A:-]{0,6}(?:it was |it's |answer: |antwort: )?(?P<value>[^\W\d_][\w'-]{2,30})(?=[\"'”]?\s*(?:[.!,;\n]|$))"
)


# "hunter2, that's my password", "'seven lazy llamas' is the passphrase"
_THATS = re.compile(
    r"(?i)(?<!\S)[\"'`“„(]?(?P<value>[^\s\"'`“”„]{4,40}?)[\"'`”)]?\s*(?:[,;:.]|\s[–—-])+\s*(?:and |und )?(?:that'?s|that is|this is|which is|das ist|that was|those are|is)\s+(?:still |now )?(?:my|the|our|his|her|your|mein\w*|das|der|die|unser\w*)\s+(?:[\w'’-]+\s+){0,3}?(?P<noun>password|passcode|passphrase|passwort|kennwort|pin|code|\w*code|combination|token|api key|pw|kombination)\b"
    r"|[\"“„'](?P<phrase>[^\"”'\n]{6,80})[\"”'],?\s+(?:is|was|ist|as|als|–|—|-|that'?s|are|sind)\s+(?:still |now |noch )?(?:my|the|our|his|her|mein\w*|das|die|unser\w*)\s+(?:[\w'’-]+\s+){0,3}?(?:password|passcode|passphrase|passwort|kennwort|passsatz|recovery|seed)"
)


def _reversed(text: str, lower: str) -> Iterator[Hit]:
    named = any(sign in lower for sign in _TALKED)
    for m in _of(_REVERSE, _REVERSE_HEAD, text, 130, 30) if named else ():
        value, noun = m["value"].rstrip(".,;:"), m["noun"].lower()
        numeric = bool(re.fullmatch(r"[*#]?\d[\d-]{2,9}[*#]?", value))
        worded = "code" in noun or "combi" in noun or noun in {"pin", "otp", "tan", "puk", "pin code"}
        if (
            _NOT_CODE_BEFORE.search(noun.removesuffix("code").strip() + " ")
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
            if _quoted_value("password", m["phrase"]):
                yield Hit("password", m.start("phrase"), m.end("phrase"))
            continue
        value, noun = m["value"], m["noun"].lower()
        digits = bool(re.fullmatch(r"[*#]?\d[\d-]{2,9}[*#]?", value))
        if (
            digits
            and ("code" in noun or noun in {"pin", "combination", "kombination"})
            and not _CODE_NOT.search(m[0])
        ):
            yield Hit("pin", m.start("value"), m.end("value"))
        elif (
            not digits
            and strong_password(value)
            and any(c.isdigit() for c in value)
            and any(c.isalpha() for c in value)
        ):
            yield Hit("password", m.start("value"), m.end("value"))
    for m in _LOGIN.finditer(text) if _STRONGISH.search(text) else ():
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
        if _name(m["value"]):
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
                word = _WORD.match(text, at)
                if word and (_name(word[0]) or word_password(word[0].rstrip(".,;!?"))):
                    yield Hit("security_answer", at, at + len(word[0].rstrip(".,;!?")))


_DOORS = r"(?:front |back |side |main |garden |cellar |building |garage )?(?:door|gate|garage|keypad|alarm|safe|locker|lock ?box|padlock|elevator|lift|lobby|entrance|haustür|tür|tor|alarmanlage|tresor|garagentor|schließfach)"
_CODE_FOR = re.compile(
    rf"(?i)\b(?:for|für|zum|zur)\s+(?:the |my |our |die |den |das |unsere?n? |meine?n? )?{_DOORS}\s*,?\s*(?:it'?s|it is|that'?s|use|you need|enter|is|ist es|:|-|–)\s+[\"'`#*]?(?P<a>\d{{4,8}}[#*]?)(?![\w%:.,]\d|[\w%])"
    rf"|(?<![\w.:$€£#-])(?P<b>\d{{4,8}}[#*]?)\s+(?:for|at|on|für|an|am|zum|zur)\s+(?:the |my |our |die |der |den |dem |das )?{_DOORS}\b"
)


def _numbers_said(text: str) -> Iterator[Hit]:
    """Digits that open something, and one-time codes."""
    for m in _CODE_FOR.finditer(text):
        group = "a" if m["a"] else "b"
        around = text[max(0, m.start() - 40) : m.end() + 30]
        if (
            not _CODE_NOT.search(around)
            and not _UNIT.match(text, m.end(group))
            and not _TIME_OF_DAY.match(m[group])
        ):
            yield Hit("pin", m.start(group), m.end(group))
    for m in _OPENING.finditer(text) if _ACCESS.search(text) else ():
        group = next(g for g in ("a", "b", "c") if m[g])
        around = text[max(0, m.start() - 60) : m.end() + 60]
        value = m[group].rstrip(" -")
        if (
            _ACCESS.search(around)
            and sum(c.isdigit() for c in value) >= 3
            and not _UNIT.match(text, m.start(group) + len(value))
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


def _of(
    rule: re.Pattern[str], head: re.Pattern[str], text: str, before: int, after: int
) -> Iterator[re.Match[str]]:
    """The rule's matches around its heads."""
    for start, end in _around(head, text, before, after):
        yield from rule.finditer(text, start, end)


_REVERSE_HEAD = re.compile(
    r"(?i)\b(?:pass|pw|kennwort|pin\b|otp|tan\b|puk|secret|login|api key|wi-?fi)|code\b|combination|combo|kombination|token"
)


# a lock with buttons: "2 and 4 together, then 3", "4-7-1-1"
_TOGETHER = re.compile(
    r"(?i)(?<![\w.])\d(?:\s*(?:,|\band\b|\bthen\b|\bund\b|\bdann\b|\btogether\b|\bzusammen\b|\bat once\b|\bgleichzeitig\b|&|\+|-)\s*)+\d(?:(?:\s*(?:,|\band\b|\bthen\b|\bund\b|\bdann\b|\btogether\b|\bzusammen\b|\bat once\b|\bgleichzeitig\b|&|\+|-)\s*)+\d){1,6}(?![\w.%]|\s*(?:am|pm|o'clock|uhr|th\b))"
)


def _codes(text: str) -> Iterator[Hit]:
    """Digits that a sentence about a door, a lock or an alarm gives as its code."""
    if not _HOUSE.search(text) or not any(c.isdigit() for c in text):
        return
    for m in _TURNS.finditer(text):
        if m[0].count("\n") < 3 and sum(c.isdigit() for c in m[0]) >= 4:
            yield Hit("pin", m.start(), m.start() + len(m[0].rstrip(" ,.;-–\n")))
    for m in _TOGETHER.finditer(text):
        sentence = text[max(0, m.start() - 90) : m.end() + 60]
        if re.search(
            r"(?i)code|press|punch|push|enter|button|key|drück|taste", sentence
        ) and not _CODE_NOT.search(sentence):
            yield Hit("pin", m.start(), m.end())
    for m in _CODE_THERE.finditer(text):
        group = next(g for g in ("a", "b", "c") if m[g])
        sentence = text[max(text.rfind(c, 0, m.start()) for c in ".!?\n") + 1 : m.end() + 60]
        value = m[group].rstrip()
        if (group == "b" and not _HOUSE.search(sentence)) or (
            group == "a" and not _HOUSE.search(text[max(0, m.start() - 120) : m.end() + 80])
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
        if _CODE_NOT.search(sentence) or _UNIT.match(text, m.end()) or sum(c.isdigit() for c in value) < 3:
            continue
        yield Hit("pin", m.start(group), m.start(group) + len(value))


_TALKED = (
    "pass", "kennwort", "pw", "pin", "code", "login", "comb", "komb", "otp", "tan", "puk", "secret", "key", "token", "schlüssel", "wifi", "wi-fi", "wlan", "hotspot",
    "ssid", "network", "netzwerk", "router", "crypt", "lock", "seal", "protected", "open", "sperr",
)  # fmt: skip
_WALLET = (
    "wallet", "seed", "recover", "mnemonic", "phrase", "metamask", "ledger", "trezor", "bitcoin", "crypto", "backup",
    "restore", "wiederherst", "krypto", "words",
)  # fmt: skip


def _elsewhere(text: str) -> Iterator[Hit]:
    """Passwords and keys in looser sentences; their values must prove more."""
    for m in _SAY.finditer(text):
        group = next(g for g in ("value", "said", "its") if m[g])
        value = m[group]
        if (
            (strong_password(value) or word_password(value))
            and not TECHNICAL.match(value)
            and not value.isdigit()
            and not _UNIT.match(text, m.end(group))
        ):
            yield Hit("password", m.start(group), m.end(group))
    for m in _AS.finditer(text):
        group = next(g for g in ("value", "made", "quoted", "strong") if m[g])
        value = m[group]
        if group == "strong" and not strong_password(value):
            continue
        if strong_password(value) or (
            word_password(value) if group == "value" else _quoted_value("password", value)
        ):
            yield Hit("password", m.start(group), m.end(group))
    for m in _WIFI.finditer(text):
        value = m["value"].rstrip(".,;:!?)")
        if (
            strong_password(value)
            and any(c.isdigit() for c in value)
            and any(c.isalpha() for c in value)
            and not _UNIT.match(text, m.end("value"))
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


_PLAIN_RUN = re.compile(
    r"(?i)(?<![\w'’-])(?:\d{1,2}[.):]?\s?)?(?:[a-z]{3,8}(?:[ \t]+|[ \t]*[,;|/\n-][ \t]*)(?:(?:and |und )?\d{1,2}[.):=]?\s?)?){11,23}[a-z]{3,8}(?![\w'’-])"
)


def _words(text: str) -> Iterator[Hit]:
    """A bare recovery phrase: exactly 12, 15, 18, 21 or 24 words and something about wallets or recovery near."""
    for m in _PLAIN_RUN.finditer(text):
        words = re.findall(r"[A-Za-z]{3,8}", m[0])
        functional = sum(w.lower() in _FUNCTION for w in words)
        if len(words) in {12, 15, 18, 21, 24} and functional <= len(words) // 6:
            yield Hit("seed_phrase", m.start(), m.end())
