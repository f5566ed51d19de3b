from odoo.exceptions import AccessError, UserError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import MobilepayCommon

#: role: groups, and what it may do to a connection
ROLES = {
    "internal": ("base.group_user", set()),
    "auditor": ("base.group_user,account.group_account_readonly", {"read"}),
    "biller": ("base.group_user,account.group_account_invoice", {"read"}),
    "accountant": (
        "base.group_user,account.group_account_manager",
        {"read", "write", "create", "unlink", "connect"},
    ),
    "administrator": ("base.group_user,base.group_system", set()),
    "portal": ("base.group_portal", set()),
    "public": ("base.group_public", set()),
}
OPERATIONS = ("read", "write", "create", "unlink")
HIDDEN_MODELS = ("mobilepay.secret", "mobilepay.token", "mobilepay.login")


class RolesCase(MobilepayCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(
                cls.env, f"mobilepay_{role}", groups, company_id=cls.company.id
            )
            for role, (groups, _rights) in ROLES.items()
        }


@tagged("post_install", "-at_install")
class TestAccess(RolesCase):
    """Who may do what to a connection, role by role."""

    def may(self, user, operation):
        try:
            self.connection.with_user(user).check_access(operation)
        except AccessError:
            return False
        return True

    def may_connect(self, user):
        self.connection.action_disconnect()
        try:
            self.connection.with_user(user).action_connect()
        except AccessError:
            return False
        return True

    def test_operations(self):
        for role, (_groups, rights) in ROLES.items():
            with self.subTest(role):
                found = {op for op in OPERATIONS if self.may(self.users[role], op)}
                self.assertEqual(found, rights - {"connect"})

    def test_connect(self):
        for role, (_groups, rights) in ROLES.items():
            with self.subTest(role):
                self.assertEqual(
                    self.may_connect(self.users[role]), "connect" in rights
                )

    def test_other_buttons(self):
        for role, (_groups, rights) in ROLES.items():
            for button in ("disconnect", "refresh_issuers", "test_connection"):
                with self.subTest(f"{role}: {button}"):
                    self.connection.state = "connected"
                    own = self.connection.with_user(self.users[role])
                    if "write" in rights:
                        self.connect(self.connection)
                        self.assertTrue(getattr(own, f"action_{button}")())
                    else:
                        with self.assertRaises(AccessError):
                            getattr(own, f"action_{button}")()

    def test_who_sees_the_callback_url(self):
        for role in ("auditor", "biller", "accountant"):
            with self.subTest(role):
                own = self.connection.with_user(self.users[role])
                seen = own.fields_get()
                self.assertEqual("callback_url" in seen, role == "accountant")
                self.assertNotIn("callback_path", seen)
                self.assertTrue(own.redirect_uri.endswith("/mobilepay/oidc/callback"))
                self.assertIn("Connected as", own.state_text)

    def test_nobody_reads_the_hidden_models(self):
        users = [*self.users.values(), self.env.ref("base.user_admin")]
        for model in HIDDEN_MODELS:
            for user in users:
                with self.subTest(f"{user.login}: {model}"):
                    own = self.env[model].with_user(user)
                    for operation in OPERATIONS:
                        self.assertFalse(own.has_access(operation))
                    with self.assertRaises(AccessError), mute_logger("odoo.models"):
                        own.search([])

    def test_accountant_makes_a_connection(self):
        self.connection.action_disconnect()
        self.connection.action_archive()
        self.env.flush_all()
        made = (
            self.env["mobilepay.connection"]
            .with_user(self.users["accountant"])
            .create({"client_id": "c", "client_secret": "s", "gateway_secret": "g"})
        )
        self.assertEqual(
            (made.environment, made.state), ("sandbox_dk", "not_connected")
        )
        self.assertTrue(made.has_client_secret and made.has_gateway_secret)
        self.assertFalse(made.client_secret or made.gateway_secret)
        self.assertGreaterEqual(len(made.sudo().callback_path), 43)

    def test_accountant_cannot_choose_where_secrets_go(self):
        self.connection.action_disconnect()
        own = self.connection.with_user(self.users["accountant"])
        for name in (
            "custom_discovery_url",
            "custom_api_base",
            "custom_reporting_base",
            "base_url",
        ):
            with self.subTest(name), self.assertRaisesRegex(AccessError, "administr"):
                own.write({name: "https://elsewhere.example"})
        own.environment = "sandbox_dk"
        with self.assertRaisesRegex(AccessError, "administrator"):
            own.environment = "custom"
        own.unlink()
        with self.assertRaisesRegex(AccessError, "administrator"):
            own.create(self.connection_values())
        default = self.connection.get_base_url()
        self.assertTrue(own.create({"base_url": default, "custom_api_base": False}))

    def test_accountant_may_save_a_custom_connection_unchanged(self):
        self.connection.action_disconnect()
        own = self.connection.with_user(self.users["accountant"])
        values = {"environment": "custom", "base_url": own.base_url, "client_id": "c2"}
        own.write(values)
        self.assertEqual(own.client_id, "c2")


@tagged("post_install", "-at_install")
class TestOtherCompany(RolesCase):
    """Nobody sees or touches another company's connection."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Nordlys"})
        cls.stranger = new_test_user(
            cls.env,
            "mobilepay_stranger",
            "base.group_user,account.group_account_manager",
            company_id=cls.other.id,
            company_ids=[(6, 0, cls.other.ids)],
        )

    def test_connection_and_issuers_are_invisible(self):
        for record in (self.connection, *self.connection.issuer_ids):
            own = record.with_user(self.stranger)
            self.assertFalse(own.search([]))
            for operation in ("read", "write", "unlink"):
                self.assertFalse(own.has_access(operation))

    def test_connect_is_refused(self):
        self.connection.action_disconnect()
        with self.assertRaises(AccessError):
            self.connection.with_user(self.stranger).action_connect()
        self.assertFalse(self.env["mobilepay.login"].sudo().search([]))

    def test_own_connection_beside_it(self):
        own = self.env["mobilepay.connection"].with_user(self.stranger).create({})
        self.assertEqual(own.company_id, self.other)
        self.assertFalse(own._for_company(self.other) & self.connection)

    def test_own_connection_cannot_be_pushed_on_another_company(self):
        self.connection.action_archive()
        self.env.flush_all()
        own = self.env["mobilepay.connection"].with_user(self.stranger)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            own.create({"company_id": self.company.id})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            own.create({}).company_id = self.company

    def test_switched_off_company_is_invisible(self):
        self.env.user.company_ids += self.other
        seen = self.env["mobilepay.connection"].with_context(
            allowed_company_ids=self.other.ids
        )
        self.assertFalse(seen.search([("id", "=", self.connection.id)]))


@tagged("post_install", "-at_install")
class TestNeutralize(MobilepayCommon):
    """A copy of a production database must not act as the company."""

    def setUp(self):
        super().setUp()
        self.connection.action_disconnect()
        self.connection.environment = "production_dk"
        # to other addresses they are entered again
        secrets = {"client_secret": "demo-secret", "gateway_secret": "demo-ibm-secret"}
        self.connection.write({"environment": "custom", **secrets})
        self.connection.action_connect()
        self.connect(self.connection)
        self.key = self.env["mobilepay.secret"]._get(self.connection, "callback")
        self.path = self.connection.sudo().callback_path
        self.env.flush_all()

    def neutralize(self):
        for query in get_neutralization_queries(["account_mobilepay"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()

    def test_nothing_is_left_to_act_with(self):
        self.neutralize()
        self.assertEqual(self.connection.state, "not_connected")
        for model in HIDDEN_MODELS:
            self.assertFalse(self.env[model].sudo().search([]))
        self.assertFalse(self.connection._usable())
        self.assertNotEqual(self.connection.sudo().callback_path, self.path)
        with self.assertRaisesRegex(UserError, "Fill in first: .*Client Secret"):
            self.connection.action_connect()

    def test_nothing_comes_in(self):
        self.neutralize()
        take = self.env["mobilepay.connection"].sudo()._take_delivery
        for path in (self.path, self.connection.sudo().callback_path):
            self.assertEqual(take(path, self.key, b"[]"), 401)

    def test_production_becomes_sandbox(self):
        environments = ("production_dk", "production_fi", "sandbox_fi", "custom")
        expected = ("sandbox_dk", "sandbox_fi", "sandbox_fi", "custom")
        for before, after in zip(environments, expected, strict=True):
            self.env.cr.execute(
                "UPDATE mobilepay_connection SET environment = %s", [before]
            )
            self.neutralize()
            self.assertEqual(self.connection.environment, after)

    def test_twice_and_with_several_connections(self):
        self.connection.action_disconnect()
        self.connection.action_archive()
        self.env.flush_all()
        self.env["mobilepay.connection"].create({})
        self.env.flush_all()
        self.neutralize()
        self.neutralize()
        connections = self.env["mobilepay.connection"].with_context(active_test=False)
        paths = connections.search([]).sudo().mapped("callback_path")
        self.assertEqual(len(set(paths)), len(paths))
        self.assertGreaterEqual(len(paths), 2)
