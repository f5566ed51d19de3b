from odoo.tools import SQL


def uninstall_hook(env):
    """Leave books, customers and to-dos that need nothing of this addon."""
    _forget_sending_method(env)
    _keep_payment_methods(env)
    _keep_activities(env)


def _forget_sending_method(env):
    """Leave no partner on a sending method that is gone (jsonb, every company)."""
    env.cr.execute(
        """
        UPDATE res_partner p
           SET invoice_sending_method = (
                   SELECT jsonb_object_agg(key, value)
                     FROM jsonb_each(p.invoice_sending_method)
                    WHERE value <> '"mobilepay"'
               )
         WHERE p.invoice_sending_method @? '$.* ? (@ == "mobilepay")'
        """
    )


def _keep_payment_methods(env):
    """Make MobilePay's lines on journals and payments those of Odoo's manual method.

    Name and account stay. Odoo would take the lines off their journal, and could not
    delete the method itself, whose code nothing knows any more.
    """
    for table in ("account_payment_method_line", "account_payment"):
        query = SQL(
            """
            UPDATE %s used
               SET payment_method_id = manual.id
              FROM account_payment_method ours
              JOIN account_payment_method manual
                ON manual.payment_type = ours.payment_type AND manual.code = 'manual'
             WHERE ours.id = used.payment_method_id AND ours.code = 'mobilepay'
            """,
            SQL.identifier(table),
        )
        env.cr.execute(query)
    env.invalidate_all()


def _keep_activities(env):
    """Make the addon's activities to-dos, those that are done with them.

    Odoo does so with the others itself; a done one would keep it from deleting a type
    whose model is gone.
    """
    names = ("payment", "consent_lost", "health", "transfer")
    types = [env.ref(f"account_mobilepay.activity_{name}", False) for name in names]
    Activity = env["mail.activity"].with_context(active_test=False)
    ours = [("activity_type_id", "in", [each.id for each in types if each])]
    Activity.search(ours).activity_type_id = env.ref("mail.mail_activity_data_todo")
