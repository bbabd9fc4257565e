"""What source code of PHP tells: versions, extensions, code that runs, drafted templates."""

from __future__ import annotations

import pytest
from semai.core.php_extensions import extensions_in
from semai.core.php_template_draft import template_of
from semai.core.php_tokens import running_code
from semai.core.php_versions import php_range, runs_on


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ("^8.1", ">=8.1,<9"),
        (">=7.4", ">=7.4"),
        ("^7.4 || ^8.0", ">=7.4,<9"),
        ("~8.1.2", ">=8.1.2,<8.2"),
        ("8.2.*", ">=8.2,<8.3"),
        (">=7.4 <8.3", ">=7.4,<8.3"),
        ("dev-main", None),
    ],
)
def test_composer_constraints(constraint: str, expected: str | None) -> None:
    assert php_range(constraint) == expected


def test_old_php_comes_with_no_release() -> None:
    assert runs_on(">=7.3,<8") == []
    assert runs_on(">=8.1,<8.3") == ["8.1", "8.2"]


def test_only_code_counts() -> None:
    source = (
        b"<p>don't</p>\n<?php // curl_init()\n/* new ZipArchive */ $a = 'x // y'; imagepng($i); ?>\n<b>mb_substr("
    )
    code = running_code(source)
    assert code.count(b"\n") == source.count(b"\n")
    assert [name for name, _, _ in extensions_in(code.lower())] == ["gd"]
    assert b"'x // y'" in code


def test_guarded_use_is_optional() -> None:
    asked = b"if (function_exists('apcu_fetch')) { apcu_fetch('x'); } mysqli_connect();"
    assert {(name, certain) for name, _, certain in extensions_in(asked)} == {("apcu", False), ("mysqli", True)}


def test_own_function_of_the_same_name_is_no_use() -> None:
    assert list(extensions_in(b"function mb_substr( $a ) {} $this->mb_strlen( 'a' );")) == []


def test_connection_becomes_a_template() -> None:
    source = """<?php
// $password = "old";
$host = "localhost";
$user = 'root';
$password = 'S3cret!';
$db = "simpeg"; // {{ curly }}
$link = mysqli_connect($host, $user, $password, $db);
"""
    text, filled = template_of(source)
    assert "S3cret!" not in text
    assert '// $password = "old";' in text
    assert "$password = {{ database.password | php }}" in text
    assert filled == {"host", "user", "password", "name"}


def test_literal_arguments_and_constants_become_values() -> None:
    text, filled = template_of(
        """new mysqli("localhost", "root", "x1", "db"); define('DB_PASSWORD', 'y2'); ['db_name' => 'z3']"""
    )
    assert not any(word in text for word in ("x1", "y2", "z3", "root"))
    assert filled == {"host", "user", "password", "name"}
