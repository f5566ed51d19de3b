def uninstall_hook(env):
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
