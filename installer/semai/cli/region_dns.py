"""What `semai region show --dns` prints: a zone's records on stdout, and how to trust the region's authority."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from semai.cli.console import note, show_json
from semai.messages import N_

if TYPE_CHECKING:
    from semai.operations.region_names import Names


def show_names(names: Names, *, as_json: bool) -> None:
    """Print records and certificate so that they can be copied; what to do with them goes to the log."""
    if as_json:
        show_json(
            {
                "records": [asdict(record) for record in names.records],
                "certificates": names.source,
                "authority": asdict(names.authority) if names.authority else None,
            }
        )
        return
    if not names.records:
        note(N_("no app is selected yet; next: semai add APP"))
    for record in names.records:
        value = f"{record.value}." if record.type == "CNAME" else record.value
        click.echo(f"{record.name}. IN {record.type} {value}")
    if names.authority is not None:
        click.echo("")
        click.echo(names.authority.certificate, nl=False)
        note(
            N_("this is the certificate of {name}, valid until {ends}"),
            name=names.authority.name,
            ends=names.authority.ends,
        )
        note(N_("its SHA-256 fingerprint: {fingerprint}"), fingerprint=names.authority.fingerprint)
        note(
            N_(
                "save it as semai-ca.crt and let every computer that opens the apps trust it: Debian and Ubuntu: "
                "/usr/local/share/ca-certificates, then update-ca-certificates; Windows: import it into Trusted "
                "Root Certification Authorities; Firefox: Settings, Certificates, Authorities, Import"
            )
        )
    elif names.source == "region-ca":
        note(N_("the region's CA certificate is made by: semai lock"))
