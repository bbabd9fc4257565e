"""Trees of two programs nobody here wrote, WordPress and DokuWiki, from Debian's packages.

Debian spreads them over the file system (links to shared libraries, configuration in /etc, data in /var); here they
are put together again as their makers ship them, which is what a mentor would have in a folder. `catalog/` beside
this file describes them; its sources are `../trees/wordpress` and `../trees/dokuwiki`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
PACKAGES = (
    *("wordpress", "wordpress-theme-twentytwentythree", "libjs-cropper", "libjs-underscore", "php-getid3"),
    *("dokuwiki", "php-geshi", "libphp-simplepie", "php-phpseclib", "php-random-compat"),
    *("libjs-jquery", "libjs-jquery-ui", "libjs-jquery-cookie", "ca-certificates"),
)


def lay_out(folder: Path) -> Path:
    """Put `catalog/` and `trees/` into `folder` and return the catalog's folder; needs apt and a Debian mirror."""
    root = folder / "debian"
    unpack(root, PACKAGES)
    wordpress(root, folder / "trees" / "wordpress")
    dokuwiki(root, folder / "trees" / "dokuwiki")
    shutil.rmtree(root)
    shutil.copytree(HERE / "catalog", folder / "catalog")
    return folder / "catalog"


def unpack(root: Path, packages: tuple[str, ...]) -> None:
    """Unpack Debian packages below `root`, without installing them."""
    packed = root / "packed"
    packed.mkdir(parents=True)
    subprocess.run(
        ["apt-get", "download", "-q", *packages], cwd=packed, check=True, capture_output=True, timeout=300
    )
    for path in sorted(packed.glob("*.deb")):
        subprocess.run(["dpkg", "-x", str(path), str(root)], check=True, capture_output=True, timeout=120)


def wordpress(root: Path, tree: Path) -> None:
    """Put WordPress together in `tree`."""
    bundle = root / "etc/ssl/certs/ca-certificates.crt"
    bundle.parent.mkdir(parents=True, exist_ok=True)
    certificates = sorted((root / "usr/share/ca-certificates").rglob("*.crt"))
    bundle.write_bytes(b"".join(path.read_bytes() for path in certificates))
    copy(root, root / "usr/share/wordpress", tree)
    (tree / "wp-config.php").unlink()  # Debian's own; each region gets one of its preset
    (tree / "wp-content/uploads").mkdir()
    shutil.copytree(HERE / "overlay/wordpress", tree, dirs_exist_ok=True)


def dokuwiki(root: Path, tree: Path) -> None:
    """Put DokuWiki together in `tree`."""
    copy(root, root / "usr/share/dokuwiki", tree)
    copy(root, root / "etc/dokuwiki", tree / "conf")
    copy(root, root / "var/lib/dokuwiki/data", tree / "data")
    (tree / "inc/preload.php").unlink()  # leads to /etc
    (tree / "install.php").unlink()  # anyone could use it
    libraries = tree / "vendor/debian"
    for name in ("php", "php-geshi"):
        copy(root, root / "usr/share" / name, libraries / name)
    for name in ("jquery", "jquery-ui", "jquery-cookie"):
        copy(root, root / "usr/share/javascript" / name, libraries / "javascript" / name)
    for path in tree.rglob("*.php"):
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        moved = text.replace("$vendorDir . '/usr/share/", "DOKU_INC . 'vendor/debian/")
        moved = moved.replace("'/usr/share/", "DOKU_INC . 'vendor/debian/")
        moved = moved.replace("'/var/lib/dokuwiki/data'", "'./data'")
        if moved != text:
            path.write_text(moved, encoding="utf-8", errors="surrogateescape")
    shutil.copytree(HERE / "overlay/dokuwiki", tree, dirs_exist_ok=True)


def copy(root: Path, source: Path, target: Path) -> None:
    """Copy a folder with what its links lead to; links to nowhere are left out, modes are ordinary."""
    target.mkdir(parents=True, exist_ok=True)
    for entry in sorted(source.iterdir()):
        real = resolved(root, entry)
        if real.is_dir():
            copy(root, real, target / entry.name)
        elif real.is_file():
            shutil.copyfile(real, target / entry.name)
            (target / entry.name).chmod(0o644)


def resolved(root: Path, path: Path) -> Path:
    """Return what a path below `root` leads to, as if `root` were `/`."""
    for _ in range(20):
        if not path.is_symlink():
            return path
        aim = os.readlink(path)
        path = root / aim.lstrip("/") if aim.startswith("/") else Path(os.path.normpath(path.parent / aim))
    raise OSError(f"{path} leads in circles")
