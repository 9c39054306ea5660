"""`muster secrets`: what is encrypted in the database."""

from __future__ import annotations

import typer

from service.commands.common import FAILED, DatabaseOption, fail, services_for
from service.db import sealing
from service.db.keyring import keyring_of

app = typer.Typer(help="The secrets of sources and destinations in the database.", no_args_is_help=True)


@app.command()
def encrypt(database: DatabaseOption = None) -> None:
    """Encrypt with the newest key of MUSTER_ENCRYPTION_KEYS what is in clear, or under an older key.

    Afterwards older keys can be taken out of the setting. May run while all is served.
    """
    with services_for(database) as services:
        with services.database.read() as connection:
            if not keyring_of(connection).encrypts:
                fail(
                    "There is no key to encrypt with: set MUSTER_ENCRYPTION_KEYS or MUSTER_SECRET_KEY", FAILED
                )
        changed = services.database.transact(sealing.reseal)
    typer.echo(f"{changed} rows encrypted anew")
