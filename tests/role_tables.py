"""Who may do what: the tables that the tests of roles hold the addon against."""

READ = {"read"}
ALL = {"read", "write", "create", "unlink"}
OPERATIONS = ("read", "write", "create", "unlink")

#: role → its groups
ROLES = {
    "advisor": "base.group_user,account.group_account_readonly",
    "biller": "base.group_user,account.group_account_invoice",
    "manager": "base.group_user,account.group_account_manager",
    "employee": "base.group_user",
    "administrator": "base.group_user,base.group_system",
    "portal": "base.group_portal",
    "public": "base.group_public",
    "stranger": "base.group_user,account.group_account_manager",
    "branch": "base.group_user,account.group_account_manager",
}
#: model → what each role may do to the first company's rows; who is not named
#: may do nothing, not even see
MODELS = {
    "mobilepay.connection": {
        "advisor": READ, "biller": READ, "manager": ALL, "branch": READ,
    },
    "mobilepay.issuer": {
        "advisor": READ, "biller": READ, "manager": ALL, "branch": READ,
    },
    "mobilepay.invoice": {"advisor": READ, "biller": READ, "manager": READ},
    "mobilepay.event": {"advisor": READ, "biller": READ, "manager": READ},
    "mobilepay.step": {"advisor": READ, "biller": READ, "manager": READ},
    "mobilepay.batch": {"advisor": READ, "biller": READ, "manager": READ},
    "mobilepay.consent": {
        "advisor": READ,
        "biller": {"read", "write"},
        "manager": {"read", "write"},
    },
    "mobilepay.transfer": {"advisor": READ, "biller": READ, "manager": READ},
    "mobilepay.transaction": {"advisor": READ, "biller": READ, "manager": READ},
    "mobilepay.owed": {"advisor": READ, "biller": READ, "manager": READ},
    "mobilepay.check": {"manager": {"read", "write"}},
    "mobilepay.check.step": {"manager": READ},
    "mobilepay.secret": {},
    "mobilepay.token": {},
    "mobilepay.login": {},
}  # fmt: skip
#: field → who may read it
FIELDS = {
    ("mobilepay.invoice", "phone"): {"advisor", "biller", "manager"},
    ("mobilepay.invoice", "payload"): {"manager"},
    ("mobilepay.event", "raw"): {"manager"},
    ("mobilepay.step", "raw"): {"manager"},
    ("mobilepay.transfer", "raw"): {"manager"},
    ("mobilepay.transaction", "raw"): {"manager"},
    ("mobilepay.connection", "callback_url"): {"manager", "branch"},
    ("mobilepay.connection", "callback_path"): set(),
    ("res.partner", "mobilepay_phone"): {
        "advisor", "biller", "manager", "stranger", "branch",
    },
    ("res.partner", "mobilepay_kind"): {
        "advisor", "biller", "manager", "stranger", "branch",
    },
}  # fmt: skip
#: public method of ours → who may call it on the first company's rows
ACTIONS = {
    ("mobilepay.connection", "action_connect"): {"manager"},
    ("mobilepay.connection", "action_disconnect"): {"manager"},
    ("mobilepay.connection", "action_refresh_issuers"): {"manager"},
    ("mobilepay.connection", "action_test_connection"): {"manager"},
    ("mobilepay.connection", "action_sync_consents"): {"manager"},
    ("mobilepay.connection", "action_fetch_transfers"): {"manager"},
    ("mobilepay.connection", "action_renew_callback_secret"): {"manager"},
    ("mobilepay.connection", "action_forget_reporting_key"): {"manager"},
    ("mobilepay.connection", "action_encrypt_anew"): {"manager"},
    ("mobilepay.connection", "action_forget_secrets"): {"manager"},
    ("mobilepay.connection", "action_check"): {"manager"},
    ("mobilepay.connection", "action_renew_monitor_address"): {"manager"},
    ("mobilepay.check", "action_start"): {"manager"},
    ("mobilepay.check", "action_continue"): {"manager"},
    ("mobilepay.connection", "action_onboarding_continue"): {"manager"},
    ("mobilepay.connection", "action_onboarding_asked"): {"manager"},
    ("mobilepay.connection", "action_onboarding_connect"): {"manager"},
    ("mobilepay.connection", "action_onboarding_books"): {"manager"},
    ("mobilepay.connection", "action_onboarding_payers"): {"manager"},
    ("mobilepay.connection", "action_onboarding_skip_test"): {"manager"},
    ("mobilepay.connection", "action_onboarding_send_test"): {"manager"},
    ("mobilepay.connection", "action_onboarding_cancel_test"): {"manager"},
    ("mobilepay.connection", "action_onboarding_refresh_test"): {"manager"},
    ("mobilepay.transfer", "action_fetch_again"): {"biller", "manager"},
    ("mobilepay.transfer", "action_undo"): {"biller", "manager"},
    ("mobilepay.transfer", "action_post_again"): {"biller", "manager"},
    ("mobilepay.invoice", "action_refresh_status"): {"advisor", "biller", "manager"},
    ("mobilepay.event", "action_replay"): {"biller", "manager"},
    ("mobilepay.invoice", "action_cancel"): {"biller", "manager"},
    ("mobilepay.invoice", "action_send_as_link"): {"biller", "manager"},
}
#: Odoo's own, for its administrators; here they refuse more, and do no more
REFUSING = {"ir.module.module": {"button_uninstall"}}
#: public methods that only open what has rules of its own, or are Odoo's; matching
#: is tested with the bank
HARMLESS = {
    "mobilepay.connection": {
        "action_open_attention", "action_open_connection", "action_open_onboarding",
        "action_onboarding_write",
    },
    "mobilepay.invoice": {
        "action_open_move", "action_open_payment", "action_send_again",
    },
    "mobilepay.batch": {
        "action_open_requests", "action_open_refused", "action_refresh",
    },
    "account.move": {
        "action_mobilepay_open", "action_mobilepay_send", "button_cancel",
        "button_draft",
    },
    "mobilepay.transfer": {"action_open_bank_line", "action_open_entry"},
    "mobilepay.owed": {"action_open"},
    "mobilepay.check": {"action_print"},
    "mobilepay.owed.wizard": {"action_print", "action_show", "action_show_clearing"},
    "mobilepay.transfer.fetch": {"action_fetch"},
    "account.journal": {
        "action_mobilepay_match", "action_mobilepay_onboarding",
        "action_mobilepay_requests",
    },
    "account.bank.statement": {"action_mobilepay_match"},
    "account.bank.statement.line": {
        "action_mobilepay_match", "action_mobilepay_open",
        "action_undo_reconciliation",
    },
    "account.move.send.wizard": {"action_send_and_print"},
    "account.move.send.batch.wizard": {"action_send_and_print"},
    "res.config.settings": {
        "action_mobilepay_connection", "action_mobilepay_onboarding",
    },
}  # fmt: skip
