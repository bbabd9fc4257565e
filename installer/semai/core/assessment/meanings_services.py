"""What findings about ports, packages, names and apps mean. Data for messages, docs and reports."""

from __future__ import annotations

from semai.core.assessment.finding import Meaning
from semai.core.assessment.meanings_machine import LINE, RIGHTS, SYSTEM
from semai.messages import N_

SERVICES = {
    "port-held": Meaning(
        "bad",
        N_("port {port}, needed for {purpose}, is held by {holder}"),
        N_("Two programs cannot listen at one port; semai does not end programs it did not start."),
        N_("{remedy}"),
        "man ss",
    ),
    "nginx-there": Meaning(
        "warn",
        N_("an nginx runs already"),
        N_("semai adds its sites to it and leaves the others; a default site of its own may catch names."),
        N_("look at: sudo nginx -T | grep server_name"),
        "man nginx",
    ),
    "web-server-there": Meaning(
        "warn",
        N_("{program} runs as well"),
        N_("It takes memory and may take ports 80 and 443 after the next restart."),
        N_("if nothing needs it: sudo systemctl disable --now {program}"),
    ),
    "database-there": Meaning(
        "warn",
        N_("a {program} runs already"),
        N_("semai makes databases and roles of its own in it and tunes its memory; make a backup first."),
        N_("{remedy}"),
    ),
    "docker-there": Meaning(
        "warn",
        N_("Docker runs as well"),
        N_("Docker writes firewall rules of its own: ports it publishes are open whatever the firewall says."),
        N_("list published ports: sudo docker ps --format '{{{{.Names}}}} {{{{.Ports}}}}'"),
        "https://docs.docker.com/engine/network/packet-filtering-firewalls/",
    ),
    "firewall-there": Meaning(
        "warn",
        N_("{program} keeps the firewall"),
        N_("semai writes nftables rules; two keepers undo one another's rules."),
        N_("sudo systemctl disable --now {program}, or common_firewall: false in hosts.yml"),
    ),
    "dpkg-broken": Meaning(
        "bad",
        N_("dpkg did not finish: {packages}"),
        N_("No package can be installed until this is settled."),
        N_("sudo dpkg --configure -a && sudo apt-get -f install"),
        "man dpkg",
    ),
    "dpkg-busy": Meaning(
        "warn",
        N_("{program} (process {pid}) works with packages right now"),
        N_("Often unattended updates after a start: it ends by itself."),
        N_("wait some minutes, then run: semai assess"),
    ),
    "lists-old": Meaning(
        "warn",
        N_("its package lists are {found} days old"),
        N_("What updates wait cannot be told; packages of old lists may be gone from the mirror."),
        N_("sudo apt-get update"),
        "man apt-get",
    ),
    "lists-missing": Meaning(
        "warn",
        N_("its package lists were never fetched"),
        N_("What updates wait cannot be told; apply fetches the lists before it installs."),
        N_("sudo apt-get update"),
        "man apt-get",
    ),
    "security-updates": Meaning(
        "warn",
        N_("{count} security updates wait"),
        N_("Known holes are open until they are installed; apply switches automatic updates on."),
        N_("sudo apt-get update && sudo apt-get upgrade"),
        "https://www.debian.org/security/",
    ),
    "mirror-unreachable": Meaning(
        "warn",
        N_("cannot reach its package mirror {url}: {said}"),
        N_("Debian packages cannot be fetched: mend the line or the proxy, or install without internet."),
        N_("look at: sudo apt-get update; without internet: semai export --to DIR, then semai import DIR"),
        "man apt.conf",
    ),
}

NAMES = {
    "domain-missing": Meaning(
        "warn",
        N_("region.yml names no domain"),
        N_("Sites are called <app>.<domain>; without a domain nobody finds them."),
        N_("write domain in region.yml, for example manggaraikab.go.id"),
    ),
    "name-unknown": Meaning(
        "warn",
        N_("no address in the DNS for {names}, as seen from {where}"),
        N_(
            "Apps can be installed; people cannot open them, and ACME gives no certificate, until the record "
            "is there."
        ),
        N_("ask the keeper of the domain for: {records}"),
        "semai region show --dns",
    ),
    "name-elsewhere": Meaning(
        "warn",
        N_("{names} leads to {found} as seen from {where}, not to {address}"),
        N_("People would open another machine. Behind a NAT or a reverse proxy this may be right."),
        N_("ask the keeper of the domain for: {records}"),
        "semai region show --dns",
    ),
    "mentor-unreachable": Meaning(
        "warn",
        N_("this machine cannot reach the catalog of {mentor} at {url}: {said}"),
        N_("What is fetched already installs; updates and missing files wait for the line. Hosts need no mentor."),
        N_("mend the line, or take the catalog from a USB disk: semai mentor add file:///…"),
    ),
}

PLACES = {
    "database-tight": Meaning(
        "warn",
        N_("{path} has {found} MB free for databases, which take {needed} MB with {users} users after a year"),
        N_("A full disk stops the database and with it every app."),
        N_("enlarge the disk of {path}"),
        "man df",
    ),
    "carries-too-much": Meaning(
        "warn",
        N_("hosts.yml lets it carry apps for {needed} MB of memory and {disk} MB of disk; it can give {memory} MB"),
        N_("An app host carries every app unless semai_carries names some; together they do not fit."),
        N_("in hosts.yml, below {host}: semai_carries: [{apps}]"),
        "hosts.yml",
    ),
}

APPS = {
    "app-no-release": Meaning(
        "bad",
        N_("no release of it may be installed: {reason}"),
        N_("The mentor's catalog offers nothing that suits."),
        N_("semai catalog update && semai catalog show {app}"),
    ),
    "app-unfit": Meaning(
        "bad",
        N_("release {version} fits no host: {reason}"),
        N_("The mentor built this release for other systems."),
        N_("semai catalog show {app}"),
    ),
    "app-no-room": Meaning(
        "bad",
        N_("no host has room: it takes {memory} MB of memory and {disk} MB of disk to start"),
        N_("Other apps and services take the rest of every host's memory and disk."),
        N_("give a host more memory or disk, add a host in hosts.yml, or choose fewer apps"),
    ),
    "app-host-not-ready": Meaning(
        "bad",
        N_("waits for a host that is ready: {hosts}"),
        N_("The findings of the host come first; nothing is wrong with the app itself."),
        N_("settle what is said about {hosts}, then run: semai assess"),
    ),
    "app-tight": Meaning(
        "warn",
        N_("can be installed on {host}, which has no room for {users} users and a year of growth"),
        N_("It starts well and runs out of memory or disk when everybody works in it."),
        N_("give {host} more: {more}"),
    ),
}

MEANINGS: dict[str, Meaning] = {**LINE, **RIGHTS, **SYSTEM, **SERVICES, **NAMES, **PLACES, **APPS}
