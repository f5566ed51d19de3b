"""A company whose processes die, and what must be true of it afterwards."""

from .flow_runs import end_at, record, recover
from .real import RealDatabaseCase
from .settlement.test_settlement_real import balances, name_bank

# no process is left on the database: what died has let go of its rows
ALONE = (
    "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid())"
)
REQUESTS = (
    "SELECT r.id, r.state, r.mobilepay_id, r.move_id, p.state, m.amount_residual"
    " FROM mobilepay_invoice r JOIN account_move m ON m.id = r.move_id"
    " LEFT JOIN account_payment p ON p.mobilepay_invoice_id = r.id"
    " WHERE r.move_id = ANY(%s) ORDER BY r.id"
)
# taken in a batch by these very crons: MobilePay's verdict is still to come
UNDECIDED = (
    "SELECT id FROM mobilepay_invoice"
    " WHERE state = 'sending' AND mobilepay_id IS NOT NULL"
)
UNSETTLED = (
    "SELECT t.reference, t.problem, st.mobilepay_note FROM mobilepay_transfer t"
    " LEFT JOIN account_bank_statement_line st ON st.payment_ref = t.reference"
    " WHERE t.state <> 'settled' OR t.move_id IS NULL OR st.is_reconciled IS NOT TRUE"
)
ACTIVITIES = (
    "SELECT count(*) FROM mail_activity WHERE res_model = 'mobilepay.connection'"
)
OPEN_OR_PAID = ("created", "accepted", "paid")


class CrashCase(RealDatabaseCase):
    """One company for all tests of a class; each has invoices of its own."""

    is_connected = False
    # how often a refresh token that a crash has lost was tried in vain
    in_vain = 0

    def setUp(self):
        # not the database's own: the company is connected once
        super(RealDatabaseCase, self).setUp()
        if not type(self).is_connected:
            type(self).is_connected = True
            self.control("reset")
            # callbacks are delivered by the tests
            self.control("callbacks/pause")
            self.control("settings", daily_limit=10000, access_token_seconds=86400)
            self.prepare()
        [[self.connection_id]] = self.sql("SELECT id FROM mobilepay_connection")

    def prepare(self):
        """Connect the company, whose payers may get any number of invoices a day."""
        result = super().prepare()
        self.sql("UPDATE mobilepay_connection SET max_per_day = 10000")
        self.run_real(name_bank)
        return result

    # ----------------------------------------------------------------- processes

    def record(self, flow, item):
        """Do it to the end; return the names of its boundaries."""
        item = flow.ready(self, item)
        return self.run_real(record, run=flow.run, **item.values)

    def kill(self, flow, item, end):
        """Do it in a process that is killed (-9) at a boundary, ``[name, n]``."""
        # Odoo leaves out a cron that has died three times: that is not our subject
        self.sql("DELETE FROM ir_cron_progress")
        item = flow.ready(self, item)
        [outcome] = self.race(end_at, 1, run=flow.run, end=end, **item.values)
        self.assertEqual(outcome.error, "Died", f"{outcome.message}\n{self._tail()}")
        self.wait_for(ALONE)

    def recover(self, items, news_first=(), again=True):
        """Run the crons as after a restart; then MobilePay tells all it has to say.

        :param news_first: items of which MobilePay tells before any cron runs
        """
        self.control("faults", rules=[])
        # until MobilePay has looked at what came in a batch; then its time is ours
        self.control("clock", advance_seconds=3)
        self.control("clock", reset=True)
        self.control("callbacks/flush")
        for heard in [items] if news_first == items else [news_first, items]:
            moves = [move for item in heard for move in item.moves]
            self.run_real(recover, elements=self.history(moves))
        if again and self.sql(UNDECIDED):
            self.recover(items, again=False)

    def connect_again(self):
        """A refresh token was lost: one activity asks for consent, and it is given."""
        self.run_real(recover)
        self.assertGreater(self.spent_tokens(), self.in_vain)
        type(self).in_vain = self.spent_tokens()
        self.assertEqual(self.state(), "consent_lost")
        self.assertEqual(self.sql(ACTIVITIES), [(1,)])
        self.prepare()
        self.assertEqual(self.sql(ACTIVITIES), [(0,)])

    # --------------------------------------------------------------- at MobilePay

    def at_mobilepay(self, moves):
        """Return all that MobilePay has of these invoices."""
        names = self.sql("SELECT name FROM account_move WHERE id = ANY(%s)", moves)
        # an instalment's number is the invoice's and its own
        numbers = tuple(f"{name}/" for [name] in names)
        found = self.inspect()["invoices"]
        return [one for one in found if f"{one['number']}/".startswith(numbers)]

    def mobilepay_id(self, move):
        """Return the InvoiceId of an invoice's latest request."""
        return self.at_mobilepay([move])[-1]["id"]

    def history(self, moves):
        """Return what MobilePay has to tell of these invoices."""
        return [news for one in self.at_mobilepay(moves) for news in one["history"]]

    # ------------------------------------------------------------------- checks

    def check_all_right(self, items):
        """Nothing is lost, nothing is there twice, nothing is stuck."""
        moves = [move for item in items for move in item.moves]
        rows = self.sql(REQUESTS, moves)
        theirs = {one["id"]: one for one in self.at_mobilepay(moves)}
        self.check_requests(rows, theirs)
        self.check_sent_once(moves, theirs)
        self.check_booked_once(rows)
        self.check_money()
        self.check_tokens()

    def check_requests(self, rows, theirs):
        """We know of all that MobilePay has, and in which state it is."""
        ours = {row[2]: row[1] for row in rows if row[2]}
        self.assertEqual(ours, {key: one["status"] for key, one in theirs.items()})
        for _id, state, mobilepay_id, *_rest in rows:
            if not mobilepay_id:
                self.assertIn(state, ("invalid", "canceled"), "stuck")
        ids = [row[0] for row in rows]
        self.assertEqual(
            self.sql(
                "SELECT state, status, reason FROM mobilepay_event"
                " WHERE state IN ('new', 'bad') AND request_id = ANY(%s)",
                ids,
            ),
            [],
        )

    def check_sent_once(self, moves, theirs):
        """Each invoice waits for its payer, or is paid, at most once."""
        numbers = [
            one["number"] for one in theirs.values() if one["status"] in OPEN_OR_PAID
        ]
        self.assertEqual(len(numbers), len(set(numbers)), "sent twice")

    def check_booked_once(self, rows):
        """Each paid request has one posted payment, the others have none."""
        for _id, state, _mobilepay_id, _move, payment, residual in rows:
            if state == "paid":
                self.assertIn(payment, ("paid", "in_process"))
                self.assertEqual(residual, 0)
            else:
                self.assertIsNone(payment)
        ids = [row[0] for row in rows]
        self.assertEqual(len(ids), len(set(ids)), "booked twice")

    def check_told(self, items):
        """Of each link that was made in place of another request a person knows."""
        moves = [item.moves[0] for item in items]
        told = self.sql(
            "SELECT res_id, count(*) FROM mail_activity WHERE res_model ="
            " 'account.move' AND res_id = ANY(%s) GROUP BY res_id ORDER BY res_id",
            moves,
        )
        self.assertEqual(told, [(move, 1) for move in sorted(moves)])

    def check_money(self):
        """Each transfer is entered, and matched with its bank line, once."""
        self.assertEqual(self.sql(UNSETTLED), [])
        told = self.inspect()
        theirs = [transfer["reference"] for transfer in told["transfers"]]
        ours = [ref for [ref] in self.sql("SELECT reference FROM mobilepay_transfer")]
        self.assertEqual(sorted(ours), sorted(theirs))
        owed, in_transit = self.run_real(balances)
        self.assertEqual(in_transit, 0)
        self.assertAlmostEqual(
            owed, sum(float(one["balance"]) for one in told["balances"])
        )

    def check_tokens(self):
        """The connection lives, and no spent token was used but where it was lost."""
        self.assertEqual(self.state(), "connected")
        self.assertEqual(self.spent_tokens(), self.in_vain)

    def spent_tokens(self):
        """Return how often a refresh token was used that had been used before."""
        return self.inspect()["openid"].get("refresh tokens used again", 0)

    def state(self):
        """Return the connection's state."""
        return self.sql("SELECT state FROM mobilepay_connection")[0][0]
