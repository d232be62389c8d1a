"""Tokens that machines issue: kingfisher's catalogue, and rules for what it misses."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from adam.curate.secrets.hits import Hit
from adam.curate.secrets.plausible import entropy, placeholder, random_looking

if TYPE_CHECKING:
    from kingfisher_sdk import Scanner

# Findings of kingfisher that name an account or a host, which is no secret.
_PUBLIC = re.compile(
    r"(?:client-id|application-id|account-id|tenant-id|access-id|account-name|cloud-name|instance-url|project-url"
    r"|server-host|account-host|username|domain|-pub-key|public-key|public-api-token|planetscale-id|lark-app-id"
    r"|jfrog-url|polymarket-address|cloud-key-id|service-account-id|token-name|repository|rest-url|auth-id)(?:\.\d)?$"
)

# Prefixes that a vendor chose so that they can be found; the rest of each is long and random.
_PREFIXED: tuple[tuple[str, str], ...] = (
    ("aws_access_key_id", r"(?<![A-Za-z0-9+/])(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}(?![A-Za-z0-9+/])"),
    ("github_token", r"\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_[A-Za-z0-9_]{40,}"),
    ("gitlab_token", r"\bgl(?:pat|dt|rt|rtr|soat|cbt|ptt|ft|imt|agent|oas|ffct|wt)-[\w.-]{18,}|\bGR1348941[\w-]{20,}"),
    ("slack_token", r"\bxox[abcdeoprs](?:\.xox[bp])?-[\w-]{10,}|\bxapp-\d-[\w-]{20,}|\bxwfp-[\w-]{20,}"),
    ("webhook_url", r"https://hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/[\w/]{20,}"
                    r"|https://(?:\w+\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d{15,}/[\w-]{40,}"
                    r"|https://[\w-]+\.webhook\.office\.com/webhookb2/[\w@/-]{40,}|https://hooks\.zapier\.com/hooks/catch/\d+/\w+"
                    r"|https://maker\.ifttt\.com/trigger/\w+/with/key/[\w-]{15,}|https://hook\.(?:\w+\.)?make\.com/\w{20,}"
                    r"|https://[\w.-]+\.logic\.azure\.com\S{0,200}sig=[\w%-]{20,}|https://chat\.googleapis\.com/v1/spaces/\S+key=\S{20,}"),
    ("stripe_key", r"\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9+/=]{20,}"),
    ("ai_service_key", r"\bsk-(?:proj-|svcacct-|admin-|ant-(?:api|admin|oat|ort)?\d*-?|or-v1-|lf-|None-)?[\w-]{20,}|\b(?:gsk|csk|xai|pplx|nvapi|fw|tgp_v1|tvly|jina|voy|cpk|r8|hf|api_org|lsv2_(?:pt|sk))[_-][\w-]{20,}"),
    ("google_key", r"\bAIza[\w-]{35}|\bya29\.[\w.-]{20,}|\bGOCSPX-[\w-]{20,}|(?<![\w/])1//0[\w-]{30,}|\bAQ\.Ab8[\w-]{30,}"),
    ("telegram_token", r"(?<!\d)\d{8,10}:A[A-Za-z0-9][\w-]{33}(?![\w-])"),
    ("discord_token", r"(?<![\w.-])[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}"),
    ("sendgrid_key", r"\bSG\.[\w-]{16,}\.[\w-]{16,}"),
    ("mail_service_key", r"\bkey-[0-9a-f]{32}\b|\b[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}\b|\b[0-9a-f]{32}-us\d{1,2}\b|\bxkeysib-[\w-]{40,}|\bre_\w{8}_\w{20,}|\bmlsn\.[0-9a-f]{40,}"),
    ("package_token", r"\bnpm_[A-Za-z0-9]{36}|\bpypi-[\w-]{50,}|\brubygems_[0-9a-f]{40,}|\bcio[A-Za-z0-9]{32}\b|\boy2[a-z0-9]{43}\b|\bCLOJARS_[0-9a-f]{50,}|\bdckr_(?:pat|oat)_[\w-]{20,}"),
    ("cloud_token", r"\bdo[opr]_v1_[0-9a-f]{40,}|\bHRKU-[\w-]{30,}|\bdapi[0-9a-f]{32}(?:-\d)?\b|\bdp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{30,}|\b[\w-]{10,}\.atlasv1\.[\w=-]{40,}"
                    r"|\bhv[sbr]\.[\w-]{20,}|(?<![\w.])s\.[A-Za-z0-9]{24}(?![\w.])|\bpul-[0-9a-f]{40}|\bpscale_(?:tkn|pw|oauth)_[\w.=-]{20,}|\bsbp_(?:v\d+_)?[0-9a-f]{40}|\bsb_secret_[\w-]{20,}|\btskey-[\w-]{15,}"
                    r"|\bv1\.0-[0-9a-f]{24}-[0-9a-f]{100,}|\bcf(?:k|ut|at)_\w{30,}|\bFlyV1\s+\S{30,}|\bfo1_[\w-]{30,}|\bnfp_\w{30,}|\bvc[pkiar]_\w{20,}|\brnd_\w{25,}|\bLTAI\w{17,21}\b|\bAKID\w{32}\b|\bscw\w{17,}|\brailway_\w{20,}|\bsha256~[\w-]{40,}"
                    r"|\bops_eyJ\S{100,}|\bA3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}\b|\bK00[0-9]\w{28,}|\bneon_\w{20,}|\bnapi_\w{30,}|\binfracost_\w{20,}|\bSWMTKN-1-\w{40,}-\w{20,}|\bSWMKEY-1-[\w+/]{40,}"),
    ("monitoring_key", r"\bgl(?:sa|c)_[\w=+/-]{20,}|\bNR(?:AK|II|BR|RA|SP)-?[\w-]{20,}|\bsntry[su]_[\w=+/-]{30,}|\bph[cx]_\w{30,}|\bdt0[cs]\d{2}\.[A-Z0-9]{24}\.[A-Z0-9]{60,}|\bhc[aimo]k_\w{30,}|\bsq[pua]_[0-9a-f]{40}|\bNOTSECRETLD-"),
    ("office_tool_token", r"\bsecret_[A-Za-z0-9]{43}\b|\bntn_\w{40,}|\bpat[A-Za-z0-9]{14}\.[0-9a-f]{64}|\bATATT3\S{50,}|\bATCTT3\S{50,}|\bATBB\w{24,}|\bfig[dour]_[\w-]{30,}|\blin_(?:api|oauth)_\w{30,}|\bsl\.(?:u\.)?[\w-]{60,}"
                          r"|\bPMA[KT]-[\w-]{20,}|\bpk_\d{6,}_[A-Z0-9]{30,}|\b0/[0-9a-f]{32}\b|\bCFPAT-[\w-]{40,}|\bpat-(?:na|eu)\d-[0-9a-f-]{36}|\btfp_\w{40,}|\brdme_\w{50,}|\bCLA-\w{20,}|\bMTQ\w{30,}\b"),
    ("shop_key", r"\bshp(?:at|ss|ca|pa|ua|tka)_[0-9a-fA-F]{32}|\bsq0(?:csp|atp|idp)-[\w-]{22,}|\bEAAA[\w-]{50,}|\bEAA[A-Z][A-Za-z0-9]{60,}|\baccess_token\$(?:production|sandbox)\$\w{10,}\$[0-9a-f]{32}|\b(?:live|test)_(?:pub_)?[0-9a-f]{35}\b"
                 r"|\bshippo_(?:live|test)_[0-9a-f]{40}|\bEZ[AT]K\w{54}|\brzp_(?:live|test)_\w{14,}|\bduffel_(?:live|test)_[\w-]{40,}|\bFLWSECK[_-]\S{15,}|\bA21AA[\w-]{60,}|\bpdl_\w{20,}|\bxnd_production_\w{30,}|\bwc_?s_[0-9a-f]{40}|\b(?:cs|ck)_[0-9a-f]{40}\b"),
    ("mapbox_token", r"\bsk\.eyJ[\w-]{20,}\.[\w-]{15,}"),
    ("twilio_key", r"\bSK[0-9a-f]{32}\b"),
    ("ci_token", r"\bbkua_[0-9a-f]{40}|\bCCI(?:PAT|PRJ)_\w+_[0-9a-f]{40}|\bsgp_(?:\w+_)?[0-9a-f]{40}|\bglcbt-\S{20,}|\bBBDC-[\w+/]{40,}|\bupc?_\w{30,}"),
    ("age_secret_key", r"\bAGE-(?:PLUGIN-\w+-|SECRET-KEY-)1?[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{40,}"),
    ("azure_secret", r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])|[?&]sig=[\w%+/-]{30,}(?:=|%3D)*|\b(?:AccountKey|SharedAccessKey|SharedAccessSignature|AccessKey|Endpoint=\S+;Key)=[\w+/%=&-]{30,}|\b[\w-]{40,}(?:AAAA?C[A-Za-z0-9]{4,8}|AzFu|ASbM|APIM|AzCA|ACDb|\+ABa|AIoT)[\w+/=]{4,}"),
    ("crypto_key", r"\b[xyztuv]prv[1-9A-HJ-NP-Za-km-z]{100,}|\bnsec1[02-9ac-hj-np-z]{50,}|(?<![\w/+])[5KL][1-9A-HJ-NP-Za-km-z]{50,51}(?![\w/+])"),
    ("wireguard_key", r"(?i)\b(?:Private|Preshared)_?-?Key\s*[=:]\s*[A-Za-z0-9+/]{42,43}={1,2}"),
    ("totp_secret", r"(?i)otpauth(?:-migration)?://\S*?(?:secret|data)=[A-Z2-7%=\w]{12,}"),
    ("putty_key", r"PuTTY-User-Key-File-\d[\s\S]{0,3000}?Private-Lines:\s*\d+(?:\s*[\w+/=]{40,}){1,60}"),
    ("bcrypt_login", r"(?m)^[\w.-]{2,32}:\$(?:2[aby]|apr1|5|6|y)\$\S{20,}"),
)  # fmt: skip

_PRIVATE_KEY = re.compile(
    r"-----\s?BEGIN (?:[A-Z0-9 ]+ )?PRIVATE KEY(?: BLOCK)?\s?-----(?P<body>[\s\S]{0,20000}?)(?:-----\s?END|\Z)"
    r"|BEGIN (?:[A-Z0-9 ]+ )?PRIVATE KEY(?: BLOCK)?\W{0,9}(?P<bare>(?:[\w+/=]{16,}\s*){2,})"
)
_JWT = re.compile(
    r"(?<![\w-])ey[JIK][\w-]{8,}\.ey[JIK][\w-]{8,}\.[\w-]{8,}(?:\.[\w-]+){0,2}|(?<![\w-])eyJ[\w-]{20,}\.\.[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}"
)
_JWT_SAMPLES = (
    "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lI",
)  # the one on jwt.io: John Doe, 1234567890
_URL = re.compile(
    r"(?i)(?<![a-z0-9])[a-z][a-z0-9+.-]{1,30}://(?P<user>[^\s:/@'\"`<>]{0,80}):(?P<word>[^\s/'\"`<>]{1,120}?)@(?P<host>[^\s/@'\"`<>,;)]+)"
)
_URL_WORDS = frozenset(
    "password pass pwd passwd pw secret token user username apikey api_key key mypassword mysecretpassword yourpassword dbpassword "
    "pass123 guest changeme hunter2example passwort".split()
)
_AWS_SECRET = re.compile(r"(?<![A-Za-z0-9+/=_.-])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=_-])")
_BEARER = re.compile(
    r"(?i)\b(?:authorization|proxy-authorization)?[\"']?\s*[:=]?\s*[\"']?\b(?P<scheme>bearer|basic|token|apikey|bot|ssws|negotiate)\s+(?P<word>[\w.+/=~:|-]{8,})"
)
_SCHEMES = ("bearer ", "basic ", "token ", "apikey ", "bot ", "ssws ", "negotiate ")
_HEADER = re.compile(
    r"(?i)\b(?:x-[\w-]*(?:key|token|secret|auth)[\w-]*|api-key|apikey|private-token|auth-token|x-auth[\w-]*|x-vault-token|ocp-apim-subscription-key|dd-api-key|circle-token)[\"']?\s*:\s*[\"']?(?P<word>[\w.+/=~-]{12,})"
)
_COOKIE = re.compile(
    r"(?i)\b[\w.-]*(?:sess(?:ion)?(?:[_-]?id)?|sid|auth|token|jwt|remember[_\w]*|csrf\w*|xsrf[\w-]*|connect\.sid|li_at|c_user|xs)[\w.-]{0,20}=(?P<word>[\w.%+/:|-]{16,})"
)
_SIGNED_URL = re.compile(
    r"(?i)[?&](?:x-amz-signature|x-amz-security-token|x-goog-signature|signature|access_token|auth_token|api_?key|apikey|token|key|secret|client_secret|password|pwd|code_verifier|subscription-key|private_token)=(?P<word>[\w.%+/~-]{12,})"
)
_DOCKER_AUTH = re.compile(r"[\"']?_?auth[\"']?\s*[:=]\s*[\"']?(?P<word>[A-Za-z0-9+/]{12,}={0,2})")


@lru_cache(maxsize=1)
def _kingfisher() -> Scanner:
    """Offline: nothing here builds a Validator, the only part that could reach the network."""
    from kingfisher_sdk import Rules, Scanner

    return Scanner(Rules(confidence="medium"), base64=False)


def catalogue(text: str) -> Iterator[Hit]:
    """What kingfisher finds, its byte offsets turned into characters."""
    data = text.encode("utf-8", "surrogatepass")
    plain = len(data) == len(text)
    for found in _kingfisher().scan(data):
        rule = found.rule_id
        if not found.visible or _PUBLIC.search(rule) or placeholder(found.secret):
            continue
        kind = _kind(rule)
        place = found.location
        start, end = place["start_offset"], place["end_offset"]
        if kind == "jwt" and any(sample in found.secret for sample in _JWT_SAMPLES):
            continue
        if kind in {"connection_url", "curl_login"} and _bland_login(found.secret):
            continue
        if kind == "connection_url" and "://" in text:
            continue  # the rule below, which knows what a placeholder looks like
        if kind == "private_key" and not _has_body(found.secret):
            continue
        if not plain:
            start = len(data[:start].decode("utf-8", "replace"))
            end = len(data[:end].decode("utf-8", "replace"))
        yield Hit(kind, start, end)


@lru_cache(maxsize=1024)
def _kind(rule: str) -> str:
    name = re.sub(r"\.\d$", "", rule.split(".", 1)[-1].split("/")[-1])
    if name in {"generic-credential-uri", "mongodb-connection-string"}:
        return "connection_url"
    if name.startswith("curl-auth"):
        return "curl_login"
    return name.replace("-", "_")


def kinds() -> frozenset[str]:
    """Every kind that this layer can name."""
    catalogued = {_kind(rule["id"]) for rule in _kingfisher().rules.metadata()}
    own = {kind for kind, _ in _PREFIXED}
    return frozenset(
        catalogued
        | own
        | {
            "private_key",
            "jwt",
            "connection_url",
            "aws_secret_access_key",
            "auth_header",
            "cookie",
            "signed_url",
        }
    )


_RULES = tuple((kind, re.compile(pattern)) for kind, pattern in _PREFIXED)
# Without a run like this there is nothing that a machine issued.
_LONG = re.compile(r"[\w+/=.:$~@%-]{15}")


def private_keys(text: str) -> Iterator[Hit]:
    """From BEGIN to END, or to the end of a text that was cut off."""
    if "PRIVATE KEY" in text:
        for m in _PRIVATE_KEY.finditer(text):
            if _has_body(m["body"] or m["bare"] or ""):
                yield Hit("private_key", m.start(), m.end())


def tokens(text: str) -> Iterator[Hit]:
    """Adam's own rules for issued tokens, keys, URLs with a password in them and headers."""
    if "://" in text:
        yield from _urls(text)
    if not _LONG.search(text):
        yield from _headers(text)
        return
    if any(c.isdigit() for c in text):
        for kind, rule in _RULES:
            for m in rule.finditer(text):
                if not placeholder(m[0]) and _varied(m[0]):
                    yield Hit(kind, m.start(), m.end())
    if "ey" in text:
        for m in _JWT.finditer(text):
            if not any(sample in m[0] for sample in _JWT_SAMPLES):
                yield Hit("jwt", m.start(), m.end())
    for m in _AWS_SECRET.finditer(text):
        if (
            _mixed(m[0])
            and not placeholder(m[0])
            and not re.search(r"(?i)sha\d*-?$|integrity\W*$", text[max(0, m.start() - 12) : m.start()])
        ):
            yield Hit("aws_secret_access_key", m.start(), m.end())
    yield from _headers(text)


def _urls(text: str) -> Iterator[Hit]:
    for m in _URL.finditer(text):
        word = m["word"]
        if (
            not placeholder(word)
            and word.lower() not in _URL_WORDS
            and word != m["user"]
            and not word.startswith("$")
        ):
            yield Hit("connection_url", m.start("word"), m.end("word"))


def _headers(text: str) -> Iterator[Hit]:
    lower = text.lower()
    for m in _BEARER.finditer(text) if any(word in lower for word in _SCHEMES) else ():
        word, scheme = m["word"], m["scheme"].lower()
        if scheme == "basic":
            if _decodes_to_login(word):
                yield Hit("auth_header", m.start("word"), m.end("word"))
        elif random_looking(word) and (scheme != "token" or len(word) >= 20):
            yield Hit("auth_header", m.start("word"), m.end("word"))
    if ":" in text and ("-" in text or "apikey" in lower):
        for m in _HEADER.finditer(text):
            if random_looking(m["word"], 12):
                yield Hit("auth_header", m.start("word"), m.end("word"))
    if "=" in text:
        if re.search(r"(?i)cookie|curl|session", text):
            for m in _COOKIE.finditer(text):
                if random_looking(m["word"]):
                    yield Hit("cookie", m.start("word"), m.end("word"))
        if "?" in text or "&" in text:
            for m in _SIGNED_URL.finditer(text):
                if random_looking(m["word"], 12):
                    yield Hit("signed_url", m.start("word"), m.end("word"))
    if "auth" in text:
        for m in _DOCKER_AUTH.finditer(text):
            if _decodes_to_login(m["word"]):
                yield Hit("docker_auth", m.start("word"), m.end("word"))


def _decodes_to_login(word: str) -> bool:
    try:
        text = base64.b64decode(word + "=" * (-len(word) % 4), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return False
    user, colon, secret = text.partition(":")
    return bool(colon and user and secret) and text.isprintable() and not _bland_login(text)


def _bland_login(text: str) -> bool:
    """user:password, admin:admin: what documentation writes."""
    user, _, secret = (
        text.rpartition("@")[0].rpartition("/")[2].partition(":") if "://" in text else text.partition(":")
    )
    return placeholder(text) or (
        bool(secret) and (secret.lower() in _URL_WORDS or secret == user or secret.startswith("$"))
    )


def _has_body(body: str) -> bool:
    packed = re.sub(r"\\[nr]|[\s\"'+,\\>|]", "", body)
    longest = max(re.findall(r"[A-Za-z0-9+/=]{24,}", packed), key=len, default="")
    shown = re.search(r"(?i)\.{3}|…|<[^>]*>|\byour\b|example", body) and len(longest) < 64
    return len(longest) >= 24 and len(set(longest)) >= 8 and not shown


def _mixed(value: str) -> bool:
    """40 characters as AWS draws them: all three classes, no hex digest, no path, no CamelCase name."""
    if re.fullmatch(r"[0-9a-fA-F]+", value) or value.count("/") > 4:
        return False
    digits = sum(c.isdigit() for c in value)
    upper = sum(c.isupper() for c in value)
    lower = sum(c.islower() for c in value)
    return 2 <= digits <= 20 and upper >= 6 and lower >= 6 and entropy(value) >= 4.2


def _varied(value: str) -> bool:
    return len(set(value)) >= 8 and not re.search(r"(.)\1{7}", value)
