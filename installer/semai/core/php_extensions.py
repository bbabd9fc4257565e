"""Which PHP extensions a source uses, told by the functions and classes it names. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_USES: Mapping[str, str] = {
    "apcu": r"apcu_\w+\s*\(",
    "bcmath": r"bc(?:add|sub|mul|div|mod|comp|pow|sqrt)\s*\(",
    "curl": r"curl_(?:init|exec|multi_init)\s*\(",
    "dom": r"new\s+\\?domdocument\b",
    "gd": r"image(?:create\w*|copy\w*|jpeg|png|webp|ttftext|scale|sx)\s*\(",
    "gmp": r"gmp_\w+\s*\(",
    "imagick": r"new\s+\\?imagick\b",
    "imap": r"imap_open\s*\(",
    "intl": r"new\s+\\?(?:intldateformatter|numberformatter|collator|messageformatter)\b"
    r"|\\?(?:numberformatter|collator|normalizer|intldateformatter|transliterator)::|idn_to_ascii\s*\(",
    "ldap": r"ldap_(?:connect|bind)\s*\(",
    "mbstring": r"mb_(?:str\w+|sub\w+|convert_\w+|detect_\w+|internal_encoding|encode_\w+|check_\w+)\s*\(",
    "memcached": r"new\s+\\?memcached\b",
    "mysqli": r"mysqli_\w+\s*\(|new\s+\\?mysqli\b|['\"]mysqli['\"]",
    "pdo_mysql": r"['\"]mysql:|pdo_mysql",
    "pdo_pgsql": r"['\"]pgsql:|pdo_pgsql",
    "pdo_sqlite": r"['\"]sqlite:",
    "pgsql": r"pg_(?:connect|query\w*|fetch_\w+)\s*\(",
    "redis": r"new\s+\\?redis\s*\(",
    "simplexml": r"simplexml_load_\w+\s*\(|new\s+\\?simplexmlelement\b",
    "soap": r"new\s+\\?soap(?:client|server)\b",
    "sqlite3": r"new\s+\\?sqlite3\b",
    "xml": r"xml_parser_create(?:_ns)?\s*\(",
    "xmlreader": r"new\s+\\?xmlreader\b",
    "xmlwriter": r"new\s+\\?xmlwriter\b",
    "xsl": r"new\s+\\?xsltprocessor\b",
    "zip": r"new\s+\\?ziparchive\b|zip_open\s*\(",
}
# One expression finds them all; a definition of a function of the same name (`function mb_substr(`) is no use.
_ANY = re.compile(
    rb"(?<![\w>$:.])(?<!function )(?:"
    + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _USES.items()).encode()
    + rb")"
)
_GUARD = re.compile(rb"(?:function_exists|extension_loaded|class_exists|is_callable)\s*\(\s*['\"]\\?([\w]+)")
# Part of PHP itself, or of what Debian installs with every PHP.
BUILT_IN = frozenset(
    (
        *(
            "calendar",
            "core",
            "ctype",
            "date",
            "exif",
            "ffi",
            "fileinfo",
            "filter",
            "ftp",
            "gettext",
            "hash",
            "iconv",
        ),
        *("json", "libxml", "openssl", "pcre", "pdo", "phar", "posix", "random", "reflection", "session", "shmop"),
        *("sockets", "sodium", "spl", "standard", "sysvmsg", "sysvsem", "sysvshm", "tokenizer", "zlib"),
    )
)
GONE = re.compile(
    rb"(?<![\w>$:.])(?<!function )"
    rb"(mysql_connect|mysql_query|each|create_function|ereg|eregi|split|mcrypt_encrypt)\s*\("
)


def extensions_in(lower: bytes) -> Iterator[tuple[str, int, bool]]:
    """Yield (extension, position, certain) for each extension a file's lower-case text uses.

    Not certain: the file asks first whether PHP has it.
    """
    asked = [word.decode(errors="replace") for word in _GUARD.findall(lower)]
    seen: set[str] = set()
    for match in _ANY.finditer(lower):
        name = match.lastgroup
        if name is None or name in seen:
            continue
        seen.add(name)
        word = re.sub(rb"\W", b" ", match[0]).split()[-1].decode(errors="replace")
        guarded = any(guard in (word, name) or guard.split("_")[0] == word.split("_")[0] for guard in asked)
        yield name, match.start(), not guarded
