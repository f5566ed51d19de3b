"""Many times the same books: copies of all rows, made by SQL.

A copy of an invoice has copies of its lines, payments, reconciliations, requests and
news, each with an id and with names of its own; customers, accounts and journals stay
the same. What points from a copied row to a copied row points to the same copy.
These functions run inside an Odoo process; ``env`` is Odoo's.
"""

from __future__ import annotations

from typing import Any

from psycopg2 import sql

# in this order: what an expression looks up in another table must be there
TABLES = (
    "account_move",
    "account_full_reconcile",
    "account_bank_statement_line",
    "account_payment",
    "account_move_line",
    "account_partial_reconcile",
    "mobilepay_transfer",
    "mobilepay_invoice",
    "mobilepay_transaction",
    "mobilepay_event",
)
# columns whose copies are not the same as what they are copied from; t is the row,
# k the number of the copy, {step} the distance between the copies' ids
NUMBER = "t.sequence_number + k * {numbers}"
# at least five digits, as Odoo writes them
NAME = f"t.sequence_prefix || to_char({NUMBER}, 'FM99999900000')"
MOVE_NAME = "(SELECT m.name FROM account_move m WHERE m.id = t.move_id + k * {step})"
MARKED = "t.{column} || 'X' || k"
DIFFERENT: dict[str, dict[str, str]] = {
    "account_move": {
        "name": f"CASE WHEN t.sequence_prefix IS NULL THEN t.name ELSE {NAME} END",
        "sequence_number": NUMBER,
        "access_token": "NULL",
    },
    "account_move_line": {
        "move_name": MOVE_NAME,
        "matching_number": "COALESCE((t.full_reconcile_id + k * {step})::text,"
        " t.matching_number)",
    },
    "account_payment": {
        "name": MOVE_NAME,
        "payment_reference": MARKED,
        "memo": MARKED,
    },
    "account_bank_statement_line": {
        "payment_ref": MARKED,
        "internal_index": "left(t.internal_index, -10)"
        " || lpad((t.id + k * {step})::text, 10, '0')",
    },
    "mobilepay_invoice": {
        "payment_reference": MARKED,
        "bank_key": MARKED,
        "mobilepay_id": MARKED,
        "transaction_id": MARKED,
        "invoice_number": MOVE_NAME,
    },
    "mobilepay_transfer": {"reference": MARKED, "bank_key": MARKED},
    "mobilepay_transaction": {
        "key": MARKED,
        "transaction_id": MARKED,
        "merchant_reference": MARKED,
    },
    "mobilepay_event": {"mobilepay_id": MARKED, "transaction_id": MARKED},
}
# a table without an id that connects rows of two others, of these at least one
RELATIONS = """
    SELECT c.conrelid::regclass::text, array_agg(DISTINCT c.confrelid::regclass::text)
      FROM pg_constraint c
     WHERE c.contype = 'f'
       AND NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.conrelid
                                                      AND a.attname = 'id')
  GROUP BY c.conrelid
"""
REFERENCES = """
    SELECT a.attname, c.confrelid::regclass::text
      FROM pg_constraint c
      JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
     WHERE c.contype = 'f' AND c.conrelid = %s::regclass
"""
# indexes that no constraint stands behind can be made anew
INDEXES = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
      FROM pg_index i
     WHERE i.indrelid = %s::regclass
       AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""
COLUMNS = """
    SELECT column_name FROM information_schema.columns
     WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position
"""


SEQUENCE = sql.SQL("SELECT setval({sequence}, (SELECT max(id) FROM {table}))")
GREATEST = sql.SQL("SELECT COALESCE(max({column}), 0) FROM {table}")
COPY = sql.SQL(
    "INSERT INTO {table} ({columns}) SELECT {values} FROM {table} t,"
    " generate_series(1, {copies}) k"
)


def books(env: Any, times: int) -> None:
    """Add copies until everything is there ``times`` times."""
    cr = env.cr
    # the copies' references are right by the way they are made
    cr.execute("SET LOCAL session_replication_role = replica")
    numbers = {
        "step": max(_greatest(cr, table, "id") for table in TABLES),
        "numbers": _greatest(cr, "account_move", "sequence_number"),
    }
    for table in TABLES:
        _copy(cr, table, times - 1, numbers)
        sequence = sql.Literal(f"{table}_id_seq")
        cr.execute(SEQUENCE.format(sequence=sequence, table=sql.Identifier(table)))
    cr.execute(RELATIONS)
    for table, targets in cr.fetchall():
        if set(targets) & set(TABLES):
            _copy(cr, table, times - 1, numbers)


def _greatest(cr: Any, table: str, column: str) -> int:
    names = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
    cr.execute(GREATEST.format(**names))
    return int(cr.fetchone()[0])


def _copy(cr: Any, table: str, copies: int, numbers: dict[str, int]) -> None:
    """Copy the rows of one table, and make its indexes anew afterwards."""
    expressions = _expressions(cr, table)
    values = [sql.SQL(text.format(**numbers)) for text in expressions.values()]
    cr.execute(INDEXES, [table])
    indexes = cr.fetchall()
    for name, _definition in indexes:
        cr.execute(f"DROP INDEX {name}")
    cr.execute(
        COPY.format(
            table=sql.Identifier(table),
            columns=sql.SQL(", ").join(map(sql.Identifier, expressions)),
            values=sql.SQL(", ").join(values),
            copies=sql.Literal(copies),
        )
    )
    for _name, definition in indexes:
        cr.execute(definition)


def _expressions(cr: Any, table: str) -> dict[str, str]:
    """What each column of a copy holds."""
    cr.execute(REFERENCES, [table])
    references = {column for column, target in cr.fetchall() if target in TABLES}
    cr.execute(COLUMNS, [table])
    expressions = {}
    for (column,) in cr.fetchall():
        text = f't."{column}"'
        if column == "id" or column in references:
            text += " + k * {step}"
        different = DIFFERENT.get(table, {}).get(column)
        expressions[column] = (
            different.replace("{column}", column) if different else text
        )
    return expressions
