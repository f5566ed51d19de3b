"""Encryption of secrets at rest, under a key that is not in the database.

The key is the option ``mobilepay_secret_key`` of odoo.conf, else the file
``account_mobilepay.key`` (mode 0600) in Odoo's data folder, made when the
first secret is stored. Either may hold several Fernet keys, separated by
commas or line ends: the first one encrypts, all of them decrypt, so a key is
rotated by putting a new one in front and encrypting everything anew.
"""

import functools
import os
import secrets
import tempfile
from contextlib import contextmanager
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from odoo.tools import config

OPTION = "mobilepay_secret_key"
FILE_NAME = "account_mobilepay.key"


class KeyMissing(Exception):
    """The key that encrypted a secret is not on this machine."""


def encrypt(text, *, make_key=True):
    """Return ``text`` as ciphertext (ASCII).

    :param make_key: whether a key file is made where there is no key at all; not
        where something is encrypted already, whose key will be put back there
    :raises KeyMissing: there is no key, or the configured one is no Fernet key
    """
    if make_key and not _key_text():
        _make_key_file()
    return _fernet().encrypt(text.encode()).decode()


def decrypt(ciphertext):
    """Return the text behind ``ciphertext``.

    :raises KeyMissing: there is no key here, or it is another one
    """
    with _known_key():
        return _fernet().decrypt(ciphertext.encode()).decode()


def encrypt_anew(ciphertext):
    """Return the same text under the first key, whichever of them it is under.

    :raises KeyMissing: there is no key here, or none of them opens it
    """
    with _known_key():
        return _fernet().rotate(ciphertext.encode()).decode()


@contextmanager
def _known_key():
    """Say that what is not opened was encrypted under another key."""
    try:
        yield
    except InvalidToken as error:
        raise KeyMissing(
            f"The key on this machine is not the one that encrypted the "
            f"MobilePay secrets of this database ({_where()})."
        ) from error


def decoy():
    """Return a ciphertext of nothing, as long as one of a callback secret.

    Decrypting it takes as long as decrypting a secret, and fails where that does.
    """
    return _decoy(_key_text())


@functools.lru_cache(maxsize=1)
def _decoy(_keys):
    try:
        return _fernet().encrypt(secrets.token_urlsafe(48).encode()).decode()
    except KeyMissing:
        return ""


def _fernet():
    return _fernet_of(_key_text())


# the last one only: a rotated key is another text
@functools.lru_cache(maxsize=1)
def _fernet_of(text):
    keys = text.replace(",", "\n").split()
    if not keys:
        raise KeyMissing(f"There is no key for MobilePay secrets ({_where()}).")
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise KeyMissing(
            f"The key for MobilePay secrets is not a Fernet key ({_where()})."
        ) from error


def _where():
    return f"option {OPTION} of odoo.conf, or file {FILE_NAME} in Odoo's data folder"


def _key_text():
    configured = config.get(OPTION)
    if configured:
        return configured
    path = _key_path()
    return path.read_text("ascii") if path.exists() else ""


def _key_path():
    return Path(config["data_dir"]) / FILE_NAME


def _make_key_file():
    """Write a new key whole and only once, whoever else does so at this moment."""
    path = _key_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp makes the file with mode 0600
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(Fernet.generate_key())
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            # another worker was first: its key is the key
            return
    finally:
        os.unlink(temporary)
