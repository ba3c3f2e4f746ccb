"""The certificate with which the emulator serves https, made by itself.

An authority is made that signs one certificate, and its private key is then forgotten: who trusts the authority trusts
this emulator, and nobody can sign anything else in its name. Both are made anew when the certificate expires or does
not hold a name that it needs.
"""

from __future__ import annotations

import ipaddress
import secrets
import shutil
import ssl
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Optional

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ._private import make_folder, write

__all__ = ["serving"]

_LIFETIME = timedelta(days=800)
"""Some systems take no certificate that lasts longer than 825 days."""
_LAST_DAYS = timedelta(days=7)
"""A certificate that has no longer to go is not begun with."""
_ALWAYS = ("localhost", "127.0.0.1", "::1")
_AUTHORITY = "authority.pem"
_SERVER = "server.pem"


@contextmanager
def serving(names: Iterable[str], folder: Optional[Path]) -> Generator[tuple[ssl.SSLContext, Path], None, None]:
    """How to serve https under some names, and the file that clients must trust.

    :param names: Host names and addresses, besides those of loopback.
    :param folder: Keeps the certificate and its key for the next time, for its owner's eyes alone. Without it the file
        to trust goes when the context ends, and the private key is on the disk for a moment only.
    """
    wanted = {*_ALWAYS, *names}
    if folder is not None:
        make_folder(folder)
        yield _load(folder, wanted), folder / _AUTHORITY
        return
    temporary = Path(tempfile.mkdtemp(prefix="azure-batch-tls-"))
    try:
        context = _load(temporary, wanted)
        (temporary / _SERVER).unlink()
        yield context, temporary / _AUTHORITY
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _load(folder: Path, wanted: set[str]) -> ssl.SSLContext:
    """The certificate that is in a folder, after it was renewed if need be."""
    names = [_general_name(name) for name in sorted(wanted)]
    kept = _kept(folder)
    if kept is not None:
        missing = [name for name in names if name not in kept[1]]
        if not missing:
            return kept[0]
        names = [*kept[1], *missing]
    _make(folder, names)
    return _context(folder)


def _context(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(folder / _SERVER)
    return context


def _kept(folder: Path) -> Optional[tuple[ssl.SSLContext, list[x509.GeneralName]]]:
    """The certificate that a folder keeps, and the names in it; None when there is none that can be used."""
    try:
        authority = x509.load_pem_x509_certificate((folder / _AUTHORITY).read_bytes())
        server = x509.load_pem_x509_certificate((folder / _SERVER).read_bytes())
        server.verify_directly_issued_by(authority)
        names = list(server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
        context = _context(folder)
    except (OSError, ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return None  # missing, cut off, another's: whatever it is, a new one helps
    lasts = server.not_valid_after_utc >= datetime.now(timezone.utc) + _LAST_DAYS
    return (context, names) if lasts else None


def _make(folder: Path, names: Iterable[x509.GeneralName]) -> None:
    """Write an authority, and a certificate with its key, into a folder."""
    # Trusted beside an earlier one, an authority must not be taken for it.
    issuer = _name(f"azure.batch.emulator {secrets.token_hex(4)}")
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority_public = authority_key.public_key()
    authority = (
        _builder(issuer, issuer, authority_public)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .sign(authority_key, SHA256())
    )
    server = (
        _builder(_name("azure.batch.emulator"), issuer, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_public), critical=False)
        .sign(authority_key, SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write(folder / _SERVER, private + server.public_bytes(Encoding.PEM))
    write(folder / _AUTHORITY, authority.public_bytes(Encoding.PEM))


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # for clients whose clock is a little behind
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
