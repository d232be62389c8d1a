"""What people call their secrets, in English and German, and where in a text such a word stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adam.curate.secrets.folding import Rule

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
    rf"(?:{_PLACES})(?:'s)?[- ]?(?:codes?|combination|combo|pin|number|passcode)|(?:combination|combo)|pin(?:[- ]?(?:codes?|numbers?|nummer|zahl))?|otp|puk2?|cvv2?|cvc2?"
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
_SUFFIX = r"(?![\w-])"


def _nouns(pattern: str) -> Rule:
    return Rule(rf"(?<![\w-])(?:{pattern}){_SUFFIX}")


NOUNS: tuple[tuple[str, Rule | re.Pattern[str]], ...] = (
    ("seed_phrase", _nouns(_SEED)),
    ("backup_codes", _nouns(_BACKUP)),
    ("license_key", _nouns(_LICENCE)),
    ("security_answer", _nouns(_ANSWER)),
    ("password", _nouns(_PASSWORD)),
    ("code", _nouns(_CODE)),
    ("code", re.compile(rf"(?<![\w-])PINs?{_SUFFIX}")),  # "pins" are of a connector, or of bowling
    ("api_key", _nouns(_KEY)),
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
SIGNS = {  # as plain text, which is looked for ten times as fast
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
HEAD = {kind: Rule(words) for kind, words in _HEADS.items()}


def stretches(head: Rule, text: str, before: int, after: int) -> list[tuple[int, int]]:
    """The stretches of text around each head, overlapping ones joined."""
    stretches: list[tuple[int, int]] = []
    for first, last in head.places(text):
        start, end = max(0, first - before), min(len(text), last + after)
        while start > 0 and text[start - 1].isalnum():
            start -= 1  # never in the middle of a word
        if stretches and start <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], end)
        else:
            stretches.append((start, end))
    return stretches


def matches_around(
    rule: Rule, head: Rule, text: str, before: int, after: int
) -> Iterator[re.Match[str]]:
    """The rule's matches around its heads."""
    for start, end in stretches(head, text, before, after):
        yield from rule.finditer(text, start, end)
