"""A database's dump, and the database as it was at that moment."""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from .real import Databases, Worker


class DumpMixin:
    """For a RealDatabaseCase: ``dump`` now, ``restore`` later."""

    def dump(self):
        """Dump the database, as an administrator does each night."""
        folder = self.enterContext(TemporaryDirectory())
        self.dump_file = Path(folder, "dump")
        self._run("pg_dump", "-Fc", "-f", str(self.dump_file), self.database)

    def restore(self):
        """Make the database what it was when it was dumped; work on there."""
        cls = type(self)
        cls.worker.stop()
        postgres = Databases.from_environment().postgres
        postgres.dropdb(self.database)
        postgres.createdb(self.database)
        self._run("pg_restore", "--no-owner", "-d", self.database, str(self.dump_file))
        cls.worker = Worker(self.database)
        cls.addClassCleanup(cls.worker.stop)

    def _run(self, program, *arguments):
        dsn = Databases.from_environment().postgres.dsn(self.database)
        at = ["-h", dsn["host"], "-p", str(dsn["port"]), "-U", dsn["user"]]
        subprocess.run([program, *at, *arguments], check=True, capture_output=True)
