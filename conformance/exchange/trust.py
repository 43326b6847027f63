"""Trust: whose certificates a target may show that is asked by https.

A vendor's test system often has a certificate of an authority of its own. The declaration names the file that holds
the authority's certificate, or the environment does; what stands in it is trusted instead of the public authorities.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from conformance.errors import DeclarationError

VARIABLE: Final = "SSL_CERT_FILE"
"""Environment variable that names the file where no declaration does, as for curl, Python and many others."""


def checked_ca(path: Path) -> Path:
    """The absolute path of a file of certificates; raises DeclarationError when it holds none that can be read."""
    try:
        context_of(path)
    except ssl.SSLError as error:
        raise DeclarationError(
            f"{path} holds no certificate",
            hint="give the authority's certificate in PEM form",
        ) from error
    except OSError as error:
        raise DeclarationError(f"cannot read {path}: {error.strerror}", hint="give a file of certificates") from error
    return path.absolute()


def ca_from(environment: Mapping[str, str]) -> Path | None:
    """The file of certificates that an environment names; raises DeclarationError when it cannot be used."""
    named = environment.get(VARIABLE)
    if not named:
        return None
    try:
        return checked_ca(Path(named))
    except DeclarationError as error:
        raise DeclarationError(f"{VARIABLE}: {error.message}", hint=error.hint) from error


def context_of(ca: Path) -> ssl.SSLContext:
    """What a connection is checked by: the certificates of a file, and no others. Raises OSError."""
    return ssl.create_default_context(cafile=str(ca))
