"""Makes the demo company with its customers and invoices in a fresh database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from stack import run_odoo_shell

COMPANY = {
    "name": "Havnens Cykler ApS",
    "vat": "DK12345674",
    "street": "Havnegade 1",
    "zip": "1058",
    "city": "København K",
    "email": "bogholder@havnens-cykler.example",
}

#: name, phone, what is bought: description, quantity, price without VAT
CUSTOMERS = (
    ("Anna Holm", "+45 11 11 11 01", (("Ladcykel, service", 1, 796.0),)),
    ("Café Kastellet", "", (("Budcykel, leje", 3, 416.0), ("Levering", 1, 95.0))),
    ("Bo Lindegaard", "+45 11 11 11 02", (("Racercykel", 1, 9799.2),)),
    ("Clara Nygaard", "+45 11 11 11 03", (("Børnecykel", 1, 1839.2),)),
    ("Ditte Skov", "+45 29 99 99 99", (("Cykelhjelm", 2, 319.2),)),
)

SCRIPT = """
import json
from odoo import Command, fields

data = json.loads(DATA)
company = env.company
company.write({
    **data["company"],
    "country_id": env.ref("base.dk").id,
    "vat": False,
})
env["account.chart.template"].try_loading("dk", company, install_demo=False)
company.vat = data["company"]["vat"]
env["ir.config_parameter"].set_param("web.base.url", data["base_url"])
env["ir.config_parameter"].set_param("web.base.url.freeze", "True")
# the demo's PDFs are drawn for paper at once, without the layout wizard
company.external_report_layout_id = env.ref("web.external_layout_standard")
admin = env.ref("base.user_admin")
admin.group_ids += env.ref("account.group_account_manager")
admin.group_ids += env.ref("account.group_account_user", raise_if_not_found=False)
# Odoo's pointers for newcomers lead elsewhere, and now and then its tours call
# themselves without end (web_tour: play in play)
admin.tour_enabled = False
tax = company.account_sale_tax_id
moves = env["account.move"]
for name, phone, lines in data["customers"]:
    partner = env["res.partner"].create({
        "name": name, "mobilepay_phone": phone, "country_id": env.ref("base.dk").id,
        "street": "Østergade 4", "zip": "1100", "city": "København K",
    })
    moves += env["account.move"].create({
        "move_type": "out_invoice",
        "partner_id": partner.id,
        "invoice_user_id": admin.id,
        "invoice_date": fields.Date.today(),
        "invoice_date_due": fields.Date.add(fields.Date.today(), days=14),
        "invoice_line_ids": [
            Command.create({
                "name": text, "quantity": quantity, "price_unit": price,
                "tax_ids": [Command.set(tax.ids)],
            })
            for text, quantity, price in lines
        ],
    })
moves.action_post()
print("INVOICES=" + json.dumps(moves.mapped("name")))
"""


def keep_books(
    database: str, base_url: str, addons_path: Sequence[Path | str] = ()
) -> list[str]:
    """Fill `database` with the demo company; returns the invoices' numbers."""
    data = {"company": COMPANY, "customers": CUSTOMERS, "base_url": base_url}
    script = f"DATA = {json.dumps(json.dumps(data))}\n{SCRIPT}"
    output = run_odoo_shell(database, script, addons_path=addons_path)
    line = next(
        line
        for line in output.splitlines()
        if line.lstrip("> ").startswith("INVOICES=")
    )
    return list(json.loads(line.partition("=")[2]))
