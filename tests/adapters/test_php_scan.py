"""What the look through a PHP tree finds, where, and what it leaves alone."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from semai.adapters.php_scan import Scanned, scan_tree
from semai.adapters.php_tree import Tree
from semai.core.catalog import Accepted

# Put together at run time, so that this file itself holds none of them.
NIK = "332501" + "4101900001"
SHELL = "<?php ev" + "al(base64_" + "decode('aGk='));"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    write(folder, "index.php", "<?php echo 'halo';\n")
    return folder


def write(folder: Path, name: str, content: str | bytes = "x") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def scanned(folder: Path, *accepted: Accepted, exclude: tuple[str, ...] = ()) -> Scanned:
    return scan_tree(Tree(folder, exclude), accepted)


def refused(folder: Path) -> list[tuple[str, int, str]]:
    return [(found.path, found.line, found.finding) for found in scanned(folder).refused]


def test_clean_tree_passes(tree: Path) -> None:
    assert refused(tree) == []


@pytest.mark.parametrize(
    ("name", "content", "line", "finding"),
    [
        (".env", "APP_KEY=x", 1, "environment-file"),
        (".env.production", "x", 1, "environment-file"),
        ("db/koneksi.php.bak", "x", 1, "backup-file"),
        ("koneksi.php~", "x", 1, "backup-file"),
        ("index.old", "x", 1, "backup-file"),
        ("dump.sql.gz", "x", 1, "backup-file"),
        ("backup-2025.zip", "x", 1, "backup-file"),
        ("config - Copy.php", "x", 1, "backup-file"),
        ("data.sqlite", "x", 1, "database"),
        ("data.bin", b"SQLite format 3\0x", 1, "database"),
        ("id_rsa", "x", 1, "key-file"),
        ("adminer-4.8.1.php", "<?php", 1, "web-shell"),
        ("x.php", f"<?php\n{SHELL[5:]}", 2, "web-shell"),
        ("x.php", "<?php\n@sys" + "tem($_GET['c']);", 2, "web-shell"),
        ("info.php", "<?php php" + "info(); ?>", 1, "phpinfo"),
        ("a.pem", "\n-----BEGIN RSA PRIVATE " + "KEY-----\n" + "QUJD" * 12 + "\n", 2, "private-key"),
        ("a.php", "<?php $t = '123456789:AA" + "x" * 33 + "';", 1, "token"),
        ("a.js", "var k = 'AIza" + "B" * 35 + "';", 1, "token"),
        ("a.php", "<?php\ndefine('DB_PASS" + "WORD', 'r4hasia!');", 2, "password"),
        ("lib/db.php", "<?php $c = new mysqli('localhost', 'root', 'r4" + "hasia', 'x');", 1, "password"),
        ("a.php", "<?php new PDO('mysql:host=x', 'root', 'r4" + "hasia');", 1, "password"),
        ("config/mail.php", "<?php return [\n 'smtp_pass' => 'r4" + "hasia'];", 2, "password"),
        ("application/config/database.php", "<?php\n$db['default']['password'] = 'r4" + "hasia';", 2, "password"),
        ("config.ini", "[db]\npassword = r4" + "hasia\n", 2, "password"),
        ("seed.sql", "insert into u values ('admin', '21232f297a57a5a7438" + "94a0e4a801fc3');", 1, "test-account"),
        ("warga.csv", f"nama\nBudi,{NIK}\n", 2, "nik"),
    ],
)
def test_finding_is_named_at_its_line(tree: Path, name: str, content: str | bytes, line: int, finding: str) -> None:
    write(tree, name, content)
    assert (name, line, finding) in refused(tree)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (".env.example", "DB_PASSWORD=\nAPP_KEY=\n"),
        ("cacert.pem", "-----BEGIN CERTIFICATE-----\nQUJD\n"),
        ("crypt.php", "<?php $head = '-----BEGIN RSA PRIVATE " + "KEY-----';"),
        ("config/auth.php", "<?php return ['password' => 'required|min:8', 'passwords' => 'users'];"),
        ("config/database.php", "<?php return ['password' => env('DB_PASSWORD', ''), 'username' => 'root'];"),
        ("wp-config-sample.php", "<?php define('DB_PASSWORD', 'password_here');"),
        ("lang/id/config.php", "<?php return ['password' => 'Katasandi2'];"),
        ("form.php", '<?php echo \'<input name="password" value="">\';'),
        ("b.php", "<?php $html = medieval(base64_encode($x)); $y = retrieval($_GET['q']);"),
        ("c.php", "<?php // see php" + "info() for more"),
        ("d.php", "<?php ob_start(); php" + "info(); $t = ob_get_clean();"),
        ("e.js", "var big = 1234567890123456; var hex = 'a3325014101900001b';"),
        ("same.php", "<?php // '1111111111111111"),
        ("schema.sql", "CREATE TABLE u (nama text, alamat text);\nINSERT INTO u VALUES ('a', 'b');"),
        ("ref.sql", "INSERT INTO rekening (kode, nama) VALUES ('5', 'Belanja'), ('5.1', 'Pegawai'), ('5.2', 'x');"),
    ],
)
def test_harmless_content_raises_no_alarm(tree: Path, name: str, content: str) -> None:
    write(tree, name, content)
    assert refused(tree) == []


def test_rows_about_people_are_counted_by_table(tree: Path) -> None:
    rows = ", ".join(f"({n}, 'Budi {n}', 'Jl. {n}', '1990-01-01')" for n in range(50))
    write(
        tree,
        "db/data.sql",
        "CREATE TABLE `pegawai` (\n `id` int,\n `nama` varchar(90),\n `alamat` text,\n `tgl_lahir` date\n"
        ") ENGINE=x;\n"
        f"INSERT INTO `pegawai` VALUES {rows};\n",
    )
    (found,) = scanned(tree).refused
    assert (found.path, found.line, found.finding) == ("db/data.sql", 7, "dump-with-people")
    assert dict(found.fields) == {"count": 50, "table": "pegawai", "columns": "nama, alamat, tgl_lahir"}


def test_one_row_with_a_nik_is_one_too_many(tree: Path) -> None:
    write(tree, "a.sql", "INSERT INTO w (nik, nama) VALUES ('x', 'y');")
    assert refused(tree) == [("a.sql", 1, "dump-with-people")]


def test_copy_of_postgresql_is_read(tree: Path) -> None:
    write(tree, "a.sql", "COPY public.w (nama, no_hp) FROM stdin;\nBudi\t08\nSiti\t08\n\\.\n")
    assert refused(tree) == [("a.sql", 1, "dump-with-people")]


def test_history_links_and_open_permissions_are_found(tree: Path) -> None:
    write(tree, ".git/config")
    (tree / "inside").symlink_to("index.php")
    (tree / "link").symlink_to("/etc/hostname")
    (tree / "uploads").mkdir()
    (tree / "uploads").chmod(0o777)
    found = {(path, finding) for path, _, finding in refused(tree)}
    assert found == {(".git", "git"), ("link", "link"), ("uploads", "world-writable")}


def test_names_no_host_takes_are_found(tree: Path) -> None:
    write(tree, "a\nb.txt")
    write(tree, "/".join(["d" * 60] * 7))
    assert [finding for _, _, finding in refused(tree)] == ["odd-file"] * len(refused(tree))
    assert len(refused(tree)) >= 2


def test_what_is_not_packed_is_not_judged(tree: Path) -> None:
    write(tree, ".env")
    write(tree, "old/x.bak")
    assert scanned(tree, exclude=(".env", "old/")).refused == ()
    assert scanned(tree, exclude=(".env", "*.bak")).refused == ()


def test_noise_is_a_remark_once_per_folder(tree: Path) -> None:
    write(tree, "node_modules/a/b.js")
    write(tree, "node_modules/a/c.log")
    write(tree, ".idea/x.xml")
    assert [found.path for found in scanned(tree).remarks] == [".idea", "node_modules"]


def test_false_alarm_is_excused_with_a_reason_and_only_where_it_is(tree: Path) -> None:
    write(tree, "docs/a.php", SHELL)
    write(tree, "b.php", SHELL)
    excuse = Accepted(path="docs/*", finding="web-shell", reason="shows in the manual what to look for")
    found = scanned(tree, excuse)
    assert [one.path for one in found.refused] == ["b.php"]
    assert found.unused == ()


def test_excuse_for_nothing_is_told(tree: Path) -> None:
    excuse = Accepted(path="gone.php", finding="web-shell", reason="was there in the last release")
    assert scanned(tree, excuse).unused == (0,)


def test_random_numbers_of_16_digits_raise_few_alarms(tree: Path) -> None:
    dice = random.Random(7)
    for number in range(2000):
        write(tree, f"n/{number}.txt", f"{dice.randrange(10**15, 10**16)}\n")
    assert len(refused(tree)) <= 5


@pytest.mark.slow
def test_twenty_thousand_files_take_seconds(tree: Path) -> None:
    body = "<?php\nclass A { function f($x) { return $x['password'] ?? mb_substr($x, 0, 5); } }\n" * 40
    for folder in range(200):
        (tree / f"d{folder}").mkdir()
        for number in range(100):
            (tree / f"d{folder}" / f"f{number}.php").write_text(body)
    started = time.process_time()
    found = scanned(tree)
    assert found.files == 20_001
    assert time.process_time() - started < 20  # 4 s on an idle machine of 2026
