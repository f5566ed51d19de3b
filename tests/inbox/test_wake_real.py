"""News wake the processor once, and never once too few."""

from contextlib import closing

from psycopg2.errors import LockNotAvailable

from odoo.tests import tagged

from ..real import RealDatabaseCase

CLEAR = "DELETE FROM ir_cron_trigger WHERE cron_id = %s"


def cron_id(env):
    return env.ref("account_mobilepay.cron_process").id


def wake(env):
    env["mobilepay.connection"].sudo()._wake_processor()


def wake_while_a_run_begins(env):
    """Wake it; return whether a run that begins now waits until this is committed."""
    wake(env)
    with closing(env.registry.cursor()) as other:
        other.execute("SET LOCAL lock_timeout = '200ms'")
        try:
            other.execute(CLEAR, [cron_id(env)], log_exceptions=False)
        except LockNotAvailable:
            return True
    return False


def link_while_another_run_does(env):
    """Return whether a run waits until another has committed what it links."""
    with closing(env.registry.cursor()) as other:
        env(cr=other)["mobilepay.processor"]._assign_in_turn()
        env.cr.execute("SET LOCAL lock_timeout = '200ms'")
        try:
            env["mobilepay.processor"]._assign_in_turn()
        except LockNotAvailable:
            return True
    return False


@tagged("post_install", "-at_install")
class TestWake(RealDatabaseCase):
    def setUp(self):
        super().setUp()
        self.cron_id = self.run_real(cron_id)
        self.sql(CLEAR, self.cron_id)

    def calls(self):
        counted = "SELECT count(*) FROM ir_cron_trigger WHERE cron_id = %s"
        [[number]] = self.sql(counted, self.cron_id)
        return number

    def test_runs_link_one_after_the_other(self):
        # protects: inbox/mobilepay_processor.py: _assign_in_turn /
        # pg_advisory_xact_lock
        self.assertTrue(self.run_real(link_while_another_run_does))

    def test_one_call_is_enough(self):
        # protects: inbox/mobilepay_connection.py: _wake_processor / if
        # not
        self.run_real(wake)
        self.run_real(wake)
        self.assertEqual(self.calls(), 1)

    def test_a_call_for_later_is_none_for_now(self):
        # protects: inbox/mobilepay_connection.py: _is_called / call_at <=
        # %s
        self.run_real(wake)
        self.sql("UPDATE ir_cron_trigger SET call_at = '2999-01-01'")
        self.run_real(wake)
        self.assertEqual(self.calls(), 2)

    def test_a_run_that_has_begun_may_have_looked_already(self):
        # protects: inbox/mobilepay_connection.py: _is_called / SKIP
        # LOCKED
        self.run_real(wake)
        with self.raw() as running:
            with running.cursor() as cr:
                cr.execute(CLEAR, [self.cron_id])
            self.run_real(wake)
            running.commit()
        self.assertEqual(self.calls(), 1, "the call that came meanwhile")

    def test_a_run_that_begins_now_waits_for_the_news(self):
        # protects: inbox/mobilepay_connection.py: _is_called / FOR KEY
        # SHARE
        self.run_real(wake)
        self.assertTrue(self.run_real(wake_while_a_run_begins))
        self.assertEqual(self.calls(), 1)
