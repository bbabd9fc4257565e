"""What must not be in a published file: keys, tokens, passwords, test accounts, back doors, NIK.

Each rule first looks for a fixed word, which is fast, and only then for its pattern, so that 20,000 files take
seconds. A basic look with few false alarms, not a proof.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from semai.adapters.php_names import Found
from semai.adapters.region_codes import is_nik
from semai.messages import N_


@dataclass(frozen=True)
class _Rule:
    """Patterns see lower-case content and begin with fixed letters, which makes them fast; `shape` sees the match
    as it is written, `before` what stands before it."""

    finding: str
    words: tuple[bytes, ...]  # one of them must occur
    pattern: re.Pattern[bytes]
    message: str
    php_only: bool = False
    shape: re.Pattern[bytes] | None = None
    before: re.Pattern[bytes] | None = None


_VALUE = rb"""(?P<q>["'])(?P<value>(?:(?!(?P=q))[^\r\n\\]|\\.){1,200})(?P=q)"""
_KEY = (
    rb"(?:[a-z0-9_.-]*(?:passw(?:or)?d|passphrase|kata_sandi|_pass|_pwd)|pass|pwd|(?:client_?|app_?)?secret(?:_?key)?"
    rb"|(?:api|app|private|encryption)_?key|(?:access|auth|bot|api)_?token)"
)
_RULES = (
    _Rule(
        "private-key",
        (b"private key-----",),
        re.compile(rb"-----begin [a-z ]*private key-----(\\r|\\n|\s)*([a-z-]+: [^\r\n]*\s+)*[a-z0-9+/=]{40}"),
        N_("a private key"),
    ),
    _Rule(
        "token",
        (b"akia",),
        re.compile(rb"akia[0-9a-z]{16}"),
        N_("an access key"),
        shape=re.compile(rb"AKIA[0-9A-Z]{16}"),
        before=re.compile(rb"(?:^|.*\W)$", re.DOTALL),
    ),
    _Rule(
        "token",
        (b"ghp_", b"ghs_", b"glpat-", b"xox", b"aiza", b"k_live_"),
        re.compile(
            rb"(gh[ps]_[a-z0-9]{36}|glpat-[a-z0-9_-]{20}|xox[abprs]-[a-z0-9-]{20,}"
            rb"|aiza[a-z0-9_-]{35}|[rs]k_live_[a-z0-9]{20,})"
        ),
        N_("a token"),
        shape=re.compile(rb"(gh|glpat-|xox|AIza|[rs]k_).*"),
        before=re.compile(rb"(?:^|.*\W)$", re.DOTALL),
    ),
    _Rule(
        "token",
        (b":aa",),
        re.compile(rb":aa[a-z0-9_-]{33}"),
        N_("the token of a bot"),
        shape=re.compile(rb":AA.*"),
        before=re.compile(rb".*\b[0-9]{8,10}$", re.DOTALL),
    ),
    _Rule(
        "password",
        (b"define",),
        re.compile(rb"""define\s*\(\s*["']""" + _KEY + rb"""["']\s*,\s*""" + _VALUE),
        N_("a password or key written into the source"),
    ),
    _Rule(
        "password",
        (b"mysqli", b"mysql_", b"pg_connect"),
        re.compile(rb"mysql(?:i|i?_p?connect)\s*\(\s*[^,;()]{1,80},\s*[^,;()]{1,80},\s*" + _VALUE),
        N_("a database's password written into the source"),
        php_only=True,
        before=re.compile(rb"(?:^|.*\W)$", re.DOTALL),
    ),
    _Rule(
        "password",
        (b"new pdo",),
        re.compile(
            rb"""new pdo\s*\(\s*["'][^"'\r\n]{1,200}["'](?:\s*\.\s*[^,;()]{1,80})*,\s*[^,;()]{1,80},\s*""" + _VALUE
        ),
        N_("a database's password written into the source"),
        php_only=True,
    ),
    _Rule(
        "web-shell",
        (b"eval",),
        re.compile(
            rb"eval\s*\(\s*@?(?:gz(?:inflate|uncompress|decode)|base64_decode|str_rot13|strrev|rawurldecode)\s*\("
        ),
        N_("code that is hidden and then run: a back door looks like this"),
        php_only=True,
    ),
    _Rule(
        "web-shell",
        (b"$_",),
        re.compile(rb"\$_(?:get|post|request|cookie)\b"),
        N_("runs what a visitor sends: a back door looks like this"),
        php_only=True,
        before=re.compile(
            rb"(?is)(?:.*[^\w>$:])?(?:eval|assert|system|exec|passthru|shell_exec|popen|proc_open|create_function)"
            rb"\s*\(\s*@?(?:base64_decode\s*\(\s*)?$"
        ),
    ),
    _Rule(
        "phpinfo",
        (b"phpinfo",),
        re.compile(rb"phpinfo\s*\("),
        N_("shows visitors how the server is set up (phpinfo)"),
        php_only=True,
        # as a statement, and not into a buffer the code then looks into
        before=re.compile(rb"(?is)(?!.*ob_start)(?:.*(?:<\?php|<\?=|[;{}]|\becho|\bprint))?\s*@?$"),
    ),
)
_BEFORE = 200
# Digests of the passwords that test accounts have: admin, 123456, password, 123, 12345, user, test, 12345678, …
_WEAK = (
    b"21232f297a57a5a743894a0e4a801fc3",
    b"e10adc3949ba59abbe56e057f20f883e",
    b"5f4dcc3b5aa765d61d8327deb882cf99",
    b"202cb962ac59075b964b07152d234b70",
    b"827ccb0eea8a706c4c34a16891f84e7b",
    b"ee11cbb19052e40b07aac0ca060c23ee",
    b"098f6bcd4621d373cade4e832627b4f6",
    b"25d55ad283aa400af464c76d713c07ad",
    b"81dc9bdb52d04dc20036dbd8313ed055",
    b"0192023a7bbd73250516f069df18b500",
    b"d033e22ae348aeb5660fc2140aec35850c4da997",
    b"7c4a8d09ca3762af61e59520943dc26494f8941b",
    b"5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8",
)
_SETTING = re.compile(
    rb"""(?im)(?:["'](?P<quoted>"""
    + _KEY
    + rb""")["']\s*\]?\s*(?:=>|=|:)|^[ \t]*\$?(?P<bare>(?:[a-z0-9_.-]*\.)?"""
    + _KEY
    + rb""")[ \t]*[=:](?![=>:]))[ \t]*(?:"""
    + _VALUE
    + rb"""|(?P<plain>[^\s"'#;,$<{(\[]{3,200})[ \t]*(?:[#;].*)?$)"""
)
_CONFIG_PATH = re.compile(
    r"(?i)(.*/)?([^/]*(config|conf|koneksi|conn(ection)?|database|setting|env)[^/]*)(/[^/]+)*"
)
_CONFIG_NAME = re.compile(r"(?i).*\.(php|inc|ini|ya?ml|json|xml|conf|cfg|properties|env|example|sample|dist)|env")
_PLACEHOLDER = re.compile(
    rb"(?i).*(your|change|ganti|isi_|example|contoh|placeholder|_here|xxxx|\*\*\*|\$\{|\{\{|%env|nullable).*"
    rb"|(null|none|true|false|empty|string|text|hashed|integer|password|pass|secret|required.*|bcrypt|argon2id?|auto"
    rb"|users?|token|api|env|[a-z]+(_[a-z]+)*:[a-z:|0-9_,]*|[a-z]+\|[a-z:|0-9_,]*)|<[^>]*>|\.+|-+|[a-z]+\\[a-z\\]+"
    rb"|[a-z_]+\(.*|.* .* .*",
    re.DOTALL,
)
_DIGITS = bytes(ord("0") if chr(byte).isdigit() and byte < 128 else ord(" ") for byte in range(256))
_SIXTEEN = re.compile(rb"(?<![0-9A-Za-z.])[1-9][0-9]{15}(?![0-9A-Za-z])")
_CALLED = re.compile(rb"(?i)\b(no[_ .]?)?(nik|ktp)\b")
_NEAR = 120


def judge_content(path: str, content: bytes) -> Iterator[Found]:
    """Yield what the content of one file holds that must not be published."""
    lower = content.lower()
    php = path.lower().endswith((".php", ".inc", ".phtml", ".php5", ".module"))
    for rule in _RULES:
        if (php or not rule.php_only) and any(word in lower for word in rule.words):
            yield from _matches(path, content, lower, rule)
    for digest in _WEAK:
        if (position := lower.find(digest)) >= 0:
            message = N_("the digest of a password everybody tries first: an account for tests")
            yield Found(path, line_at(content, position), "test-account", message)
    if _is_config(path):
        yield from _settings(path, content)
    yield from _niks(path, content)


def _matches(path: str, content: bytes, lower: bytes, rule: _Rule) -> Iterator[Found]:
    for match in rule.pattern.finditer(lower):
        value = match.groupdict().get("value")
        if value is not None and _PLACEHOLDER.fullmatch(value):
            continue
        if rule.shape and not rule.shape.fullmatch(content[match.start() : match.end()]):
            continue
        if rule.before and not rule.before.match(content[max(0, match.start() - _BEFORE) : match.start()]):
            continue
        yield Found(path, line_at(content, match.start()), rule.finding, rule.message)


def _is_config(path: str) -> bool:
    folder = path.lower()
    if any(part in folder for part in ("/lang/", "/languages/", "/language/", "lang/")):
        return False
    return bool(_CONFIG_NAME.fullmatch(path) and _CONFIG_PATH.fullmatch(path))


def _settings(path: str, content: bytes) -> Iterator[Found]:
    for match in _SETTING.finditer(content):
        value = match["value"] or match["plain"] or b""
        if match["plain"] and path.lower().endswith((".php", ".inc")):
            continue  # an expression
        if len(value) >= 3 and not _PLACEHOLDER.fullmatch(value):
            key = (match["quoted"] or match["bare"] or b"").decode(errors="replace")
            position = match.start("q" if match["value"] else "plain")
            message = N_("a password or key written into the configuration ({key})")
            yield Found(path, line_at(content, position), "password", message, (("key", key),))


def _niks(path: str, content: bytes) -> Iterator[Found]:
    if b"0" * 16 not in content.translate(_DIGITS):
        return
    count, first = 0, 0
    for match in _SIXTEEN.finditer(content):
        around = content[max(0, match.start() - _NEAR) : match.start()]
        if is_nik(match[0].decode(), named=bool(_CALLED.search(around))):
            count, first = count + 1, first or match.start() + 1
    if count:
        message = N_("numbers that are NIK of people: {count}")
        yield Found(path, line_at(content, first - 1), "nik", message, (("count", count),))


def line_at(content: bytes, position: int) -> int:
    """Return the line, from 1, of a position."""
    return content.count(b"\n", 0, position) + 1
