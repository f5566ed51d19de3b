"""What is in a database, table by table, to be compared before and after."""

#: what an accountant's books consist of, and what hangs on them
BOOKS = (
    "account_account",
    "account_bank_statement_line",
    "account_full_reconcile",
    "account_journal",
    "account_move",
    "account_move__account_payment",
    "account_move_line",
    "account_partial_reconcile",
    "account_payment",
    "account_tax",
    "res_company",
)
OWN_TABLES = """
    SELECT table_name FROM information_schema.tables
     WHERE table_name LIKE 'mobilepay%%' AND table_type = 'BASE TABLE' ORDER BY 1
"""
COLUMNS = """
    SELECT column_name FROM information_schema.columns
     WHERE table_name = %s AND column_name NOT LIKE 'mobilepay%%'
       AND column_name <> 'payment_method_id'
  ORDER BY 1
"""
ROWS = """
    SELECT count(*), md5(string_agg(row::text, E'\\n' ORDER BY row::text))
      FROM (SELECT {columns} FROM {table}) row
"""
TRIAL_BALANCE = """
    SELECT account_id, company_id, count(*), sum(debit), sum(credit),
           sum(amount_residual), count(full_reconcile_id), count(matching_number)
      FROM account_move_line
     WHERE parent_state = 'posted' GROUP BY 1, 2 ORDER BY 1, 2
"""
ATTACHMENTS = """
    SELECT id, name, res_model, res_id, checksum FROM ir_attachment
     WHERE res_model IN ('account.move', 'account.payment') ORDER BY id
"""
CHATTER = """
    SELECT id, model, res_id, body FROM mail_message
     WHERE model IN ('account.move', 'account.payment') ORDER BY id
"""


class BooksMixin:
    """For a RealDatabaseCase: take the books down, and compare them later."""

    def taken_down(self):
        """Return number and hash of the books' rows.

        Left out are the addon's columns, and the method of a payment, which cannot
        outlive it; the payment's line on the journal, its name and account, can.
        """
        down = {}
        for table in BOOKS:
            names = [name for (name,) in self.sql(COLUMNS, table)]
            down[table] = self._rows(table, ", ".join(f'"{name}"' for name in names))
        return down

    def everything(self):
        """Return the books and all that the addon has stored, to the byte."""
        own = self.own_tables()
        self.assertGreater(len(own), 12)
        return {
            **{table: self._rows(table) for table in (*own, *BOOKS, "res_partner")},
            "trial balance": self.trial_balance(),
            "attachments": self.attachments(),
            "chatter": self.chatter(),
        }

    def own_tables(self):
        """Return the names of the addon's tables."""
        return [name for (name,) in self.sql(OWN_TABLES)]

    def trial_balance(self):
        """Return each account's debit, credit, residual and reconciliations."""
        return self.sql(TRIAL_BALANCE)

    def attachments(self):
        """Return what is attached to entries and payments."""
        return self.sql(ATTACHMENTS)

    def chatter(self):
        """Return what the chatter of entries and payments says."""
        return self.sql(CHATTER)

    def check_same(self, before, after):
        """Nothing was lost, added or changed; says which table was."""
        for name, rows in before.items():
            with self.subTest(name):
                self.assertEqual(after[name], rows)

    def _rows(self, table, columns="*"):
        return self.sql(ROWS.format(columns=columns, table=table))
