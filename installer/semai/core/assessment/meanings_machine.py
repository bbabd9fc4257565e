"""What findings about the line to a host, its system and its hardware mean. Data for messages, docs and reports."""

from __future__ import annotations

from semai.core.assessment.finding import Meaning
from semai.messages import N_

LINE = {
    "host-unreachable": Meaning(
        "bad",
        N_("does not answer over SSH: {said}"),
        N_("semai works through SSH alone; a host that is off or behind a closed firewall cannot be judged."),
        N_("ssh {user}@{address}"),
        "man ssh",
    ),
    "host-key-changed": Meaning(
        "bad",
        N_("shows another host key than the one known here"),
        N_(
            "Either the machine was installed anew, or somebody stands between: compare the fingerprint at the "
            "machine's own console before you trust the new key."
        ),
        N_("on its console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub; then here: ssh-keygen -R {address}"),
        "man ssh-keygen",
    ),
    "host-key-unknown": Meaning(
        "bad",
        N_("its host key is not known here yet"),
        N_("semai never accepts a key unseen: connect once yourself and compare the fingerprint."),
        N_("ssh {user}@{address}"),
        "man sshd",
    ),
    "login-refused": Meaning(
        "bad",
        N_("lets {user} not log in: {said}"),
        N_("semai logs in with an SSH key, never with a typed password."),
        N_("ssh-copy-id {user}@{address}"),
        "man ssh-copy-id",
    ),
    "python-unusable": Meaning(
        "warn",
        N_("has no usable Python: {said}"),
        N_(
            "Ansible needs Debian's package python3 on the host; python3-minimal is not enough. Only basics could "
            "be measured: run semai assess again afterwards."
        ),
        N_("sudo apt-get install -y python3"),
        "https://packages.debian.org/python3",
    ),
    "measure-failed": Meaning(
        "bad",
        N_("answers, but could not be measured: {said}"),
        N_("Something on the host keeps Ansible from working, often a full /tmp or a home folder that is missing."),
        N_("ansible {host} -m ping, with the region's hosts.yml"),
    ),
    "line-far": Meaning(
        "warn",
        N_("takes {found} ms for one question"),
        N_("Everything works but takes long: a run asks a host 10 to 40 questions."),
        N_("work from a controller that is nearer to the host"),
    ),
    "line-slow": Meaning(
        "warn",
        N_("receives {found} MB a second"),
        N_("Sending the apps takes minutes; nothing is lost when the line breaks, the rest is sent again."),
        N_("apply at a quiet hour, or from a controller in the same network"),
    ),
}

RIGHTS = {
    "sudo-missing": Meaning(
        "bad",
        N_("has no sudo, and {user} is not root"),
        N_("Packages, users and services are made by the administrator."),
        N_("as root: apt-get install -y sudo && adduser {user} sudo"),
        "man sudoers",
    ),
    "sudo-refused": Meaning(
        "bad",
        N_("does not let {user} become the administrator: {said}"),
        N_("Packages, users and services are made by the administrator."),
        N_("as root: echo '{user} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/semai; chmod 440 /etc/sudoers.d/semai"),
        "man sudoers",
    ),
    "sudo-password": Meaning(
        "bad",
        N_("asks {user} for a password before sudo, and hosts.yml gives none"),
        N_("semai never stops in the middle to ask."),
        N_("put ansible_become_password into the vault, or allow {user} sudo without a password"),
        "man sudoers",
    ),
    "sudo-password-wrong": Meaning(
        "bad",
        N_("refuses the sudo password of hosts.yml: {said}"),
        N_("After some wrong tries many hosts lock the account."),
        N_("correct ansible_become_password in the vault"),
    ),
    "partly-unknown": Meaning(
        "note",
        N_("not everything could be seen without sudo: the programs behind some ports"),
        N_("Ports of other users' programs are listed without a name."),
        N_("sudo ss -ltnp"),
    ),
    "selinux-enforcing": Meaning(
        "warn",
        N_("SELinux is enforcing"),
        N_("The roles are proved with AppArmor, Debian's and Ubuntu's own; SELinux may stop a unit."),
        N_("sudo setenforce 0, and after the first apply look at: sudo ausearch -m avc"),
        "man selinux",
    ),
}

SYSTEM = {
    "os-unsupported": Meaning(
        "bad",
        N_("runs {found}, which semai does not support"),
        N_("The roles are proved on the supported releases only: {allowed}."),
        N_("install one of: {allowed}"),
        "https://www.debian.org/releases/",
    ),
    "os-ended": Meaning(
        "bad",
        N_("runs {found}, which has had no security updates since {until}"),
        N_("A server with data of citizens must not run without security updates."),
        N_("move to one of: {allowed}"),
        "https://wiki.debian.org/LTS",
    ),
    "os-ends-soon": Meaning(
        "warn",
        N_("runs {found}, whose security updates end on {until}"),
        N_("Plan the move to a newer release in the next budget; the apps move along by backup and restore."),
        N_("plan the upgrade before {until}"),
        "https://wiki.debian.org/LTS",
    ),
    "os-in-lts": Meaning(
        "note",
        N_("runs {found}, which is in its long-term phase: security updates until {until}"),
        N_("Fewer people mend it than the current release; for a new server take the newer one."),
        N_("nothing now; plan the move before {until}"),
        "https://wiki.debian.org/LTS",
    ),
    "machine-unsupported": Meaning(
        "bad",
        N_("has a processor of type {found}; programs are built for {allowed}"),
        N_("Catalogs carry programs for these types only."),
        N_("use a 64-bit machine: {allowed}"),
    ),
    "no-systemd": Meaning(
        "bad",
        N_("does not run systemd"),
        N_("Apps run as systemd units; a container without systemd cannot keep them."),
        N_("use a virtual machine or a container with systemd"),
    ),
    "cpus-few": Meaning(
        "warn",
        N_("has {found} processor; {advised} are advised"),
        N_("Pages get slow while a backup or an update runs."),
        N_("give the virtual machine {advised} processors"),
    ),
    "memory-small": Meaning(
        "bad",
        N_("has {found} MB of memory; at least {needed} MB are needed"),
        N_("The system, a database and one app do not fit: the kernel would end programs."),
        N_("give the machine {advised} MB or more"),
    ),
    "memory-tight": Meaning(
        "warn",
        N_("has {found} MB of memory; {advised} MB are advised"),
        N_("It is enough for one or two small apps."),
        N_("give the machine {advised} MB or more"),
    ),
    "swap-missing": Meaning(
        "warn",
        N_("has no swap and {found} MB of memory"),
        N_("A short peak ends a program instead of slowing it down."),
        N_(
            "sudo fallocate -l 1G /swapfile && sudo chmod 600 /swapfile && sudo mkswap /swapfile "
            "&& sudo swapon /swapfile"
        ),
        "man swapon",
    ),
    "disk-full": Meaning(
        "bad",
        N_("has {found} MB free in {path}; at least {needed} MB are needed"),
        N_(
            "Space is the first cause of lost apps; room in another folder does not help when {path} is a disk "
            "of its own."
        ),
        N_("sudo apt-get clean; sudo journalctl --vacuum-size=100M; see what takes the room: sudo du -xhd1 {path}"),
        "man df",
    ),
    "disk-tight": Meaning(
        "warn",
        N_("has {found} MB free in {path}; {advised} MB are advised"),
        N_("It is enough to install, not for a year of work."),
        N_("enlarge the disk of {path}"),
        "man df",
    ),
    "inodes-few": Meaning(
        "bad",
        N_("has only {found} percent of the inodes of {path} left"),
        N_("The disk counts as full although it has room: no more files can be made."),
        N_("find folders with very many files: sudo du --inodes -xd1 {path} | sort -n"),
        "man df",
    ),
    "inodes-tight": Meaning(
        "warn",
        N_("has {found} percent of the inodes of {path} left"),
        N_("Without inodes no more files can be made, whatever room there is."),
        N_("find folders with very many files: sudo du --inodes -xd1 {path} | sort -n"),
        "man df",
    ),
    "disk-read-only": Meaning(
        "bad",
        N_("{path} is mounted read-only"),
        N_("After errors Linux stops writing to a disk to save what is there: look at the disk first."),
        N_("sudo dmesg | grep -i error; findmnt {path}"),
        "man mount",
    ),
    "clock-wrong": Meaning(
        "bad",
        N_("its clock differs from this machine's by {found}"),
        N_("Certificates, signatures and backups carry times: with a wrong clock they are refused or expire."),
        N_("sudo timedatectl set-ntp false; sudo timedatectl set-time '{now}'; sudo timedatectl set-ntp true"),
        "man timedatectl",
    ),
    "clock-off": Meaning(
        "warn",
        N_("its clock differs from this machine's by {found}"),
        N_("Logs of several machines do not fit together; the difference may grow."),
        N_("sudo timedatectl set-ntp true"),
        "man timedatectl",
    ),
    "clock-unkept": Meaning(
        "warn",
        N_("nobody keeps its clock right"),
        N_("A clock that drifts breaks certificates and logins some months later; apply installs a time service."),
        N_("sudo apt-get install -y systemd-timesyncd && sudo timedatectl set-ntp true"),
        "man timedatectl",
    ),
    "reboot-pending": Meaning(
        "warn",
        N_("waits for a restart since an update"),
        N_("The new kernel or library is installed but not in use yet."),
        N_("sudo systemctl reboot"),
    ),
}
