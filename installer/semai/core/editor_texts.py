"""What each key of the files people write means: the descriptions an editor shows beside it.

Keyed by the model's name, then by the key as written. core/editor_schemas.py puts them into the JSON Schemas.
"""

from __future__ import annotations

from collections.abc import Mapping

_OFFICE = {
    "code": "The agency's code, as the region numbers its agencies, in quotes.",
    "name": "Full official name.",
    "short_name": "Short name, for tables and menus.",
    "head_title": "Title of its head, for example Kepala Dinas.",
    "head_name": "Name of its head with academic titles.",
    "head_nip": "NIP of its head: 18 digits, in quotes.",
}
_OFFICE_POINT = "Where its office is; apps draw it on their maps."
_OFFICIAL_CODE = "Official Kemendagri code, in quotes, for example '53.10.01'."

REGION: Mapping[str, Mapping[str, str]] = {
    "RegionDocument": {"semai_region": "Who the region is; every app shows it."},
    "Region": {
        "code": "Official Kemendagri code of the region, in quotes: '53.10', or '53' for a province.",
        "name": "Official name, for example Kabupaten Manggarai.",
        "short_name": "Name without its kind, for example Manggarai.",
        "kind": "provinsi, kabupaten or kota.",
        "province": "Official name of the province.",
        "province_code": "Official code of the province, in quotes: '53'.",
        "time_zone": "WIB is Asia/Jakarta or Asia/Pontianak, WITA Asia/Makassar, WIT Asia/Jayapura.",
        "head_title": "Title of the head of the region: Gubernur, Bupati or Wali Kota.",
        "head_name": "Name of the head of the region; may stay empty.",
        "secretary_title": "Title of the head of the secretariat.",
        "domain": "The region's domain, for example manggaraikab.go.id; may stay empty.",
        "address": "Postal address, as letterheads print it.",
        "logo": "SVG, PNG or JPEG file, as a path from the inventory's folder; null for none.",
        "fiscal_year": "The budget year (tahun anggaran) apps start with.",
        "agencies": "The region's agencies (OPD).",
        "districts": "Kecamatan with their villages.",
        "bounds": "The rectangle around the region; apps refuse coordinates outside it.",
        "freeze": "Periods without routine changes: apply, upgrade, remove and rollback wait until they end.",
        "backup": "Where, when and of which apps hosts keep backups; every night on the host itself when left out.",
    },
    "Freeze": {
        "from": "First day, for example 2026-12-15, in the region's time zone.",
        "to": "Last day, which still belongs to the period.",
        "apps": "Ids of the apps that are not to change, for example e-budgeting; all when left out.",
        "reason": "Why; whoever is stopped reads it.",
    },
    "Backup": {
        "kind": "local: a folder of each app host; usb: a disk that must be mounted; sftp or s3: another machine.",
        "location": "A folder (semai's own when left out), user@host:/folder for sftp, https://host/bucket for s3.",
        "port": "Port of SSH where kind is sftp.",
        "host_key": "Host key of the SFTP server, as ssh-keyscan -t ed25519 HOST shows it, without the name.",
        "calendar": "When, as systemd's OnCalendar in the region's time zone; up to half an hour later.",
        "drill": "When servers try their newest backups out, in the same words; empty for never.",
        "retention": "How many are kept.",
        "excluded": "Ids of apps that are not kept, unless they are named: semai backup create APP",
    },
    "Retention": {
        "daily": "Of how many days the newest one is kept.",
        "weekly": "Of how many weeks the newest one is kept.",
        "monthly": "Of how many months the newest one is kept.",
    },
    "Agency": _OFFICE,
    "District": {
        "code": _OFFICIAL_CODE,
        "name": "Official name.",
        "point": _OFFICE_POINT,
        "villages": "Its desa and kelurahan.",
    },
    "Village": {
        "code": "Official Kemendagri code, in quotes: '53.10.01.2001'.",
        "name": "Official name.",
        "point": _OFFICE_POINT,
    },
    "Point": {
        "latitude": "Lintang in decimal degrees, below 0 south of the equator: -8.6136.",
        "longitude": "Bujur in decimal degrees: 120.4721.",
    },
    "Bounds": {
        "south": "Lowest latitude, for example -9.0.",
        "west": "Lowest longitude, for example 120.1.",
        "north": "Highest latitude, for example -8.1.",
        "east": "Highest longitude, for example 120.8.",
    },
}

APPS: Mapping[str, Mapping[str, str]] = {
    "SelectionDocument": {"semai_selection": "What the region asks for; fixed to exact releases by: semai lock"},
    "Selection": {
        "mentors": "The mentors of the selected apps, by their id; written by: semai add",
        "apps": "The selected apps, by mentor and id: batang/e-planning.",
        "removed": "Apps that are to go and are still on a host; written by: semai remove",
    },
    "SelectedMentor": {
        "url": "Where the mentor's catalog can be reached: https://… or file:///…",
        "fingerprint": "Fingerprint of the mentor's root keys: 64 hexadecimal digits.",
    },
    "SelectedApp": {
        "version": "Allowed versions, for example '>=2026.11,<2027'; empty for any.",
        "port": "TCP port the app listens on behind the proxy; every app of a region has its own.",
        "site": "On servers: the name before the region's domain where people reach it; empty for the app's id.",
        "sample_data": "Whether fictitious data is put in at the first install.",
        "answers": "Answers to the app's questions, by the question's name; secret answers are in vault.yml.",
    },
    "RemovedApp": {"purge": "Whether its data is deleted too; otherwise it is kept as a restore point."},
}

HOSTS: Mapping[str, Mapping[str, str]] = {
    "HostsFile": {"all": "Ansible's group of all hosts."},
    "AllGroup": {
        "vars": "Variables of every host.",
        "hosts": "Hosts and their variables, when they are not written in a group.",
        "children": "Groups: app, and on servers proxy and database; without these two the only app host is meant.",
    },
    "HostVars": {
        "semai_profile": "embedded: this user, without root and systemd; server: machines with systemd, over ssh.",
        "semai_root": "Absolute folder on the host below which semai keeps everything.",
        "semai_certificate": "Where https certificates come from: the region's own CA, files, or ACME.",
        "semai_acme": "For acme: where certificates are asked for.",
        "semai_certificate_files": "For files: the certificate with its chain, and its key.",
        "semai_shared_media": "Whether all hosts of an app share one network folder for its files.",
    },
    "Acme": {
        "directory": "URL of the ACME directory.",
        "email": "Whom the authority writes to before a certificate ends.",
    },
    "CertificateFiles": {
        "certificate": "PEM file with the certificate and its chain, as a path from the inventory's folder.",
        "key": "PEM file with its key, as a path from the inventory's folder.",
    },
    "Group": {"hosts": "Hosts and their variables.", "vars": "Ansible variables.", "children": "Groups below it."},
    "HostEntry": {
        "ansible_host": "Address at which semai reaches the host over ssh.",
        "semai_address": "Address at which the region's other machines reach it; ansible_host when left out.",
        "semai_public_address": "Address for DNS, at which people reach it; ansible_host when left out.",
        "semai_carries": "The apps this app host carries, as batang/e-planning; all when left out.",
    },
}

CATALOG: Mapping[str, Mapping[str, str]] = {
    "CatalogFile": {
        "schema": "Version of this file's format.",
        "id": "The mentor's id, which adopters write before an app's: batang/e-planning.",
        "name": "The mentor's official name, which is signed.",
        "region_code": "The mentor's Kemendagri code, in quotes: '33.25'.",
        "urls": "Where the published folder can be reached; a hint for adopters.",
        "constraints": "Requirements file with hashes; every wheel of every release comes from it.",
        "build_constraints": "The same for what builds the apps' own wheels.",
    },
}

APP: Mapping[str, Mapping[str, str]] = {
    "AppFile": {
        "schema": "Version of this file's format.",
        "id": "The app's id, which is also its folder's name.",
        "name": "Name people see.",
        "summary": "One line that says what the app is for.",
        "owner": "Who answers for the app.",
        "terms": "What an adopter may do with it.",
        "overlaps": "Compulsory national apps that do some of the same.",
        "build": "How its releases are made.",
        "standings": "Where releases stand, by version; one that is not named is active.",
    },
    "Terms": {
        "licence": "SPDX name of the licence.",
        "government_use_only": "Whether only governments may use it.",
        "onward_sharing": "Whether an adopter may pass it on.",
        "sale": "Whether it may be sold.",
        "keep_attribution": "Whether name and logo of the owner must stay visible.",
        "note": "What else an adopter must know.",
    },
    "Overlap": {
        "national": "Name of the national app.",
        "relation": "Whether the app feeds, reads, replaces or complements it.",
    },
    "Build": {
        "source": "Folder of the app's distribution, as a path from catalog.yml.",
        "parts": "Folders of distributions built with it, such as a shared kit.",
        "exclude": "Files and folders of a PHP source that are not packed; * stands for any characters.",
        "static": "Command that collects static files; the folder is added as its last word.",
    },
    "Standing": {
        "status": "draft and candidate are offered to nobody unasked, deprecated last, retired to no new install; "
        "withdrawn is refused even from a lock.",
        "reason": "Why; adopters read it.",
        "successor": "The version to go to.",
        "until": "Until when it is kept alive.",
    },
}

BASE = "Name of a file below bases/ whose keys this release takes over."

RELEASE: Mapping[str, Mapping[str, str]] = {
    "Manifest": {
        "schema": "Version of this file's format.",
        "version": "The release's version, calendar style; the file is called <version>.yml.",
        "runtime": "What runs it.",
        "requires": "Apps of the same mentor it cannot do without, with the versions that fit.",
        "provides": "Contracts it offers to other apps, with their versions.",
        "consumes": "Contracts it reads from other apps.",
        "conflicts": "Apps of the same mentor it cannot stand beside, with the versions meant.",
        "needs": "What a host must have.",
        "limits": "What a server grants the app at most.",
        "resources": "What semai makes for it.",
        "questions": "What it must know from the region, by the name answers are stored under.",
        "environment": "Environment variables of the running app; texts are Jinja2 templates.",
        "commands": "Its programs, as lists of words; the first is in the release's own bin folder, or php.",
        "php": "How a PHP tree is run and what it may write (runtime php).",
        "timers": "Commands run at fixed times, by name (runtime php).",
        "workers": "Commands kept running, such as a queue's, by name (runtime php).",
        "health": "How to ask the running app whether it is well.",
        "login_check": "How a drill of backups sees that people can log in.",
        "lifecycle": "How it may be reached, and what the change means.",
        "personal_data": "Classes of personal data it keeps.",
        "accepted": "False alarms of publish check, each with its reason; adopters can read them.",
    },
    "Consumed": {
        "version": "Versions of the contract that fit, for example '>=1,<2'.",
        "optional": "Whether the app works without it.",
    },
    "Needs": {
        "python": "Versions of Python that fit.",
        "php": "Versions of PHP that fit (runtime php), for example '>=8.1,<8.4'.",
        "extensions": "PHP extensions it needs, as `php -m` shows them: mysqli, gd.",
        "platforms": "Operating systems it was tried on.",
        "ram_mb": "Memory it takes, in MB.",
        "disk_mb": "Disk it takes in the first year, in MB.",
    },
    "Limits": {
        "memory_mb": "Memory a server grants it, in MB; three times ram_mb, at least 256, when left out.",
        "cpu_percent": "Processor time a server grants it; 100 is one processor.",
    },
    "Resources": {
        "database": "The database it gets: none, sql (what the profile has), mariadb or postgresql.",
        "media": "Whether it gets a folder for uploaded files.",
        "secrets": "Names of secrets that are generated for it.",
    },
    "Question": {
        "type": "What kind of answer fits.",
        "title": "The question, in one line.",
        "help": "What a person should know to answer it.",
        "choices": "Allowed answers of a choice.",
        "pattern": "Regular expression the whole answer must match.",
        "pattern_message": "What to say when it does not.",
        "minimum": "Smallest number.",
        "maximum": "Largest number.",
        "default": "Answer when none is given; without one the question must be answered.",
        "secret": "Whether the answer is kept in the vault and never shown.",
        "personal": "Whether the answer is personal data.",
    },
    "Commands": {
        "serve": "Serves the app on the address it is given, until it is stopped.",
        "migrate": "Brings the database to this release.",
        "after_install": "Run once after the first install, in this order.",
        "sample_data": "Puts fictitious data in.",
        "sample_people": "Accounts that sample_data makes.",
    },
    "Health": {
        "path": "Path that answers with the release and the state of its database, as JSON; of PHP any page.",
        "status": "HTTP status of a healthy answer (runtime php).",
        "text": "Text a healthy answer contains (runtime php); empty for any.",
        "timeout_seconds": "How long a start may take before it counts as failed.",
    },
    "LoginCheck": {
        "command": "Command that logs in to the app on SEMAI_BIND in a drill, and ends with 0 when that went well.",
        "path": "Page that answers 200 in a drill, such as /wp-login.php; instead of a command.",
        "text": "Text that page contains.",
    },
    "Php": {
        "root": "Folder of the tree that the web server shows; '.' for the whole tree.",
        "writable": "Files and folders the app may write; they outlive releases. Nothing else is writable.",
        "config": "Configuration files written for each region, by their path in the tree.",
        "workers": "How many requests are answered at the same time.",
        "settings": "php.ini settings, for example upload_max_filesize: 20M.",
        "import": "SQL file of the tree that fills the empty database once, at the first install.",
    },
    "ConfigFile": {
        "template": "Jinja2 template, a file beside this one.",
        "preset": "A template that semai brings for a framework.",
        "text": "The template itself; publish fills it in from template or preset.",
    },
    "Accepted": {
        "path": "File in the source; * stands for any characters.",
        "finding": "What publish check calls it, the word in brackets at the end of its line.",
        "reason": "Why it is harmless.",
    },
    "Timer": {
        "command": "Words of the command; the first is php or a file of the tree.",
        "calendar": "When, as systemd's OnCalendar: daily, *:0/5, Mon..Fri 07:30.",
    },
    "Worker": {"command": "Words of the command; the first is php or a file of the tree."},
    "Lifecycle": {
        "upgrade_from": "Versions this one may follow directly; empty for any.",
        "change": "What changes in comparison with the release before: code, config, or the data (migrate).",
        "security": "Whether it mends a security hole: regions then take it during a freeze too.",
        "migrations": "What its migrations cost.",
        "notices": "What operators must read before they upgrade.",
    },
    "Migrations": {
        "reversible": "Whether they can be undone; otherwise the restore point brings the data back.",
        "backup_required": "Whether a restore point must be made first.",
        "minutes_per_gb": "How long they take per GB of database.",
    },
}
