"""Why findings of the doctor matter, in plain words, by their code. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from semai.messages import N_

MEANINGS: Mapping[str, str] = {
    "exposure-high": N_(
        "The unit lets the app reach more of the server than it needs: an intruder in this app could reach other "
        "things. Somebody may have changed or overridden the unit there."
    ),
    "exposure-unknown": N_("systemd on that server did not say how well this app is shut in."),
    "unit-failed": N_("A part of what serves the apps is down or was started in vain; pages may be missing."),
    "other-unit-failed": N_("The apps do not depend on it, but something else on the server does not work."),
    "certificate-ended": N_("Browsers refuse the site, or warn everybody who opens it."),
    "certificate-ends": N_("From that day on browsers refuse the site. `semai apply` renews what semai made."),
    "certificate-unreadable": N_("Browsers probably cannot open the site, and nobody is warned before it ends."),
    "clock-unkept": N_("The clock drifts; dates of documents become wrong and logins and certificates fail."),
    "host-clock": N_("Dates of documents are wrong, and certificates look expired or not valid yet."),
    "clock-behind": N_("An old catalog could be taken for a new one; set the clock of this machine right."),
    "system-ended": N_("It gets no security updates any more: every known hole stays open."),
    "system-ends": N_("After that day it gets no security updates; plan the change of release now."),
    "system-unknown": N_("semai is not tested there; nobody here knows how long it gets security updates."),
    "updates-security": N_("Holes that are publicly known stay open until these updates are installed."),
    "updates-unknown": N_("Whether security updates wait cannot be told without package lists."),
    "lists-old": N_("The server has not asked for updates lately: new security updates are not seen."),
    "reboot-pending": N_("Updates of the kernel or of libraries take effect only after a restart."),
    "host-disk": N_("When the disk is full, databases stop and apps lose what people type."),
    "disk": N_("This machine needs room for catalogs and releases."),
    "disk-forecast": N_(
        "Databases stop when it is full. Delete or move what is not needed, or add a disk, before."
    ),
    "verdict-missing": N_("Its timer comes with the next apply; until then nobody knows since when an app is ill."),
    "verdict-old": N_("Its timer does not run: what semai tells of past days is no longer true."),
    "run-cut": N_("A change was interrupted; the next one finishes or undoes it first."),
    "app-unwell": N_("People cannot use the app, or not all of it."),
    "app-stopped": N_("People see that the app is closed until somebody starts it."),
    "drift": N_("Somebody edited a file that semai writes; the next apply lets it be and lays its own beside it."),
    "backup-missing": N_("If the host is lost today, everything people entered in this app is lost with it."),
    "backup-old": N_("What people entered since then would be lost; two nights in a row failed."),
    "drill-missing": N_("A backup is what has been restored: nobody knows yet whether this one can be."),
    "drill-old": N_("Much has changed since; the next restore should not be the first try with what runs today."),
    "drill-failed": N_("The app could not be brought back from that backup; its certificate says why."),
    "backup-local": N_(
        "A broken disk, a fire or a thief takes apps and backups at once. Name a mounted share of another "
        "machine or a USB disk in region.yml, or copy the folder away often."
    ),
    "backup-plain": N_(
        "Whoever gets hold of that folder reads the apps' data. "
        "Install restic and name another folder in region.yml."
    ),
    "receipt-unreadable": N_("semai cannot tell what the server runs; apply writes it anew."),
    "catalog-expired": N_("The mentor has not confirmed the catalog in time; it may hold old releases."),
    "vault-password-missing": N_(
        "Without it nothing can be installed or changed; bring it back from its safe place."
    ),
    "vault-password-open": N_("Everybody who works on this machine can read all passwords of the region."),
}
