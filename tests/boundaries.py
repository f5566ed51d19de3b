"""The boundaries of a process: after each, a crash leaves another world behind.

A boundary is a commit that wrote something (more than what Odoo notes of a cron's
progress), or an answer that MobilePay gave. They are named by the method of the addon
that reached them, so that a test can say at which one a process ends. Runs in a fork
of ``real_worker.py``: what is changed here ends with that process, and the addon
knows nothing of it.
"""

import os
import re
import signal
import sys

import requests

from odoo import sql_db

ADDON = "odoo.addons.account_mobilepay."
ROOMS = tuple(ADDON + room for room in ("models.", "controllers.", "wizard."))
CRON = "odoo.addons.base.models.ir_cron"
# commits for others: their caller is meant
COMMITTERS = {"_commit", "_commit_progress", "_keep_outcome"}
# what Odoo runs after a commit, in transactions of its own
AFTERWARDS = "odoo.tools.misc"
# Odoo's own book-keeping of crons and caches, nothing of ours is in it
NOT_OURS = {
    "_run_job",
    "method_direct_trigger",
    "signal_changes",
    "work",
    "pauses_over",
}
WRITE = re.compile(rb'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)')
NOTHING = {b"ir_cron", b"ir_cron_progress"}
# no method of ours: the end of what a person, or MobilePay, asked Odoo for
REQUEST = "the request's own commit"
JOB = "the job's own commit"


class Boundaries:
    """Notes the boundaries that this process reaches, by name, in ``names``.

    :param end: ``[name, n]``: the process is killed (-9) right after the n-th
        boundary of that name
    :param stumble: at the first commit of each name PostgreSQL refuses what was
        written, as another transaction was faster; what stumbled is in
        ``stumbled``
    """

    def __init__(self, end=None, stumble=False):
        self.names = []
        self.stumbled = set()
        self._end = end
        self._stumble = stumble
        self._written = set()

    def watch(self):
        """Begin, for the rest of this process's life."""
        self._watch_execute(sql_db.Cursor.execute)
        self._watch_commit(sql_db.Cursor.commit)
        self._watch_rollback(sql_db.Cursor.rollback)
        self._watch_send(requests.Session.send)

    def _watch_execute(self, execute):
        def watched(cr, *args, **options):
            result = execute(cr, *args, **options)
            found = WRITE.match(cr._obj.query or b"")
            if found and found[1] not in NOTHING and cr._obj.rowcount:
                self._written.add(id(cr))
            return result

        sql_db.Cursor.execute = watched

    def _watch_commit(self, commit):
        def watched(cr):
            cr.flush()
            name = _place() if id(cr) in self._written else None
            if name and self._stumble and name not in self.stumbled:
                self.stumbled.add(name)
                collide(cr)
            commit(cr)
            self._written.discard(id(cr))
            if name:
                self._reach(name)

        sql_db.Cursor.commit = watched

    def _watch_rollback(self, rollback):
        def watched(cr):
            self._written.discard(id(cr))
            return rollback(cr)

        sql_db.Cursor.rollback = watched

    def _watch_send(self, send):
        def watched(session, request, **options):
            answer = send(session, request, **options)
            self._reach(f"{_place()} {request.method}")
            return answer

        requests.Session.send = watched

    def _reach(self, name):
        self.names.append(name)
        if self._end == [name, self.names.count(name)]:
            os.kill(os.getpid(), signal.SIGKILL)


def collide(cr):
    """Have PostgreSQL refuse the transaction: another one was faster.

    :raises SerializationFailure: a real one
    """
    query = "UPDATE res_country SET write_date = write_date WHERE code = 'AQ'"
    # the snapshot is taken
    cr.execute("SELECT 1")
    other = sql_db.db_connect(cr.dbname).cursor()
    other._obj.execute(query)
    other._cnx.commit()
    other.close()
    cr.execute(query, log_exceptions=False)


def _place():
    """Return which method of the addon is at work, None for Odoo's own commits."""
    frame = sys._getframe(2)
    while frame:
        module, method = frame.f_globals.get("__name__", ""), frame.f_code.co_name
        frame = frame.f_back
        if method in NOT_OURS or (module == AFTERWARDS and method == "run"):
            return None
        if method in COMMITTERS or method.startswith("<"):
            continue
        if module == CRON and method == "_callback":
            return JOB
        if module.startswith(ROOMS):
            return f"{module.removeprefix(ADDON).partition('.')[2]}.{method}"
    return REQUEST
