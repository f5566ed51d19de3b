"""A second company that is not connected: to try the set-up by hand."""

from __future__ import annotations

from .stage import Stage

COMPANY = "Nordlys Regnskab A/S"
#: a merchant of the simulator's own data, and its user
MERCHANT_VAT = "DK87654321"
MERCHANT_USER = "other"
#: the bookkeeper's login and password in Odoo
LOGIN = "nordlys"
PHONE = "+4511111104"
CLIENT = ("nordlys-client", "nordlys-secret")
GATEWAY = ("nordlys-ibm-id", "nordlys-ibm-secret")
GROUPS = ("base.group_user", "account.group_account_manager")
SETUP = "/odoo/action-account_mobilepay.action_mobilepay_open_setup"


class Newcomer:
    """Moves in with a bookkeeper, and with credentials of its own at MobilePay."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.office = stage.office

    def move_in(self) -> None:
        """Make all that is there before somebody connects."""
        self._register()
        company = self._make_company()
        self._make_bookkeeper(company)
        self._make_connection(company)

    def told(self) -> str:
        """Return what a person needs to try it."""
        return f"""
{COMPANY} is not connected: try the set-up with it (five minutes).
Set-up:           {self.stage.url}{SETUP}
                  log in as {LOGIN}, password {LOGIN} (a private window keeps both)
OpenID:           client id {CLIENT[0]}, secret {CLIENT[1]}
Gateway:          client id {GATEWAY[0]}, secret {GATEWAY[1]}
MobilePay's page: user name {MERCHANT_USER}
your own phone:   {self.stage.phone(PHONE)}
"""

    def _register(self) -> None:
        """What MobilePay's support does when it is asked: step 1."""
        names = ("client_id", "client_secret")
        uri = f"{self.stage.url}/mobilepay/oidc/callback"
        client = dict(zip(names, CLIENT, strict=True))
        self.stage.control("clients", **client, redirect_uris=[uri])
        self.stage.control("gateway-apps", **dict(zip(names, GATEWAY, strict=True)))

    def _make_company(self) -> int:
        company = self.office.make_danish_company(COMPANY)
        # MobilePay's made-up numbers have no check digit
        lenient = {"no_vat_validation": True}
        vat = {"vat": MERCHANT_VAT}
        self.office.call("res.company", "write", [company], vat, context=lenient)
        return company

    def _make_bookkeeper(self, company: int) -> None:
        values = {
            "name": "Nora Nordlys",
            "login": LOGIN,
            "password": LOGIN,
            "phone": PHONE,
            "company_id": company,
            "company_ids": [(6, 0, [company])],
            "group_ids": [(6, 0, [self._id_of(name) for name in GROUPS])],
        }
        self.office.call("res.users", "create", [values])

    def _make_connection(self, company: int) -> None:
        """Say where this MobilePay is, which nobody could know; no credentials."""
        known = self.stage.connection_values()
        names = [name for name in known if name.startswith("custom_")]
        values = {name: known[name] for name in ("environment", "base_url", *names)}
        own = {"company_id": company, "merchant_vat": MERCHANT_VAT}
        self.office.call("mobilepay.connection", "create", [{**values, **own}])

    def _id_of(self, xmlid: str) -> int:
        module, _dot, name = xmlid.partition(".")
        row = self.office.read_one(
            "ir.model.data", [("module", "=", module), ("name", "=", name)], ["res_id"]
        )
        return int(row["res_id"])
