import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from cryptography.fernet import Fernet

from odoo.exceptions import UserError
from odoo.tests import BaseCase, TransactionCase, tagged

from ...tools import vault


class VaultMixin:
    """A data folder of its own, and the option as the test sets it."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.file = self.folder / vault.FILE_NAME
        self.options = {"data_dir": folder.name}
        self.patch(vault, "config", self.options)

    def new_key(self):
        return Fernet.generate_key().decode()


@tagged("post_install", "-at_install")
class TestVault(VaultMixin, BaseCase):
    """Where the key is, and what happens when it is not there."""

    def test_key_file_is_made_for_its_owner_alone(self):
        ciphertext = vault.encrypt("blåbær")
        self.assertNotIn("blåbær", ciphertext)
        self.assertEqual(vault.decrypt(ciphertext), "blåbær")
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)

    def test_key_file_is_made_in_a_folder_that_is_not_there_yet(self):
        self.options["data_dir"] = str(self.folder / "new" / "data")
        self.assertEqual(vault.decrypt(vault.encrypt("x")), "x")

    def test_race_of_first_secrets_makes_one_key(self):
        for _round in range(10):
            self.file.unlink(missing_ok=True)
            ciphertexts, start = [], threading.Barrier(8)

            def first(found, barrier):
                barrier.wait()
                found.append(vault.encrypt("secret"))

            threads = [
                threading.Thread(target=first, args=(ciphertexts, start))
                for _number in range(8)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            opened = {vault.decrypt(ciphertext) for ciphertext in ciphertexts}
            self.assertEqual((len(ciphertexts), opened), (8, {"secret"}))
        self.assertEqual(
            [path.name for path in self.folder.iterdir()], [self.file.name]
        )

    def test_option_wins_and_no_file_is_made(self):
        self.options[vault.OPTION] = key = self.new_key()
        ciphertext = vault.encrypt("x")
        self.assertFalse(self.file.exists())
        self.assertEqual(Fernet(key).decrypt(ciphertext.encode()), b"x")

    def test_option_wins_over_a_file(self):
        vault.encrypt("makes the file")
        self.options[vault.OPTION] = key = self.new_key()
        self.assertEqual(Fernet(key).decrypt(vault.encrypt("x").encode()), b"x")

    def test_option_is_read_from_odoo_conf(self):
        key = self.new_key()
        conf = self.folder / "odoo.conf"
        conf.write_text(
            f"[options]\ndata_dir = {self.folder}\n{vault.OPTION} = {key}\n"
        )
        script = (
            "import sys, runpy; from odoo.tools import config;"
            " config.parse_config(['-c', sys.argv[1]]);"
            " print(runpy.run_path(sys.argv[2])['encrypt']('x'))"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, str(conf), vault.__file__],
            capture_output=True,
            check=True,
            timeout=60,
        )
        ciphertext = done.stdout.split()[-1]
        self.assertEqual(Fernet(key).decrypt(ciphertext), b"x")
        self.assertFalse(self.file.exists())

    def test_rotation_reads_old_and_writes_new(self):
        old, new = self.new_key(), self.new_key()
        for separator in (",", ", ", "\n"):
            self.options[vault.OPTION] = old
            before = vault.encrypt("before")
            self.options[vault.OPTION] = f"{new}{separator}{old}"
            self.assertEqual(vault.decrypt(before), "before")
            after = vault.encrypt("after")
            self.assertEqual(Fernet(new).decrypt(after.encode()), b"after")

    def test_rotation_in_the_file(self):
        before = vault.encrypt("before")
        self.file.write_text(f"{self.new_key()}\n{self.file.read_text()}\n")
        self.assertEqual(vault.decrypt(before), "before")

    def test_missing_key_is_named(self):
        ciphertext = vault.encrypt("x")
        self.file.unlink()
        with self.assertRaisesRegex(vault.KeyMissing, f"no key.*{vault.OPTION}.*file"):
            vault.decrypt(ciphertext)
        self.assertFalse(self.file.exists(), "reading must not make a key")

    def test_other_key_is_named(self):
        ciphertext = vault.encrypt("x")
        self.file.write_text(self.new_key())
        with self.assertRaisesRegex(vault.KeyMissing, "not the one that encrypted"):
            vault.decrypt(ciphertext)

    def test_key_that_is_none_is_named_and_not_shown(self):
        self.options[vault.OPTION] = "not-a-key"
        for call in (vault.encrypt, vault.decrypt):
            with self.assertRaisesRegex(vault.KeyMissing, "not a Fernet key") as caught:
                call("x")
            self.assertNotIn("not-a-key", str(caught.exception))


@tagged("post_install", "-at_install")
class TestVaultWords(VaultMixin, TransactionCase):
    """What the user reads when the key is not there: where to put it."""

    def test_secret_without_its_key(self):
        Secret = self.env["mobilepay.secret"]
        connection = self.env["mobilepay.connection"].create({"client_secret": "s3"})
        self.assertEqual(Secret._get(connection, "client"), "s3")
        for text in ("", self.new_key()):
            self.file.write_text(text)
            with self.assertRaisesRegex(UserError, "put it back.*odoo.conf.*data fold"):
                Secret._get(connection, "client")

    def test_secret_with_a_broken_key(self):
        self.options[vault.OPTION] = "not-a-key"
        with self.assertRaisesRegex(UserError, "not a Fernet key.*odoo.conf"):
            self.env["mobilepay.connection"].create({"client_secret": "s3"})
