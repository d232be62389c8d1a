"""How a sentence leads from a noun to its value: links, fillers, digits as they are said, units."""

from __future__ import annotations

import re

POSSESS = r"(?:\b(?:my|our|the|his|her|their|your|its|this|that|mein\w{0,2}|unser\w{0,2}|dein\w{0,2}|ihr\w{0,2}|sein\w{0,2}|das|die|der|dem|mon|mi|ma|mijn|het|la|el|le|o|admin|root|wifi|wlan|bank|email|e-mail|laptop|login|account)|['’]s)\s+(?:[\w'’.-]+\s+){0,4}$"
_QUAL = r"(?:[ \t]*\([^()\n]{1,40}\))?(?:[ \t,]+(?!(?:is|was|ist|war|are|lautet|lauten|heißt|heisst|=|if|when|and|but|oder|und|wenn|doesn|does|don|do|has|have|can|cannot|can't|should|must|needs?|shall|would)\b)[\"'‘“„]?[\w'’.@/&+-]+[\"'’”“]?(?: \([^()\n]{1,40}\))?){0,8}?"
_LINK = (
    r"\s*(?:[\"'`*_]{0,3}\s*(?::|=>?|→|->|—>|—|–|\s-\s|\|)\s*|(?:'s|’s)\s+|[\"'`*_]{0,2},?\s+(?:(?:(?:has been|have been|got|was|is|were|wurde|hab ich|habe ich|i|we|he|she)?\s*(?:just |now )?(?:changed|set|reset|updated|switched|rotated|geändert|gesetzt|gestellt)(?: it)?(?: back)?(?: now)? (?:(?:from|von) \S+ )?(?:to|auf|zu|as)|"
    r"(?:has|have|had|hat|hatte)(?:n'?t)? (?:always |long |never |immer |schon |just )?(?:been|gewesen|changed from)|is|was|are|were|ist|c['’]est|sind|war|waren|lautet|lauten|heißt|heisst|hieß|hies|equals|reads|goes|remains|becomes|stays|bleibt|si|iz|ia|us|iss|es|est|é|è|ser|should be|will be|would be|used to be|might be|must be|wird|wäre|sollte|set to|being|auf|to be|(?:i|we|ich|wir) (?:always |just |usually |immer )?(?:put|wrote|gave|use|used|entered|enter|say|said|chose|picked|answered|answer|nehme|nutze|habe|schreibe))\b)"
    r"(?:\s*(?::|=|—|–|-)\s)?\s*)"
)
_FILL = r"(?:(?:is|actually|still|now|currently|just|simply|always|again|also|probably|literally|basically|apparently|today|temporarily|officially|obviously|the word|the words|the number|the code|the string|the phrase|the name|as follows|following|this|that|it'?s|und zwar|noch immer|immer noch|noch|immer|jetzt|aktuell|momentan|derzeit|einfach|übrigens|nämlich|wieder|weiterhin|seit \w+|zurzeit|auch|das wort|folgende[rs]?|all lowercase|in caps|all caps|uppercase|lower case|spelled|in base64|base64|encoded|percent[- ]encoded|in hex)\b[,:]?\s*|[:=,-]\s+|\n\s*){0,4}"
TAIL = re.compile(rf"{_QUAL}{_LINK}{_FILL}", re.IGNORECASE)
NEXT = re.compile(r"(?=[\s:=,(\"'`—–-])[ \t]*(?::|=|-|—|–|,)?[\s\"'`(]*")
QUOTED = re.compile(
    r"(?:\*\*|__)?(?P<q>[\"'`“„«‚‘”*_]{1,3})(?P<value>[^\"'`“”„«»‘’\n*]{3,100}?)(?:[\"'`”“»’‘]|\*{1,3}|_{2})"
)
WORD = re.compile(r"[^\s\"'`“”„«»]+")
_DIGIT_WORDS = (
    r"zero|oh|nought|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|double|triple|hundred"
    r"|null|eins?|zwei|zwo|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|\w{3,6}zehn|(?:ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun)und(?:zwanzig|dreißig|vierzig|fünfzig|sechzig|siebzig|achtzig|neunzig)|zwanzig|dreißig|vierzig|fünfzig|sechzig|siebzig|achtzig|neunzig|doppel\w*"
    r"|zéro|un|deux|trois|quatre|cinq|sept|huit|neuf|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|star|hash|pound|stern|raute"
)
SPELLED = re.compile(rf"(?:(?:{_DIGIT_WORDS})\b[\s,.\-–]*(?:(?:and|then|und|dann)\s+)?){{3,}}", re.IGNORECASE)
DIGITS = re.compile(
    r"[*#]?(?:[A-Za-z]{1,3}[- ]?)?\d(?:[\d*#]|[ \t.\-–/,:](?:then |and |right |left |links |rechts |dann )?(?=[\d#*])|[A-Z](?![a-z])){2,18}[*#]?[A-Z]?(?![\w%])"
)
TURNS = re.compile(
    r"(?:(?:left|right|links|rechts|clockwise|counter-?clockwise|cw|ccw|l|r)[ \t]*(?:to |auf |bis )?\d{1,2}[\s,;.\-–]*(?:(?:then|and|und|dann|back)\s+)*(?:to )?){2,}|(?:\d{1,2}[ \t]*(?:left|right|links|rechts|cw|ccw)[\s,;.\-–]*(?:(?:then|and|und|dann)\s+)*){2,}",
    re.IGNORECASE,
)
UNIT = re.compile(
    r"(?i)[\s-]*(?:-?\s*(?:digits?|characters?|chars?|letters?|long|symbols?|words?|bits?|bytes?|days?|weeks?|months?|years?|minutes?|mins?|hours?|seconds?|secs?|times?|attempts?|tries|percent|%|people|users?|volts?|v\b|ms\b|mm\b|cm\b|m\b|px|€|\$|£|eur|usd|items?|options|different|possible|million|billion|thousand"
    r"|stellen|stellig\w*|zeichen|ziffern|buchstaben|tage?n?|wochen?|monate?n?|jahre?n?|minuten|stunden|sekunden|mal|versuche?n?|prozent|uhr|o'clock|am\b|pm\b|or (?:more|higher|lower|above|below|less|longer)|to \d+ (?:digits|char)))"
)
NOT_CODE_BEFORE = re.compile(
    r"(?i)(?:gpio|arduino|header|connector|board|esp\d*|rasp\w*|bcm|analog|digital|reset|led|data|ground|gnd|vcc|rx|tx|clock|input|output|i/o|adc|pwm|error|status|exit|return|response|http|zip|postal|post|area|country|dial|dialing|currency|airport|colou?r|hex|promo\w*|discount|coupon|voucher|"
    r"qr|bar|source|morse|dress|penal|building|tax|stop|hash|event|reason|rolling|bowling|hair|safety|drawing|push|lapel|map|sort|swift|bic|language|locale|status-?|fehler|rückgabe|postleit|länder|vorwahl|colour|pins?)[\s-]*$"
)
# "I changed the password to …", "The password? It's …", "…, still hunter2", "the pin to my phone, 192837"
SET_TO = re.compile(r"(?i)[^.!?\n]{0,40}?\b(?:to|auf|zu)\s+(?:be\s+)?")
SETTING = re.compile(
    r"(?i)\b(?:set|sets|setting|chang\w+|reset|updat\w+|switch\w+|rotat\w+|made|geändert|ändere|gesetzt|gestellt|stell\w*|habe?)\b[^.!?\n]{0,40}$"
)
ASKED = re.compile(
    r"(?i)\s*[^.!?\n]{0,40}\?\s*(?:it'?s|it is|that'?s|that would be|das ist|es ist|sure,?|of course,?)?\s*:?\s*"
)
STILL = re.compile(
    r"(?i)[^.!?\n]{0,50}?(?:,|;|–|—)\s*(?:(?:it'?s|is|and|still|again|which is|that'?s|namely|i\.e\.|e\.g\.|now|so|just|use|noch immer|immer noch|nämlich|also|und zwar)\s+){0,3}"
)
FUNCTION_WORDS = frozenset(
    "the and for with from into its are was were has have had his her our your their who which whose but not nor yet than then that this these those there here how why because should would could shall may might been being does did don und der die das mit von für ist nicht auch auf".split()
)
