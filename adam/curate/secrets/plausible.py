"""Does a string look like a secret's value, or like a placeholder, a word, a hash of something public?"""

from __future__ import annotations

import math
import re
from collections import Counter

PLACEHOLDER = re.compile(
    r"""(?ix) example | (?<![a-z])your[_\-\s]? | my[_-]?(?:secret|token|api|key|password|pass)\b
    | <[^>]*> | ^\$[\w{(] | \$\{ | \{\{ | \{[a-z_.]+\} | %\([a-z_]+\)s | ^%[a-z_]+%$ | x{4,} | \*{3,} | •{2,} | \.{3} | …
    | redacted | placeholder | change[_-]?(?:me|this|it) | dummy | insert[_-] | replace[_-]?(?:me|this|with)
    | ^\[ | ^(.)\1+$ | ^-+$ | _here\b | -here\b | ^(?:sk|pk|key|token)?[-_]?(?:test|fake|sample|demo)(?:[-_]|$)
    | ^(?:0?123456789\d*|abc(?:def\w*|123)?|deadbeef\w*|foo|bar|baz|foobar)$
    """
)
CODE = re.compile(
    r"""(?x) ^(?:os\.|process\.|env\.|ENV\[|getenv|environ|self\.|this\.|config[.\[]|settings\.|args\.|request\.|req\.
    | params|props\.|input\(|getpass|secrets?\.|vault\.|var\.|data\.|local\.|module\.|ctx\.|event\.|opts?\.|options\.
    | form\.|user\.|row\[|cfg|conf\.|st\.secrets|Deno\.|import\.|System\.|Environment\.|\$env:|\$_|@|&|\(|\{|\[|lambda|new\ |await\ |f"|b"|r")
    | [\w)\]]\((?:$|['"\w)]) | ^\w+(?:\.\w+)*\( | ^[a-z_]\w*\[ | => | \)$ | ^[a-z_]+(?:\.[a-z_]+)+$ | ^[a-z]+[A-Z]\w*\.\w+$
    """
)
TECHNICAL = re.compile(
    r"""(?ix)^(?: sha-?\d{1,3}(?:-\d+)? | md5 | utf-?(?:8|16|32)\w* | base-?(?:16|32|58|64)(?:url)?(?:-\w+)? | aes-?\d*(?:-\w+)* | rsa-?\d*
    | \d+-(?:bit|byte|char(?:acter)?s?|digits?|letters?|day|month|hour|minute|year)s? | 2fa | mfa | oauth-?\d?(?:\.\d)? | argon2\w* | pbkdf2\S*
    | bcrypt\S* | scrypt | ed25519 | x509 | hs\d{3} | rs\d{3} | es\d{3} | ascii | k8s | ipv[46] | http/?\d?\S* | tls\S* | wpa[23]?\S* | null | none
    | undefined | true | false | nan | v\d+(?:\.\d+)* | \d{1,3}(?:\.\d+)*(?:px|em|rem|%|ms|s|kb|mb|gb|k|x|h|v|mm|cm)? | p@?ss[w\w]{0,4}
    | \w+-(?:protected|based|encoded|hashed|encrypted|less|only|free|safe|reset|related|in|out|up) | 1password | (?:un|re|non|pre|auto|self)-\w+ )$"""
)
WORD_STOPS = frozenset(
    """
a about above absent accepted across actually admin again against all allowed almost already also always among an and another any anything
are around as asked asking at available away back bad based be because been before being below best better between beyond blank bogus both
brief broken but by can cannot case changing checked checking chosen clear close coming common complete complex complicated compromised
confidential correct could created current currently dead default defined different difficult disabled displayed do does doing done down due
during each easy either eight else empty encoded encrypted enough entered equal even ever every exact exactly expected expired exposed fake
fine five fixed for forever forgotten found four free fresh from full given global going gone good got great guessable had hard hardcoded has
hashed have having he her here hers hidden his how however i if illegal impossible in inactive included incorrect indeed inside insecure
instead into invalid invisible is issued it its itself just kept known lacking later left less like likely limited local locked long longer lost
made mandatory many masked may maybe me meant might mine minimal missing mistyped more most much must mutable my myself near necessary needed
neither never new nine no nobody none nonempty nor normal not nothing now null obsolete obvious of off often ok okay old on once one only
open optional or other others our ours out outdated over own part passed past perfect perhaps permanent personal plain plaintext please
possible predictable present printed private probably properly protected public quite random rather reached readable ready really recent
redacted refused regular rejected removed repeated required reset restricted reused right rotated safe salted same saved secret secure
securely sensitive sent separate set seven shared she short shorter should shown similar simple simply since six so sold some someone
something somewhere soon special specific stale standard static still stolen stored string strong stronger such sufficient supposed taken
temporary ten than that the their theirs them then there these they this those three through thus to together too transmitted treated true
truly trivial two typed unavailable unchanged under undefined unguessable unique universal unknown unlikely unset unsafe until unused up updated upon us used
useful useless user usually valid validated variable verified very via visible was we weak weaker well were what whatever when where wherever whether
which while who whoever whole whom whose why will with within without working worthless would wrong yes yet you your yours yourself zero
compulsory essential important crucial vital critical irrelevant nowhere everywhere anywhere elsewhere half double single multiple several few text number
numeric alphanumeric case-sensitive characters digits letters words hexadecimal binary ascii unicode integer float boolean bool object array char varchar str int bytes
literally basically essentially effectively typically generally merely apparently obviously clearly definitely currently temporarily automatically
sicher unsicher falsch richtig korrekt nicht kein keine keinen ein eine einen einem einer eines der die das den dem des im in am an auf aus bei mit
nach von vor zu zum zur zwischen abgelaufen vergessen verloren weg alt neu lang kurz leer gültig ungültig nötig notwendig erforderlich
schwach stark bekannt unbekannt geheim öffentlich immer noch schon jetzt sehr so wie was wo wer wann warum ob wenn als auch nur nie niemals
mein dein sein ihr unser euer und oder aber dann doch mal hier dort da denn gleich selbe dieselbe dasselbe derselbe anders optional leider möglich
einzigartig eindeutig komplex einfach schwer leicht zufällig veraltet deaktiviert aktiviert gesperrt verschlüsselt gehasht gespeichert
every everything single time forgetting guess guessing incorrecto correcta faux faible fort oublié expiré trop pas dans chez le la les un une es el los muy demasiado incorrecta olvidada nodig onjuist te niet een het verplicht verlopen vergeten
password passwort pass pwd passwd passphrase username email login pin code key token value hash salt field input prompt manager policy strength reset generator
""".split()
)
SUFFIX_STOP = re.compile(
    r"(?i)(?:ed|ing|able|ible|ly|ful|less|ous|ive|ically|ised|ized|ern|bar|lich|isch)$|^(?:ge|ver|ent|zer)\w{3,}(?:t|en)$"
)


def entropy(value: str) -> float:
    """Bits a character, from the characters' own frequencies."""
    n = len(value)
    return -sum(c / n * math.log2(c / n) for c in Counter(value).values()) if n else 0.0


def placeholder(value: str) -> bool:
    return bool(PLACEHOLDER.search(value))


def code_expression(value: str) -> bool:
    return bool(CODE.search(value))


def random_looking(value: str, least: int = 16) -> bool:
    """Letters and digits mixed as a generator mixes them."""
    if len(value) < least or placeholder(value) or TECHNICAL.match(value):
        return False
    digits = sum(c.isdigit() for c in value)
    if not digits or not any(c.isalpha() for c in value):
        return False
    if re.fullmatch(r"[a-z]+(?:[-_./][a-z]+)*[-_]?\d{1,4}", value, re.IGNORECASE):
        return False  # my-bucket-01, word_word_2
    return entropy(value) >= (3.0 if len(value) >= 16 else 2.3)


def strong_password(value: str) -> bool:
    """Has a digit, a symbol or odd capitals: no ordinary word of a sentence."""
    if len(value) < 4 or placeholder(value) or TECHNICAL.match(value) or value.lower() in WORD_STOPS:
        return False
    if re.match(r"(?i)https?://|www\.|/|~/|\./", value) or re.fullmatch(r"\w+[’']\w{1,3}", value):
        return False
    letters = any(c.isalpha() for c in value)
    if letters and any(c.isdigit() for c in value):
        return not re.fullmatch(r"(?i)\d+(?:st|nd|rd|th|er|ers|s|x|ish)|[a-z]\d?", value)
    if re.fullmatch(r"\d{4,}|\d{2,5}(?:[-.]\d{2,5}){2,}", value):
        return not re.fullmatch(r"(?:19|20)\d\d-\d\d-\d\d|\d{1,3}(?:\.\d{1,3}){3}", value)
    if letters and re.search(r"[!@#$%^&*+=~?_|§€]", value):
        return bool(re.search(r"[!@#$%^&*+=~?_|§€](?=.)", value)) and not re.fullmatch(
            r"[a-z]+(?:_[a-z]+)+", value
        )
    if re.fullmatch(r"[A-Za-zÄÖÜäöüß]{2,}(?:[-.][A-Za-zÄÖÜäöüß]{2,}){2,}", value):
        return True
    return bool(re.search(r"[a-zäöüß][A-ZÄÖÜ]", value)) and value not in {
        "GitHub",
        "LastPass",
        "KeePass",
        "iCloud",
        "PayPal",
        "YouTube",
    }


def word_password(value: str) -> bool:
    """A single ordinary word that nobody would put there but as a password."""
    if len(value) < 4 or not re.fullmatch(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*", value):
        return False
    return value.lower() not in WORD_STOPS and not SUFFIX_STOP.search(value) and not placeholder(value)
