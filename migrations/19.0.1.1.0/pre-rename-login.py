"""The model of logins was called ``mobilepay.attempt``, as payments' attempts are."""

OLD, NEW = "mobilepay.attempt", "mobilepay.login"
OLD_TABLE, NEW_TABLE = "mobilepay_attempt", "mobilepay_login"


def migrate(cr, version):
    cr.execute("SELECT to_regclass(%s)", [OLD_TABLE])
    if cr.fetchone()[0]:
        rename_table(cr)
        rename_model(cr)


def rename_table(cr):
    cr.execute(f"ALTER TABLE {OLD_TABLE} RENAME TO {NEW_TABLE}")
    cr.execute(f"ALTER SEQUENCE {OLD_TABLE}_id_seq RENAME TO {NEW_TABLE}_id_seq")
    # also renames the indexes of primary key and unique constraint
    cr.execute(
        "SELECT conname FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND conname LIKE %s",
        [NEW_TABLE, f"{OLD_TABLE}%"],
    )
    for (name,) in cr.fetchall():
        new = name.replace(OLD_TABLE, NEW_TABLE)
        cr.execute(f'ALTER TABLE {NEW_TABLE} RENAME CONSTRAINT "{name}" TO "{new}"')
    cr.execute(
        "SELECT indexname FROM pg_indexes WHERE tablename = %s AND indexname LIKE %s",
        [NEW_TABLE, f"{OLD_TABLE}%"],
    )
    for (name,) in cr.fetchall():
        new = name.replace(OLD_TABLE, NEW_TABLE)
        cr.execute(f'ALTER INDEX "{name}" RENAME TO "{new}"')


def rename_model(cr):
    """Keep what Odoo remembers of the model, so that it is not taken for another."""
    cr.execute("UPDATE ir_model SET model = %s WHERE model = %s", [NEW, OLD])
    cr.execute("UPDATE ir_model_fields SET model = %s WHERE model = %s", [NEW, OLD])
    cr.execute(
        "UPDATE ir_model_fields SET relation = %s WHERE relation = %s", [NEW, OLD]
    )
    cr.execute(
        "UPDATE ir_model_constraint SET name = replace(name, %(old)s, %(new)s)"
        " WHERE name LIKE %(old)s || '%%'",
        {"old": OLD_TABLE, "new": NEW_TABLE},
    )
    cr.execute(
        "UPDATE ir_model_data SET name = replace(name, %(old)s, %(new)s)"
        " WHERE module = 'account_mobilepay' AND name LIKE '%%' || %(old)s || '%%'",
        {"old": OLD_TABLE, "new": NEW_TABLE},
    )
    # rights have a name of their own
    cr.execute(
        "UPDATE ir_model_data SET name = 'login_nobody'"
        " WHERE module = 'account_mobilepay' AND name = 'attempt_nobody'"
    )
