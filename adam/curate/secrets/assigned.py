"""`password = "…"`, `API_KEY=…`, `--password …`, `mysql -p…`: values given to a name that says secret."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adam.curate.secrets.folding import Rule
from adam.curate.secrets.hits import Hit
from adam.curate.secrets.plausible import (
    TECHNICAL,
    WORD_STOPS,
    code_expression,
    placeholder,
    random_looking,
    strong_password,
)

_NAME = re.compile(
    r"""(?ix)
    (?P<name>(?<![\w])[\w.$-]{0,40}?
      (?:(?P<pass>pass(?:word|wd|phrase|code|wort)?|pwd|kennwort|passwort|mot_de_passe|contrase(?:n|ñ)a|wachtwoord|(?<=_)pw|\bpw|psk|wpakey)
        |(?P<key>secret|token|api[_-]?key|apikey|access[_-]?key|app[_-]?key|auth[_-]?key|account[_-]?key|master[_-]?key|signing[_-]?key|encryption[_-]?key|private[_-]?key
          |license[_-]?key|service[_-]?key|session[_-]?key|shared[_-]?key|storage[_-]?key|subscription[_-]?key|deploy[_-]?key|_key(?=["'\s]*[=:])|credentials?|creds|(?<=_)salt|\bseed|auth(?=["']?\s*[=:])|dsn))
      [\w-]{0,24})
    (?P<close>["'`\]]{0,2})
    \s*(?P<op>:=|=>|==?|:|\s<-)\s*
    (?:(?:str|String|Optional\[str\]|string|&str)\s*=\s*)?
    (?P<q>[bruf]?["'`])?(?P<value>(?(q)[^"'`\n]{1,300}|(?:(?<=[A-Z_]{3}=)\S{1,300}|[^\s"'`,;<>(){}\[\]]{1,300}(?:[(\[{][^\s]*)?)))
    """
)
_XML = re.compile(
    r"(?i)<(?P<name>[\w:.-]*(?:password|passwd|passwort|kennwort|pwd|secret|token|api-?key|apikey|passphrase)[\w:.-]*)[^<>]{0,80}>\s*(?P<value>[^<>\s]{4,200})\s*</|(?:key|name)=[\"'][\w:.-]*(?:password|passwd|pwd|secret|token|api-?key)[\w:.-]*[\"']\s+value=[\"'](?P<attr>[^\"'<>]{4,200})[\"']"
)
_CLI = re.compile(
    r"""(?x)
    (?:^|\s)--?(?:[\w-]*-)?(?:password|passwd|pass|passphrase|passcode|pw|pwd|token|secret|api-?key|apikey|auth-?token|access-?token|secret-?key|client-?secret|authToken)(?:=|\s+)["']?(?P<flag>[^\s"'`]{4,})
    |\b(?:mysql|mysqldump|mysqladmin|mariadb|mongo(?:sh|dump)?|mycli)\b[^\n|;]{0,120}?\s-p(?P<mysql>[^\s"'`-][^\s"'`]{3,})
    |\bsshpass\s+-p\s*["']?(?P<sshpass>[^\s"'`]{4,})
    |\b(?:curl|http|https|wget|xh)\b[^\n|;]{0,300}?\s(?:-u|--user|-a|--auth)[\s=]+["']?[^\s:"'`]{1,64}:(?P<curl>[^\s"'`]{3,})
    |\bredis-cli\b[^\n|;]{0,80}?\s-a\s+["']?(?P<redis>[^\s"'`]{4,})
    |\b(?:ldapsearch|ldapadd|ldapmodify)\b[^\n|;]{0,200}?\s-w\s+["']?(?P<ldap>[^\s"'`]{4,})
    |\b(?:docker|podman|helm|az|oc|npm|gh|cf|vault)\b[^\n|;]{0,40}?\blogin\b[^\n|;]{0,120}?\s-p\s+["']?(?P<login>[^\s"'`]{4,})
    |\b(?:zip|7z|7za|rar|unrar|unzip)\b[^\n|;]{0,60}?\s(?:-P\s*|-p)["']?(?P<zip>[^\s"'`]{4,})
    |-pass(?:in|out)?\s+pass:(?P<openssl>[^\s"'`]{4,})
    |\bhtpasswd\b[^\n|;]{0,40}?\s-\w*b\w*\s+\S+\s+\S+\s+["']?(?P<htpasswd>[^\s"'`]{4,})
    |\bnet\s+user\s+\S+\s+(?P<netuser>[^\s"'`/*]{4,})
    |\becho\s+(?:-n\s+)?["']?(?P<echo>[^\s"'`]{4,64})["']?\s*\|\s*(?:sudo\s+-S|docker\s+login|gh\s+auth|passwd|kinit|chpasswd|cryptsetup)
    |\b(?:echo)\s+["']?[\w.-]+:(?P<chpasswd>[^\s"'`]{4,})["']?\s*\|\s*(?:sudo\s+)?chpasswd
    |\bmachine\s+\S+\s+login\s+\S+\s+password\s+(?P<netrc>\S{4,})
    |(?m:^)[ \t>`]*[\w.*-]+:(?:\d{2,5}|\*):[\w*.-]+:[\w.*-]+:(?P<pgpass>[^\s:]{4,})[ \t`]*(?m:$)
    |\b(?i:identified\s+(?:with\s+\w+\s+)?by|with\s+(?:encrypted\s+|login\s+)?password|set\s+password\s*(?:for\s+\S+\s*)?=|pwd)\s*(?:password\s*\()?["'](?P<sql>[^"'\n]{4,})["']
    |\b(?:config\s+user|user\s+add|useradd|adduser)\b[^\n]{0,80}?\s-p\s+["']?(?P<useradd>[^\s"'`]{4,})
    |\b(?:nmcli|wpa_passphrase)\b[^\n]{0,120}?\s(?:password\s+|wpa_passphrase\s+\S+\s+)["']?(?P<wifi>[^\s"'`]{6,})
    |\bWIFI:[^\s]*?;P:(?P<qr>(?:[^;\\]|\\.){4,63});
    |\bset\s+(?:\w+\s+)?(?:requirepass|masterauth)\s+(?P<rset>\S{4,}) | ^\s*(?:requirepass|masterauth)\s+(?P<rconf>\S{4,})
    |\benable\s+(?:secret|password)\s+(?:\d\s+)?(?P<cisco>\S{4,}) | \busername\s+\S+\s+(?:privilege\s+\d+\s+)?(?:secret|password)\s+(?:\d\s+)?(?P<ciscouser>\S{4,})
    |\bsnmp-server\s+community\s+(?P<snmp>\S{4,})
    """
)
_SCHEMA = frozenset(
    """string str text integer number boolean bool required optional varchar char none null nil undefined true false any object password passwd pwd pass secret token
    hidden masked field input type value name label new old confirm current hash hashed plaintext basic bearer read write empty unset default auto env file
    vault ssm sops kms generated random static rotate dev test local admin root postgres mysql guest user username changeme enabled disabled yes no on off
    usestate useref self this prompt getpass stdin header cookie session oauth jwt apikey http https""".split()
)
_PUBLIC_NAME = re.compile(
    r"(?i)public|pub_?key|_id$|_?ids?$|count|length|len$|limit|size|max|min|type|name$|url|uri|path|file|field|policy|expir|ttl|usage|hash(?:ed|er)?$|digest|checksum|version|prefix|label|hint"
    r"|rules?$|regex|pattern|primary|foreign|sort|partition|cache|idempot|object|index|row|col|page|next|continuation|csrf|tokenizer|tokens$|pad_|eos_|bos_|unk_|sep_|cls_|mask_|_tokens|keyboard|keyframe|keyword|monkey|passenger|passive|passing|passion|compass|bypass|passthrough|passport|author"
)

_NAMED = Rule(
    r"pass|pwd|kennwort|mot_de|contrase|wachtwoord|pw|psk|wpakey|secret|token|key|cred|auth|salt|seed|dsn"
)
_SHELL = Rule(
    r"(?:^|\s)-\w|--\w|pass|pwd|wpa|wifi:|requirepass|masterauth|snmp-server|net\s+user|username\s+\S+\s|identified|\|\s*(?:sudo|docker|gh|kinit|ch|crypt)|:(?:\d{2,5}|\*):"
)


def assigned(text: str) -> Iterator[Hit]:
    """Hits for values that are plausible secrets, and not a schema, a lookup or a placeholder."""
    named = _NAMED.found(text)
    if named and ("=" in text or ":" in text or "<-" in text):
        for m in _NAME.finditer(text):
            kind = "password" if m["pass"] else "api_key"
            if not _PUBLIC_NAME.search(m["name"]) and _plausible(
                m["value"], kind, quoted=bool(m["q"]), spaced=m["op"] == ":" and not m["close"]
            ):
                yield Hit(kind, m.start("value"), m.start("value") + len(m["value"].rstrip(".,;:!?)\"'")))
    if named and ("<" in text or "value=" in text):
        for m in _XML.finditer(text):
            group = "value" if m["value"] else "attr"
            if _plausible(m[group], "password", quoted=True):
                yield Hit("password", m.start(group), m.end(group))
    for m in _CLI.finditer(text) if _SHELL.found(text) else ():
        group = str(m.lastgroup)
        if _plausible(m[group], "password", quoted=True):
            yield Hit("password", m.start(group), m.end(group))


def _plausible(value: str, kind: str, *, quoted: bool, spaced: bool = False) -> bool:
    value = value.strip().rstrip(".,;:!?")
    if len(value) < 4 or placeholder(value) or TECHNICAL.match(value) or value.lower() in _SCHEMA:
        return False
    if not quoted and code_expression(value):
        return False
    if re.match(r"(?i)https?://|/|\./|~/", value):
        return False
    if kind == "password":
        if " " in value:  # a passphrase in quotes, but no sentence
            words = value.split()
            return (
                quoted
                and not spaced
                and 3 <= len(words) <= 12
                and not any(w.lower() in WORD_STOPS for w in words)
            )
        if strong_password(value):
            return not (value.isdigit() and len(value) < 4)
        return (
            quoted
            and value.isalpha()
            and len(value) >= 6
            and value.lower() not in WORD_STOPS
            and not re.search(r"(?i)pass|secret|word", value)
        )
    if " " in value:
        return False
    return random_looking(value, 12) or (
        quoted
        and len(value) >= 8
        and strong_password(value)
        and not value.isdigit()
        and any(c.isdigit() for c in value)
        and not re.fullmatch(r"[a-z_]+\d?", value)
    )
